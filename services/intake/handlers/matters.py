"""催办, 补充, 撤诉 on an order that is open, from our desks and from the platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.matters import Matter, note_matter
from services.intake.domain.order import Order
from services.intake.repository import matters, orders
from services.intake.repository.orders import ORDERS
from shared.auth import Actor
from shared.db import Session


@dataclass(frozen=True)
class Noted:
    """What stands in the books: the matter, its order, the how-manieth of its kind; `is_duplicate`: since before."""

    id: UUID
    order: Order
    count: int
    is_duplicate: bool


async def note(session: Session, order_id: UUID, matter: Matter, *, now: datetime, actor: Actor) -> Noted:
    """Note a matter on an order; the same told again changes nothing. Raises NotFound, or Conflict once it is over."""
    return await _note(session, await ORDERS.get(session, order_id), matter, now=now, actor=actor)


async def note_upstream(
    session: Session, national_order_no: str, matter: Matter, *, now: datetime, actor: Actor
) -> Noted:
    """Note what the platform tells of its order, whatever its webhook-id."""
    order = await orders.get_by_national_no(session, national_order_no)
    return await _note(session, order, matter, now=now, actor=actor)


async def _note(session: Session, order: Order, matter: Matter, *, now: datetime, actor: Actor) -> Noted:
    count = await matters.count_matters(session, order.id, matter.kind)
    if not await matters.add_matter(session, order.id, matter, by=actor.id):
        known = await matters.find_matter(session, order.id, matter)
        return Noted(known, order, count, is_duplicate=True)
    note_matter(order, matter, count=count + 1, by=actor.id, now=now)
    orders.save(session, order)
    return Noted(matter.id, order, count + 1, is_duplicate=False)
