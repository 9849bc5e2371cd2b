"""Urges, supplements and withdrawals: written once each, however often they are told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.matters import Matter, MatterKind
from services.intake.tables import matters
from shared.db import Session


async def add_matter(session: Session, order_id: UUID, matter: Matter, *, by: str) -> bool:
    """Write one; return False if the same was told before. The order must be locked."""
    row = {
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
    written = insert(matters).values(row).on_conflict_do_nothing().returning(matters.c.id)
    return (await session.execute(written)).first() is not None


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
    t = matters.c
    statement = select(func.count()).select_from(matters).where(t.order_id == order_id, t.kind == str(kind))
    return int((await session.execute(statement)).scalar_one())


async def list_matters(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return everything that was said about an order, oldest first."""
    statement = select(matters).where(matters.c.order_id == order_id).order_by(matters.c.said_at, matters.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
