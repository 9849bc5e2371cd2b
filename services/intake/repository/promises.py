"""Which promises are at risk, as sla tells it: written in sets, forgotten with their order's life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.lifecycle import TERMINAL
from services.intake.tables import orders, promises_at_risk
from shared.db import Session

_NEW = insert(promises_at_risk)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=["clock_id"], set_={"due_at": _NEW.excluded.due_at, "is_breached": _NEW.excluded.is_breached}
)


class PromisesAtRisk:
    """Gathers the last word on each clock of a transaction and writes them together."""

    def put(self, session: Session, clock_id: UUID, row: Mapping[str, Any] | None) -> None:
        """Let a clock stand as `row` says; None: it is at risk no more."""
        session.identity.setdefault(self, {})[clock_id] = row
        session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Write what was gathered: one statement for those at risk, one for the others."""
        said = session.identity.pop(self, {})
        gone = [clock_id for clock_id, row in said.items() if row is None]
        rows = [row for _, row in sorted(said.items()) if row is not None]
        if gone:
            await session.execute(delete(promises_at_risk).where(promises_at_risk.c.clock_id.in_(gone)))
        if rows:
            await session.execute(_UPSERT, rows)


PROMISES_AT_RISK = PromisesAtRisk()


async def find_due(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[datetime, bool]]:
    """Return for those of these orders that are at risk when the earliest promise runs out, and whether one broke."""
    if not ids:
        return {}
    risk = promises_at_risk.c
    statement = (
        select(risk.order_id, func.min(risk.due_at).label("due_at"), func.bool_or(risk.is_breached).label("is_over"))
        .where(risk.order_id.in_(ids))
        .group_by(risk.order_id)
    )
    return {row.order_id: (row.due_at, row.is_over) for row in await session.execute(statement)}


def with_due(row: Mapping[str, Any], due: Mapping[UUID, tuple[datetime, bool]]) -> dict[str, Any]:
    """Return an order's row with what is known of its promises at risk."""
    due_at, is_overdue = due.get(row["id"], (None, False))
    return {**row, "due_at": due_at, "is_overdue": is_overdue}


async def forget_ended(session: Session, *, most: int) -> int:
    """Let the promises of orders whose life is over go; return how many went."""
    ended = (
        select(promises_at_risk.c.clock_id)
        .join(orders, orders.c.id == promises_at_risk.c.order_id)
        .where(orders.c.status.in_(sorted(TERMINAL)))
        .limit(most)
    )
    return int((await session.execute(delete(promises_at_risk).where(promises_at_risk.c.clock_id.in_(ended)))).rowcount)
