"""What operations see of dispatch, and what leaves when its time is over."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import delete, select, tuple_

from services.dispatch import tables
from services.dispatch.domain.crews import CrewStatus
from services.dispatch.repository import grid, reading
from shared.db import Session
from shared.glossary import Tier

CREWS = Gauge("relight_crews", "Crews by tier and whether they can be sent.", ["tier", "status"])
WAITING = Gauge("relight_orders_waiting", "Orders that wait for a crew.")

ANSWERS_KEPT = timedelta(days=35)
"""A phone that was off for a month still gets its first answers; after that the task's own state answers."""

CHUNK = 5_000


async def observe(session: Session) -> None:
    """Set the gauges from the database."""
    counted = Counter((crew.tier, crew.status) for crew in await grid.load_crews(session, now=session.now))
    for tier in Tier:
        for status in CrewStatus:
            CREWS.labels(tier.value, status.value).set(counted[tier, status])
    WAITING.set(await reading.count_waiting(session))


async def forget_answers(session: Session, *, now: datetime) -> int:
    """Let a chunk of old answers to reports and observations go; return how many went."""
    t = tables.answered_ids
    old = select(t.c.asked_by, t.c.id).where(t.c.recorded_at < now - ANSWERS_KEPT).limit(CHUNK)
    gone = await session.execute(delete(t).where(tuple_(t.c.asked_by, t.c.id).in_(old)))
    return gone.rowcount
