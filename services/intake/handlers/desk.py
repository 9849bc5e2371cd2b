"""What people at the desks do with an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import metrics
from services.intake.domain import closing, receiving, visibility
from services.intake.domain.closing import CancelReason
from services.intake.domain.order import Order
from services.intake.domain.receiving import DeclineReason
from services.intake.domain.times import latest_known
from services.intake.handlers import handling
from services.intake.handlers.responsibility import take_accepted_on
from services.intake.repository import lists, orders
from services.intake.repository.orders import ORDERS, missing
from shared.auth import Actor
from shared.db import Session
from shared.errors import Conflict, RelightError
from shared.glossary import BusinessType


async def accept_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """接单 by a person. `at`: when, if it was earlier than now."""
    order = await _get_visible(session, order_id, actor)
    receiving.accept(order, at=at or now, by=actor.id, now=now)
    await take_accepted_on(session, order, now=now, actor=actor)
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
    order = await _get_visible(session, order_id, actor)
    receiving.decline(order, reason, text, at=at or now, by=actor.id, now=now)
    orders.save(session, order)
    metrics.count_declined(session, reason)
    return order


async def send_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """The reviewer sends the reply on its way; that of another type than a repair as `submit` does."""
    (outcome,) = await send_orders(session, [(order_id, at)], now=now, actor=actor)
    if isinstance(outcome, RelightError):
        raise outcome
    return outcome


async def send_orders(
    session: Session, wanted: Sequence[tuple[UUID, datetime | None]], *, now: datetime, actor: Actor
) -> list[Order | RelightError]:
    """Send many; each on its own merits. The replies are checked as one set."""
    await ORDERS.prefetch(session, [order_id for order_id, _ in wanted])
    held = [order for order_id, _ in wanted if (order := await ORDERS.find(session, order_id))]
    unfit = await handling.find_unfit(session, held, now=now)
    outcomes: list[Order | RelightError] = []
    for order_id, at in wanted:
        try:
            outcomes.append(await _send(session, order_id, unfit, at=at, now=now, actor=actor))
        except RelightError as error:
            outcomes.append(error)
    return outcomes


async def _send(
    session: Session,
    order_id: UUID,
    unfit: Mapping[UUID, Conflict],
    *,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    order = await _get_visible(session, order_id, actor)
    if not _is_repair(order):
        return await handling.submit(session, order_id, at=at, now=now, actor=actor, unfit=unfit)
    if order_id in unfit:
        raise unfit[order_id]
    closing.send(order, at=at or latest_known(order, now), by=actor.id, now=now)
    orders.save(session, order)
    return order


async def rework_order(
    session: Session, order_id: UUID, reason: str, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """The reviewer gives the reply back to the crew, or to the unit."""
    order = await _get_visible(session, order_id, actor)
    if not _is_repair(order):
        return await handling.rework(session, order, reason, at=at, now=now, actor=actor)
    closing.rework(order, reason, at=at or latest_known(order, now), by=actor.id, now=now)
    orders.save(session, order)
    return order


async def archive_order(session: Session, order_id: UUID, *, at: datetime | None, now: datetime, actor: Actor) -> Order:
    """归档 by a person, after the check of completeness."""
    order = await _get_visible(session, order_id, actor)
    if not _is_repair(order):
        return await handling.archive(session, order_id, conclusion=None, at=at, now=now, actor=actor)
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


async def view_contact(
    session: Session, order_id: UUID, reason: str, *, now: datetime, actor: Actor
) -> Mapping[str, Any]:
    """Show a caller's full contact to somebody who says why; it stands on the order's timeline and in the audit."""
    order = await ORDERS.get(session, order_id)
    await lists.add_contact_view(session, order_id, actor=actor.id, reason=reason)
    order.note("contact-viewed", occurred_at=now, actor=actor.id, reason=reason)
    orders.save(session, order)
    return {"name": order.caller_name, "phone": order.caller_phone, "address": order.caller_address}


async def _get_visible(session: Session, order_id: UUID, actor: Actor) -> Order:
    """Return the order under a lock; raises NotFound for one that is not there, or not for `actor`."""
    order = await ORDERS.get(session, order_id)
    if not visibility.can_see(actor.roles, order.business_type):
        raise missing(order_id)
    return order


def _is_repair(order: Order) -> bool:
    return order.business_type is BusinessType.FAULT_REPAIR
