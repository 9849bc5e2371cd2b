"""Taking an order with its handling in hand, and putting both back."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain import visibility
from services.intake.domain.handling import Handling
from services.intake.domain.order import Order
from services.intake.repository import orders
from services.intake.repository.handlings import HANDLINGS, handling_of
from services.intake.repository.orders import ORDERS, missing
from shared.auth import Actor
from shared.db import Session


async def open_handling(session: Session, order_id: UUID, actor: Actor) -> tuple[Order, Handling]:
    """Return an order and its handling, locked until the end of the transaction.

    Raises NotFound for an order that is not there, or not for `actor`.
    """
    order = await ORDERS.get(session, order_id)
    if not visibility.can_see(actor.roles, order.business_type):
        raise missing(order_id)
    return order, await handling_of(session, order)


def save(session: Session, order: Order, handling: Handling) -> None:
    """Write both, what they told and what happened, with this transaction."""
    orders.save(session, order)
    HANDLINGS.save(session, handling)
