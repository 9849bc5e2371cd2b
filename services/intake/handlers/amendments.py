"""Correcting a time on an order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain import amendments as rules
from services.intake.domain import visibility
from services.intake.domain.amendments import Amendment
from services.intake.repository import amendments, orders
from services.intake.repository.handlings import HANDLINGS
from services.intake.repository.orders import ORDERS, missing
from shared.auth import Actor
from shared.db import Session
from shared.ids import new_id


async def amend_order(
    session: Session,
    order_id: UUID,
    field: str,
    *,
    old: datetime | None,
    new: datetime,
    reason: str,
    now: datetime,
    actor: Actor,
) -> Amendment:
    """Put a right time in the place of a wrong one; what stood there, who changed it and why is kept for ever."""
    order = await ORDERS.get(session, order_id)
    if not visibility.can_see(actor.roles, order.business_type):
        raise missing(order_id)
    handling = await HANDLINGS.find(session, order_id)
    made = rules.amend(
        order, handling, field, old=old, new=new, reason=reason, amendment_id=new_id(), by=actor.id, now=now
    )
    await amendments.add_amendment(session, order, made, by=actor.id)
    orders.save(session, order)
    if handling is not None:
        HANDLINGS.save(session, handling)
    return made
