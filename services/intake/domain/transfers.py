"""内转外不转: an order goes from unit to unit inside, under one number; the customer is told once, and sent nowhere.

Requirements 000-003, 002-001.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.order import Order
from services.intake.domain.responsibility import Cause, Move, move_to
from services.intake.domain.times import check_time
from shared.errors import Conflict, Invalid, Text, bad_field
from shared.events.intake.responsibility import OrderTransferred

_CALLING = r"(打|拨打|撥打|致电|致電|联系|聯繫|聯系|咨询|諮詢|问|問|找|去)(一下)?"
_ANOTHER_UNIT = (
    r"(供电所|供電所|其他|其它|别的|別的|有关|有關|相关|相關|营业厅|營業廳|部门|部門|单位|單位|他们|他們|当地|當地)"
)
_OTHERWISE = r"我已由会會将將正在為为，。；：！？、,.;:!?"
"""Between the customer and the verb: that somebody else does it, or that the clause is over."""

SENDS_AWAY = re.compile(
    rf"((?<![为為帮幫替给給])[您你][^的{_OTHERWISE}]{{0,8}}?"
    rf"|(?<![已会會将將们們])[请請][^{_OTHERWISE}]{{0,8}}?"
    rf"|(?:麻烦|麻煩|建议|建議)[^{_OTHERWISE}]{{0,8}}?"
    rf"|(?:^|[，。；：！？、,.;:!?\s])[^{_OTHERWISE}]{{0,8}}?(?:自己|自行|直接|另外|另行))"
    rf"{_CALLING}{_ANOTHER_UNIT}"
    r"|不(归|歸|属|屬|是)(于|於)?我们?(們)?(这里|這裡|部门|部門)?(管|负责|負責)"
)
"""Words that send a customer to another unit: that must not be what a customer is told. That we call it is no such."""

_SENT_AWAY = Text("不得让客户自行联系其他部门（内转外不转）", "the customer is never told to call another unit")
_TOLD_ALREADY = Text(
    "已在 {told_at} 告知客户，内部转办不再重复告知", "the customer was told at {told_at}; once is enough"
)
_SAME_UNIT = Text("工单已在 {unit} 处理", "the order is with {unit} already")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Where an order goes and who answers for it there; `told_text` is what the customer was told, if they were."""

    id: UUID
    to_unit: str
    to_person: str | None
    reason: str
    told_text: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """Where an order's transfers have led so far: the unit that has it, and when the customer was told."""

    unit: str | None
    customer_told_at: datetime | None


def transfer(order: Order, wanted: Transfer, course: Course, *, at: datetime, by: str, now: datetime) -> Move | None:
    """Hand the order to another unit; return how accountability moved with it, if it did.

    Raises Conflict when it is there already, when it is over, or when the customer was told before; Invalid for words
    that send the customer away. The first responder stays, and so does the order's number.
    """
    check_told(wanted.told_text, course)
    check_time(order, "transferred_at", at, now=now, place="archived_at")
    if course.unit == wanted.to_unit:
        raise Conflict("transfer.same_unit", _SAME_UNIT, unit=wanted.to_unit)
    to_person = wanted.to_person or order.accountable
    move = None
    if to_person != order.accountable or order.is_over:
        move = move_to(order, to_person, cause=Cause.TRANSFERRED, at=at, by=by)
    event = OrderTransferred(
        order_id=order.id,
        transfer_id=wanted.id,
        from_unit=course.unit,
        to_unit=wanted.to_unit,
        transferred_at=at,
    )
    order.say(event, occurred_at=at, actor=by, reason=wanted.reason, customer_told=wanted.told_text)
    return move


def check_told(told_text: str | None, course: Course) -> None:
    """Return if this may be told to the customer now, or if nothing is."""
    if told_text is None:
        return
    if course.customer_told_at is not None:
        raise Conflict("transfer.customer_told_already", _TOLD_ALREADY, told_at=str(course.customer_told_at))
    if SENDS_AWAY.search(told_text):
        wrong = bad_field("told_text", "transfer.sends_customer_away", _SENT_AWAY.zh, _SENT_AWAY.en)
        raise Invalid("transfer.sends_customer_away", _SENT_AWAY, fields=[wrong])
