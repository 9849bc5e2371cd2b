"""The timeline: one row for each event of an order, only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.order import Happening
from services.intake.tables import timeline
from shared.db import Session
from shared.ids import new_id

COLUMNS = ("id", "order_id", "kind", "occurred_at", "recorded_at", "actor", "data")


class Timeline:
    """Gathers the lines of a transaction and copies them in with the flush."""

    def add(self, session: Session, order_id: UUID, happened: Sequence[Happening]) -> None:
        """Write these lines of one order with this transaction."""
        if not happened:
            return
        lines = session.identity.setdefault(self, {})
        for line in happened:
            row_id = new_id()
            lines[row_id] = (row_id, order_id, line.kind, line.occurred_at, session.now, line.actor, line.data)
        session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Write what was gathered, in the order in which it happened to us."""
        lines = session.identity.pop(self, {})
        await session.copy(timeline, COLUMNS, list(lines.values()))


TIMELINE = Timeline()


async def list_timeline(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return everything that happened to an order, in the order of its happening."""
    statement = select(timeline).where(timeline.c.order_id == order_id)
    # No line is older than its order, so months before the order are not even looked at.
    statement = statement.where(timeline.c.id >= _month_floor(order_id))
    statement = statement.order_by(timeline.c.occurred_at, timeline.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def _month_floor(order_id: UUID) -> UUID:
    """Return an id some minutes older than the order's: another process's clock may be behind."""
    minutes = 10
    return UUID(int=max(order_id.int - (minutes * 60_000 << 80), 0))
