"""What people at the desks do with an order, and the register that they keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import metrics
from services.intake.domain import closing, receiving
from services.intake.domain.closing import CancelReason
from services.intake.domain.new_order import Customer
from services.intake.domain.order import Order
from services.intake.domain.receiving import DeclineReason
from services.intake.domain.times import latest_known
from services.intake.repository import customers, lists, orders
from services.intake.repository.orders import ORDERS
from shared.auth import Actor
from shared.db import Session
from shared.errors import RelightError


async def accept_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """接单 by a person. `at`: when, if it was earlier than now."""
    order = await ORDERS.get(session, order_id)
    receiving.accept(order, at=at or now, by=actor.id, now=now)
    orders.save(session, order)
    return order


async def decline_order(
    session: Session,
    order_id: UUID,
    reason: DeclineReason,
    text: str | None,
    *,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """退单 within three minutes; not a return (decision 1)."""
    order = await ORDERS.get(session, order_id)
    receiving.decline(order, reason, text, at=at or now, by=actor.id, now=now)
    orders.save(session, order)
    metrics.count_declined(session, reason)
    return order


async def send_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """The reviewer sends the reply on its way."""
    order = await ORDERS.get(session, order_id)
    closing.send(order, at=at or latest_known(order, now), by=actor.id, now=now)
    orders.save(session, order)
    return order


async def send_orders(
    session: Session, wanted: Sequence[tuple[UUID, datetime | None]], *, now: datetime, actor: Actor
) -> list[Order | RelightError]:
    """Send many; each on its own merits."""
    await ORDERS.prefetch(session, [order_id for order_id, _ in wanted])
    outcomes: list[Order | RelightError] = []
    for order_id, at in wanted:
        try:
            outcomes.append(await send_order(session, order_id, at=at, now=now, actor=actor))
        except RelightError as error:
            outcomes.append(error)
    return outcomes


async def rework_order(
    session: Session, order_id: UUID, reason: str, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """The reviewer gives the reply back to the crew."""
    order = await ORDERS.get(session, order_id)
    closing.rework(order, reason, at=at or latest_known(order, now), by=actor.id, now=now)
    orders.save(session, order)
    return order


async def archive_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """归档 by a person, after the check of completeness."""
    order = await ORDERS.get(session, order_id)
    closing.archive(order, at=at or latest_known(order, now), by=actor.id, now=now)
    orders.save(session, order)
    return order


async def cancel_order(
    session: Session,
    order_id: UUID,
    reason: CancelReason,
    text: str,
    *,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """An order falls away, with a supervisor's word; of those that followed it dispatch names another to lead."""
    order = await ORDERS.get(session, order_id)
    closing.cancel(order, reason, text, at=at or now, by=actor.id, now=now)
    orders.save(session, order)
    return order


async def open_order(session: Session, order_id: UUID, *, sees_contact: bool, actor: Actor) -> Mapping[str, Any]:
    """Show one order; who sees its contact in full stands in the audit."""
    row = await lists.get_row(session, order_id)
    if sees_contact:
        await lists.note_opened(session, order_id, actor=actor.id)
    return row


async def view_contact(
    session: Session, order_id: UUID, reason: str, *, now: datetime, actor: Actor
) -> Mapping[str, Any]:
    """Show a caller's full contact to somebody who says why; it stands on the order's timeline and in the audit."""
    order = await ORDERS.get(session, order_id)
    await lists.add_contact_view(session, order_id, actor=actor.id, reason=reason)
    order.note("contact-viewed", occurred_at=now, actor=actor.id, reason=reason)
    orders.save(session, order)
    return {"name": order.caller_name, "phone": order.caller_phone, "address": order.caller_address}


async def put_customers(session: Session, listed: Sequence[Customer]) -> int:
    """Write what is now known of these customers; return how many there are."""
    await customers.upsert_customers(session, listed)
    return len({customer.customer_no for customer in listed})
