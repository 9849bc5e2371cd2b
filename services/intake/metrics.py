"""What operations see of intake (interfaces, section 3). Counters go up after the commit, never before."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from services.intake.domain.order import Order
from services.intake.repository.deliveries import count_by_status
from services.intake.repository.lists import count_open
from shared.db import Session

RECEIVED = Counter("relight_orders_received", "Orders received.", ["business_type", "channel"])
DECLINED = Counter("relight_orders_declined", "Orders that the city declined within 3 minutes.", ["reason"])
RETURNS = Counter("relight_returns", "Returns of finished orders (次).", ["level", "reason_code"])
NOTIFICATIONS = Gauge("relight_notifications", "Notifications that wait, or that were given up on.", ["status"])
OPEN = Gauge("relight_orders_open", "Orders whose life is not over.", ["business_type", "status"])


def count_received(session: Session, received: Sequence[Order]) -> None:
    """Count these orders once they are committed."""
    tally = Tally((order.business_type, order.channel) for order in received)

    def count() -> None:
        for labels, number in tally.items():
            RECEIVED.labels(*labels).inc(number)

    session.when_committed(count)


def count_declined(session: Session, reason: str) -> None:
    """Count a declined order once that is committed."""
    session.when_committed(DECLINED.labels(reason).inc)


def count_return(session: Session, level: str, reason_code: str) -> None:
    """Count a return once it is committed."""
    session.when_committed(RETURNS.labels(level, reason_code).inc)


async def observe(session: Session) -> None:
    """Set the gauges from the database."""
    counted = await count_open(session)
    OPEN.clear()
    for business_type, status, number in counted:
        OPEN.labels(business_type, status).set(number)
    for notified, number in (await count_by_status(session)).items():
        NOTIFICATIONS.labels(notified).set(number)
