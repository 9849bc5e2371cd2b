"""What the national platform tells of its orders after they were sent: its callback, and its return."""

from __future__ import annotations

from datetime import datetime

from services.intake import metrics
from services.intake.domain import closing
from services.intake.domain.closing import CustomerAnswer, Return
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_time
from services.intake.handlers import handling
from services.intake.repository import lists, orders, returns
from shared.auth import Actor
from shared.db import Session
from shared.glossary import BusinessType


async def hear_callback(
    session: Session, national_order_no: str, answer: CustomerAnswer, *, now: datetime, actor: Actor
) -> Order:
    """The platform called its customer back. The same callback again changes nothing."""
    order = await orders.get_by_national_no(session, national_order_no)
    if await _was_heard(session, order, answer):
        return order
    if not order.can(Action.CALL_BACK):
        order.move(Action.CALL_BACK)
    check_time(order, "called_back_at", answer.called_back_at, now=now)
    if order.business_type is not BusinessType.FAULT_REPAIR:
        return await handling.call_back(session, order, answer, by_national=True, by=actor.id, now=now)
    closing.call_back(order, answer, by_national=True, by=actor.id, now=now)
    orders.save(session, order)
    return order


async def take_return(session: Session, national_order_no: str, back: Return, *, now: datetime, actor: Actor) -> Order:
    """国网退单: same order, next round. The same return again changes nothing, whatever its webhook-id."""
    order = await orders.get_by_national_no(session, national_order_no)
    if await returns.is_known(session, order.id, back):
        return order
    returned_round = order.round
    if order.business_type is BusinessType.FAULT_REPAIR:
        closing.give_back(order, back, by=actor.id, now=now)
        orders.save(session, order)
    else:
        await handling.give_back(session, order, back, by=actor.id, now=now)
    await returns.add_return(session, order.id, back, returned_round=returned_round)
    metrics.count_return(session, back.level, back.reason_code)
    return order


async def take_callback_cancellation(
    session: Session, national_order_no: str, *, at: datetime, reason: str | None, now: datetime, actor: Actor
) -> Order:
    """The national centre agrees with an approved statement: it calls nobody (requirement 001-038)."""
    order = await orders.get_by_national_no(session, national_order_no)
    await handling.cancel_callback(session, order, at=at, reason=reason, by=actor.id, now=now)
    return order


async def _was_heard(session: Session, order: Order, answer: CustomerAnswer) -> bool:
    """Say whether this callback stands on the order, or led to its present way through («no power», a return).

    On what a department handles no trace of it need be left: a refused statement takes the old callback with it.
    """
    is_repair = order.business_type is BusinessType.FAULT_REPAIR
    may_be = not is_repair or bool(order.called_back_at or order.reopened_at or order.returned_at)
    return may_be and answer.called_back_at in await lists.find_callback_times(session, order.id)
