"""Passing on, contacting, investigating."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.handling import contacts, forwarding
from services.intake.domain.handling.contacts import Contact
from services.intake.domain.order import Order
from services.intake.handlers.handling.opening import open_handling, save
from services.intake.repository import handlings
from shared.auth import Actor
from shared.db import Session


async def forward_order(
    session: Session,
    order_id: UUID,
    unit: str,
    *,
    is_important: bool | None,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """转交: the unit has it now, under the same number."""
    order, handling = await open_handling(session, order_id, actor)
    forwarding.forward(order, handling, unit, is_important=is_important, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def contact_customer(session: Session, order_id: UUID, made: Contact, *, now: datetime, actor: Actor) -> Order:
    """Somebody tried to reach the customer, or did (requirement 001-034)."""
    order, handling = await open_handling(session, order_id, actor)
    contacts.contact(order, handling, made, by=actor.id, now=now)
    await handlings.add_contact(session, order, made, by=actor.id)
    save(session, order, handling)
    return order


async def investigate_order(
    session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """The unit looks into it."""
    order, handling = await open_handling(session, order_id, actor)
    forwarding.investigate(order, handling, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def transfer_external(
    session: Session, order_id: UUID, party: str, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """A party outside is responsible; the order stays here."""
    order, handling = await open_handling(session, order_id, actor)
    forwarding.transfer_external(order, handling, party, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order
