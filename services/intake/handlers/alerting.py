"""Alerts that come from elsewhere: promises at risk and broken reach an order's people, wherever the order is."""

from __future__ import annotations

from datetime import datetime

from services.intake.domain.alerts import Alert
from services.intake.repository.alerts import ALERTS
from shared.db import Session
from shared.events.sla import PromiseBreached, PromiseWarned


def alert_of_promise(session: Session, event: PromiseWarned | PromiseBreached, *, occurred_at: datetime) -> None:
    """Alert the first responder and whoever answers for the order (000-001); the order itself does not change."""
    note = f"{event.layer} {event.promise}"
    ALERTS.add(session, Alert(order_id=event.order_id, kind=event.name, occurred_at=occurred_at, note=note))
