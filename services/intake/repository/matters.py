"""Urges, supplements and withdrawals: written once each, however often they are told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.matters import Matter, MatterKind
from services.intake.tables import matters
from shared.db import Session


async def add_matter(session: Session, order_id: UUID, matter: Matter, *, by: str) -> bool:
    """Write one; return False if the same was told before. The order must be locked."""
    return bool(await add_matters(session, [(order_id, matter, by)]))


async def add_matters(session: Session, said: Sequence[tuple[UUID, Matter, str]]) -> set[UUID]:
    """Write what was said about these orders, and by whom; return the ids of what was not told before.

    The orders must be locked. One statement for any number.
    """
    if not said:
        return set()
    rows = [_row(session, order_id, matter, by=by) for order_id, matter, by in said]
    written = insert(matters).on_conflict_do_nothing().returning(matters.c.id)
    return set((await session.execute(written, rows)).scalars())


def _row(session: Session, order_id: UUID, matter: Matter, *, by: str) -> dict[str, Any]:
    return {
        "id": matter.id,
        "order_id": order_id,
        "kind": str(matter.kind),
        "source": str(matter.source),
        "text": matter.text,
        "fingerprint": matter.fingerprint,
        "said_at": matter.said_at,
        "recorded_at": session.now,
        "recorded_by": by,
    }


async def find_matter(session: Session, order_id: UUID, matter: Matter) -> UUID:
    """Return the id under which the same matter stands in the books."""
    t = matters.c
    statement = select(t.id).where(
        t.order_id == order_id, t.kind == str(matter.kind), t.fingerprint == matter.fingerprint
    )
    found: UUID = (await session.execute(statement)).scalar_one()
    return found


async def count_matters(session: Session, order_id: UUID, kind: MatterKind) -> int:
    """Count those of one kind on an order."""
    return (await count_each(session, [order_id], kind))[order_id]


async def count_each(session: Session, order_ids: Collection[UUID], kind: MatterKind) -> dict[UUID, int]:
    """Count those of one kind on each of these orders, in one statement."""
    t = matters.c
    ids = sorted(order_ids)
    statement = select(t.order_id, func.count().label("count")).where(t.order_id.in_(ids), t.kind == str(kind))
    rows = await session.execute(statement.group_by(t.order_id))
    return dict.fromkeys(ids, 0) | {row.order_id: int(row._mapping["count"]) for row in rows}


async def list_matters(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return everything that was said about an order, oldest first."""
    statement = select(matters).where(matters.c.order_id == order_id).order_by(matters.c.said_at, matters.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
