"""What the national platform tells of its orders after they were sent: its callback, and its return."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.intake import metrics
from services.intake.domain import closing
from services.intake.domain.closing import CustomerAnswer, Return
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_time
from services.intake.repository import lists, orders
from shared.auth import Actor
from shared.db import Session


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
    closing.call_back(order, answer, by_national=True, by=actor.id, now=now)
    orders.save(session, order)
    return order


async def take_return(session: Session, national_order_no: str, back: Return, *, now: datetime, actor: Actor) -> Order:
    """国网退单: same order, next round. The same return again changes nothing, whatever its webhook-id."""
    order = await orders.get_by_national_no(session, national_order_no)
    before = await lists.find_return(session, order.id, level=back.level, returned_round=order.round - 1)
    if before is not None and _is_same(before, back):
        return order
    returned_round = order.round
    closing.give_back(order, back, by=actor.id, now=now)
    await lists.add_return(session, order.id, back, returned_round=returned_round)
    metrics.count_return(session, back.level, back.reason_code)
    orders.save(session, order)
    return order


def _is_same(before: Any, back: Return) -> bool:
    return bool(before["returned_at"] == back.returned_at and before["reason_code"] == back.reason_code)


async def _was_heard(session: Session, order: Order, answer: CustomerAnswer) -> bool:
    """Say whether this callback stands on the order, or led to its present way through («no power»)."""
    is_called_back = order.called_back_at is not None or order.reopened_at is not None
    return is_called_back and answer.called_back_at in await lists.find_callback_times(session, order.id)
