"""Whoever looks at a reply before it counts: our own reviewer, then the province's (requirements 001-006, 001-008)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.closing import Return, enter_return
from services.intake.domain.handling.answering import close
from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.handling.words import ProvinceReason, ReviewSubject, Verdict
from services.intake.domain.lifecycle import Action, Status
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment
from services.intake.domain.visibility import told_caller
from shared.errors import BadField, Conflict, Text
from shared.events.intake import (
    CustomerAnswered,
    OrderReworked,
    OrderSent,
    ReplyApproved,
    ReplyReviewed,
    ReplySubmitted,
)
from shared.glossary import ReturnLevel, Satisfaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """What the province says of a reply, a statement or an appeal."""

    subject: ReviewSubject
    verdict: Verdict
    reviewed_at: datetime
    reason_code: ProvinceReason | None = None
    reason: str | None = None


_NO_REPLY = Text("本轮尚未拟写回复", "no reply was written in this round")
_NOT_READY = Text("回复不符合要求，不能提交", "the reply is not fit to be submitted")
_NOT_CONTENT = Text(
    "本地回访客户不满意，请继续处理；确需提交请填写说明",
    "our own probe found the customer dissatisfied: go on, or say why it is submitted all the same",
)
_NOT_VERIFIED = Text("表扬尚未核实", "the praise is not verified")


def check_fit(handling: Handling, wrong: Sequence[BadField]) -> None:
    """Return if there is a reply of this round and nothing stands against it; raises Conflict naming all that does."""
    if handling.reply_id is None:
        raise Conflict("reply.missing", _NO_REPLY)
    if wrong:
        raise unfit(wrong)


def unfit(wrong: Sequence[BadField]) -> Conflict:
    """Make the refusal of a reply that must not leave the city, with everything that stands against it."""
    return Conflict("reply.not_fit", _NOT_READY, fields=wrong)


def review(
    order: Order,
    handling: Handling,
    *,
    probed: Satisfaction | None,
    note: str | None,
    at: datetime,
    by: str,
    now: datetime,
) -> None:
    """The city's reviewer finds the reply good; `probed`: what the customer said of it when we asked ourselves."""
    if not order.can(Action.CITY_REVIEW):
        order.move(Action.CITY_REVIEW)
    if probed is Satisfaction.DISSATISFIED and not note:
        raise Conflict("reply.probe_dissatisfied", _NOT_CONTENT)
    check_handled(order, handling, "city_reviewed_at", at, now=now)
    order.move(Action.CITY_REVIEW)
    handling.city_reviewed_at = order.reviewed_at = at
    event = ReplyReviewed(order_id=order.id, city_reviewed_at=at, round=order.round)
    said = {name: value for name, value in (("probed", probed), ("note", note)) if value}
    order.say(event, occurred_at=at, actor=by, **said)


def rework(order: Order, handling: Handling, reason: str, *, at: datetime, by: str, now: datetime) -> None:
    """The city gives its own review back to the unit; counts in no rate (as row 23 of a repair)."""
    check_handled(order, handling, "rework_at", at, now=now, place="sent_at")
    order.move(Action.REWORK)
    order.rework_at = at
    handling.city_reviewed_at = order.reviewed_at = None
    order.say(OrderReworked(order_id=order.id, rework_at=at, reason=reason), occurred_at=at, actor=by)


def submit(order: Order, handling: Handling, *, at: datetime, by: str, now: datetime) -> None:
    """The reply leaves the city: a national order's to the province, a local one's to our own callback desk."""
    action = Action.SUBMIT if order.is_national else Action.SEND
    if not order.can(action):
        order.move(action)
    if order.status is Status.VERIFIED and handling.verified_at is None:
        raise Conflict("praise.not_verified", _NOT_VERIFIED)
    check_handled(order, handling, "sent_at", at, now=now)
    order.move(action)
    order.sent_at = at
    if order.is_national:
        handling.submitted_at = at
        event = ReplySubmitted(order_id=order.id, submitted_at=at, round=order.round, business_type=order.business_type)
        order.say(event, occurred_at=at, actor=by)
    else:
        _send(order, at=at, by=by)
    _tell_answer(order, handling, by=by)


def approve(order: Order, handling: Handling, made: Review, *, by: str, now: datetime) -> None:
    """The province agrees: the national centre calls the customer back; a praise rests, nobody is called about it."""
    if not order.can(Action.PROVINCE_APPROVE):
        order.move(Action.PROVINCE_APPROVE)
    check_handled(order, handling, "province_approved_at", made.reviewed_at, now=now)
    at = min(made.reviewed_at, now)
    order.move(Action.PROVINCE_APPROVE)
    handling.province_approved_at = at
    order.say(ReplyApproved(order_id=order.id, province_approved_at=at, round=order.round), occurred_at=at, actor=by)
    if order.status is Status.VERIFIED:
        close(order, handling, at=max(at, now), by="system")


def return_by_province(order: Order, handling: Handling, made: Review, *, by: str, now: datetime) -> None:
    """省退市: the same order, the next round, counted; the reply is to be written anew (requirement 001-008)."""
    if not order.can(Action.PROVINCE_RETURN):
        order.move(Action.PROVINCE_RETURN)
    check_moment("returned_at", made.reviewed_at, [("sent_at", order.sent_at)], now=now)
    order.move(Action.PROVINCE_RETURN)
    back = Return(
        level=ReturnLevel.PROVINCE,
        reason_code=str(made.reason_code),
        reason=made.reason or "",
        returned_at=made.reviewed_at,
    )
    enter_return(order, back, at=min(made.reviewed_at, now), by=by, before=_times_of_reply(order, handling))
    handling.forget_reply()
    order.reviewed_at = order.sent_at = None
    order.move(Action.MEND)


def _send(order: Order, *, at: datetime, by: str) -> None:
    event = OrderSent(
        order_id=order.id,
        sent_at=at,
        round=order.round,
        business_type=order.business_type,
        is_national=False,
        caller=told_caller(order.business_type, order.caller),
        order_no=order.order_no,
    )
    order.say(event, occurred_at=at, actor=by)


def _tell_answer(order: Order, handling: Handling, *, by: str) -> None:
    if handling.answered_at is None or handling.answer_mode is None:
        return
    event = CustomerAnswered(order_id=order.id, answered_at=handling.answered_at, answer_mode=handling.answer_mode)
    order.say(event, occurred_at=handling.answered_at, actor=by)


def _times_of_reply(order: Order, handling: Handling) -> dict[str, str]:
    known = {
        "reply_drafted_at": handling.reply_drafted_at,
        "city_reviewed_at": handling.city_reviewed_at,
        "sent_at": order.sent_at,
        "province_approved_at": handling.province_approved_at,
    }
    return {name: str(moment) for name, moment in known.items() if moment is not None}
