"""Corrections of times: kept for ever; what an order says of itself is written here, and nowhere else afterwards."""

from __future__ import annotations

from sqlalchemy import insert, update

from services.intake.domain.amendments import Amendment
from services.intake.domain.order import Order
from services.intake.tables import FIXED, amendments, orders
from shared.db import Session


async def add_amendment(session: Session, order: Order, made: Amendment, *, by: str) -> None:
    """Keep the correction; write those of the order's times that saving an order does not."""
    row = {
        "id": made.id,
        "order_id": order.id,
        "field": made.field,
        "old": made.old,
        "new": made.new,
        "reason": made.reason,
        "amended_by": by,
        "amended_at": session.now,
    }
    await session.execute(insert(amendments).values(row))
    if made.field in FIXED:
        changed = {made.field: made.new, "accept_by": order.accept_by}
        await session.execute(update(orders).where(orders.c.id == order.id).values(changed))
