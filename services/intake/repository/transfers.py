"""Internal transfers of an order, and where they have led it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.intake.domain.transfers import Course, Transfer
from services.intake.tables import transfers
from shared.db import Session


async def load_course(session: Session, order_id: UUID) -> Course:
    """Return the unit that has the order by its transfers, and when the customer was told. The order must be locked."""
    t = transfers.c
    last = select(t.to_unit).where(t.order_id == order_id).order_by(t.id.desc()).limit(1).scalar_subquery()
    told = select(func.min(t.customer_told_at)).where(t.order_id == order_id).scalar_subquery()
    row = (await session.execute(select(last.label("unit"), told.label("told_at")))).one()
    return Course(row.unit, row.told_at)


async def add_transfer(
    session: Session,
    order_id: UUID,
    done: Transfer,
    course: Course,
    *,
    people: tuple[str, str],
    at: datetime,
    by: str,
) -> None:
    """Write one transfer; `people` are who answered for the order before and who does now."""
    row = {
        "id": done.id,
        "order_id": order_id,
        "from_unit": course.unit,
        "to_unit": done.to_unit,
        "from_person": people[0],
        "to_person": people[1],
        "reason": done.reason,
        "transferred_at": at,
        "transferred_by": by,
        "customer_told_at": at if done.told_text is not None else None,
        "customer_told_text": done.told_text,
    }
    await session.execute(transfers.insert().values(row))


async def list_transfers(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return the transfers of an order, oldest first."""
    statement = select(transfers).where(transfers.c.order_id == order_id).order_by(transfers.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
