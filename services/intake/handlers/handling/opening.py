"""Taking an order with its handling in hand, and putting both back."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain import visibility
from services.intake.domain.handling import Handling
from services.intake.domain.order import Order
from services.intake.repository import orders
from services.intake.repository.handlings import handling_of, keep
from services.intake.repository.orders import ORDERS, missing
from shared.auth import Actor
from shared.db import Session
from shared.errors import Conflict, Text
from shared.glossary import BusinessType

_REPAIR = Text("抢修工单不由部门办理", "a repair is no matter for a department")


async def open_handling(session: Session, order_id: UUID, actor: Actor) -> tuple[Order, Handling]:
    """Return an order and its handling, locked until the end of the transaction.

    Raises NotFound for an order that is not there, or not for `actor`; Conflict for a repair, which is restored,
    called back and archived by rules of its own, however alike a step is called.
    """
    order = await ORDERS.get(session, order_id)
    if not visibility.can_see(actor.roles, order.business_type):
        raise missing(order_id)
    if order.business_type is BusinessType.FAULT_REPAIR:
        raise Conflict("order.not_of_a_department", _REPAIR)
    return order, await handling_of(session, order)


def save(session: Session, order: Order, handling: Handling) -> None:
    """Write both, what they told and what happened, with this transaction."""
    orders.save(session, order)
    keep(session, handling)
