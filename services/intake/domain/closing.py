"""From the crew's reply to the archive: review, callback, returns and the guard of completeness (rows 22 to 27)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.lifecycle import FIELD, Action, Status, illegal
from services.intake.domain.order import Order
from services.intake.domain.times import check_time
from shared.errors import BadField, Conflict, Text, bad_field
from shared.events.intake import (
    OrderArchived,
    OrderCalledBack,
    OrderCancelled,
    OrderReopened,
    OrderReturned,
    OrderReworked,
    OrderSent,
)
from shared.glossary import AssetOwnership, ReturnLevel, Satisfaction, Word


class ReturnReason(Word):
    """Why the national centre returns an order after its callback (requirements 001-017, 001-019, 001-020)."""

    INCOMPLETE = "incomplete"
    INACCURATE = "inaccurate"
    UNTRUE = "untrue"
    CUSTOMER_DISSATISFIED = "customer_dissatisfied"
    NOT_FULLY_SOLVED = "not_fully_solved"
    NO_CONTACT = "no_contact"


class CancelReason(Word):
    """Why an order falls away before repair (lifecycles 3.1, row 27)."""

    DUPLICATE = "duplicate"
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, kw_only=True)
class CustomerAnswer:
    """What the customer said when called back."""

    called_back_at: datetime
    is_power_restored: bool | None = None
    satisfaction: Satisfaction | None = None
    opinion: str | None = None

    @property
    def is_good(self) -> bool:
        """Say whether the order may rest: the power is back."""
        return self.is_power_restored is not False


@dataclass(frozen=True, kw_only=True)
class Return:
    """国网退单 / 省退市: a finished order comes back."""

    level: ReturnLevel
    reason_code: str
    reason: str
    returned_at: datetime


STANDARD_PROCESS = "监测显示供电已恢复，没有抢修队伍的回单。"
STANDARD_RESULT = "已恢复供电（恢复时间以监测记录为准）。"
STANDARD_OPINION = "供电先行恢复，尚未与客户联系，以回访记录为准。"
STANDARD_CAUSE = "供电自行恢复或由上级电源恢复。"

_FOLLOWS = Text(
    "从单跟随主单，请对主单 {main_order_id} 返工",
    "it follows its main order; give {main_order_id} back instead",
)
_NO_REPLY = Text("工单没有回单，不能发送", "there is no reply to send")
_NO_OPINION = Text("回单缺少客户意见，不能发送", "the reply lacks the customer's opinion")
_NOT_ASKED = Text("尚未回访客户，不能归档", "the customer was not called back, so it cannot be archived")
_INCOMPLETE = Text("工单不完整，不能归档", "the order is not complete, so it cannot be archived")

ATTEMPT = (
    "resolved_at",
    "assessed_at",
    "dispatched_at",
    "task_id",
    "crew_code",
    "tier",
    "crew_received_at",
    "departed_at",
    "arrived_at",
    "arrival_recorded_at",
    "surveyed_at",
    "first_report",
    "customer_internal_found_at",
    "onsite_explanation",
    "estimated_restoration_at",
    "estimate_changed_at",
    "support_requested_at",
    "switching_requested_at",
    "switching_done_at",
    "work_permitted_at",
    "work_started_at",
    "trunk_restored_at",
    "repaired_at",
    "ready_to_energise_at",
    "power_restored_at",
    "replied_at",
    "reply_process",
    "reply_result",
    "customer_opinion",
    "reply_cause",
    "rework_at",
    "reviewed_at",
    "sent_at",
    "callback_given_up_at",
    "called_back_at",
    "is_power_restored_confirmed",
    "satisfaction",
    "callback_opinion",
)
"""What the next way through begins without; the timeline keeps it."""


def send(order: Order, *, at: datetime, by: str, now: datetime) -> None:
    """发送: the reviewed reply leaves the city; raises Conflict without a reply, Invalid when times are out of order.

    Power that the grid saw back calls every crew off and has no reply: the reviewer sends the standard statement.
    """
    if order.status is Status.RESTORED and not order.is_restoration_observed:
        raise Conflict("order.reply_missing", _NO_REPLY)
    if not order.can(Action.SEND):
        order.move(Action.SEND)
    check_time(order, "sent_at", at, now=now)
    if order.status is Status.RESTORED:
        _state_the_standard(order)
    if not (order.customer_opinion or "").strip():
        raise Conflict("order.customer_opinion_missing", _NO_OPINION)
    order.move(Action.SEND)
    order.reviewed_at = order.sent_at = at
    event = OrderSent(
        order_id=order.id,
        sent_at=at,
        round=order.round,
        business_type=order.business_type,
        is_national=order.is_national,
        caller=order.caller,
        order_no=order.order_no,
    )
    order.say(event, occurred_at=at, actor=by, is_standard_statement=order.is_standard_statement)


def rework(order: Order, reason: str, *, at: datetime, by: str, now: datetime) -> None:
    """The city's reviewer gives the reply back to the crew; counts in no rate (row 23).

    A follower has no crew of its own: its main order is the one to give back.
    """
    if order.main_order_id is not None:
        raise Conflict("order.follows_main_order", _FOLLOWS, main_order_id=str(order.main_order_id))
    check_time(order, "rework_at", at, now=now, place="sent_at")
    order.move(Action.REWORK)
    order.rework_at = at
    order.say(OrderReworked(order_id=order.id, rework_at=at, reason=reason), occurred_at=at, actor=by)


def await_callback(order: Order, *, occurred_at: datetime, due_at: datetime) -> None:
    """The callback desk has the customer on its list."""
    if order.can(Action.AWAIT_CALLBACK):
        order.move(Action.AWAIT_CALLBACK)
    order.note("callback-planned", occurred_at=occurred_at, actor="callback", due_at=due_at)


def call_back(order: Order, answer: CustomerAnswer, *, by_national: bool, by: str, now: datetime) -> None:
    """The customer was asked. Light is back: archived if complete; «no power»: out again at once (003-023, 003-024).

    A national order whose customer is dissatisfied waits for the platform's return, or for the desk to archive it.
    A time that another clock puts a little ahead of ours counts as now; `told_at` keeps it, to know it when repeated.
    """
    at = min(answer.called_back_at, now)
    hear_customer(order, answer, at=at, by_national=by_national, by=by)
    decided_at = at if order.is_late_entry else max(at, now)
    if not answer.is_good:
        _reopen(order, at=decided_at, by=by)
    elif not (by_national and answer.satisfaction is Satisfaction.DISSATISFIED):
        _archive_if_complete(order, at=decided_at, by=by)


def hear_customer(order: Order, answer: CustomerAnswer, *, at: datetime, by_national: bool, by: str) -> None:
    """Put what the customer said on the order; what follows from it is the caller's to decide."""
    order.move(Action.CALL_BACK)
    order.called_back_at = at
    order.is_power_restored_confirmed = answer.is_power_restored
    order.satisfaction = answer.satisfaction
    order.callback_opinion = answer.opinion
    event = OrderCalledBack(
        order_id=order.id,
        called_back_at=at,
        by_national=by_national,
        is_power_restored=answer.is_power_restored,
        satisfaction=answer.satisfaction,
    )
    told = {} if at == answer.called_back_at else {"told_at": answer.called_back_at.isoformat()}
    order.say(event, occurred_at=at, actor=by, opinion=answer.opinion, **told)


def give_up_callback(order: Order, *, given_up_at: datetime, attempts: int) -> None:
    """The customer cannot be reached: the desk may archive it without an answer."""
    if order.can(Action.CALL_BACK):
        order.callback_given_up_at = given_up_at
        if order.can(Action.AWAIT_CALLBACK):
            order.move(Action.AWAIT_CALLBACK)
    order.note("callback-unreachable", occurred_at=given_up_at, actor="callback", attempts=attempts)


def give_back(order: Order, back: Return, *, by: str, now: datetime) -> None:
    """国网退单: the same order, the next round, counted in the return rate (requirement 001-018, row 25).

    An order that the platform's own callback had reopened («no power») can still be returned for it, once.
    A time that the platform's clock puts a little ahead of ours counts as now.
    """
    is_out_again = order.status in FIELD or order.status is Status.CREW_REWORK
    was_reopened = order.reopened_at is not None and (
        order.returned_at is None or order.reopened_at > order.returned_at
    )
    if is_out_again and not (was_reopened and order.is_national):
        raise illegal(order.business_type, order.status, Action.RETURN)
    if not order.can(Action.RETURN):
        order.move(Action.RETURN)
    place = "accepted_at" if is_out_again else "archived_at"
    check_time(order, "returned_at", back.returned_at, now=now, place=place)
    order.move(Action.RETURN)
    enter_return(order, back, at=min(back.returned_at, now), by=by, before=_times_of_attempt(order))
    _send_out_again(order)


def enter_return(order: Order, back: Return, *, at: datetime, by: str, before: dict[str, str]) -> None:
    """Count a return, by whomever, and begin the next round; `before`: the times of the one that came back."""
    if back.level is ReturnLevel.NATIONAL:
        order.national_return_count += 1
    else:
        order.province_return_count += 1
    order.round += 1
    order.returned_at = at
    event = OrderReturned(
        order_id=order.id,
        level=back.level,
        reason_code=back.reason_code,
        reason=back.reason,
        returned_at=at,
        round=order.round,
    )
    order.say(event, occurred_at=at, actor=by, before=before)


def archive(order: Order, *, at: datetime, by: str, now: datetime) -> None:
    """归档 by a person; raises Conflict naming everything that is missing (requirement 003-024)."""
    if not order.can(Action.ARCHIVE):
        order.move(Action.ARCHIVE)
    if order.called_back_at is None and order.callback_given_up_at is None:
        raise Conflict("order.callback_missing", _NOT_ASKED)
    missing = find_missing(order)
    if missing:
        raise Conflict("order.incomplete", _INCOMPLETE, fields=missing)
    check_time(order, "archived_at", at, now=now)
    enter_archive(order, at=at, by=by)


def cancel(order: Order, reason: CancelReason, text: str, *, at: datetime, by: str, now: datetime) -> None:
    """The order falls away before repair, with a supervisor's word; it stays in the books (requirement 004-011)."""
    check_time(order, "cancelled_at", at, now=now, place="accepted_at")
    is_duplicate = reason is CancelReason.DUPLICATE
    order.move(Action.CANCEL_AS_DUPLICATE if is_duplicate else Action.CANCEL_AS_FALSE_ALARM)
    order.cancelled_at = at
    event = OrderCancelled(order_id=order.id, cancelled_at=at, reason=reason)
    order.say(event, occurred_at=at, actor=by, text=text)


def find_missing(order: Order) -> list[BadField]:
    """Return what a complete repair order still lacks (requirement 003-024)."""
    wanted = ["accepted_at", "replied_at", "reply_process", "reply_result", "customer_opinion", "sent_at"]
    if order.is_standard_statement:
        wanted.remove("replied_at")
    missing = [name for name in wanted if not getattr(order, name)]
    is_theirs = order.asset_ownership is AssetOwnership.CUSTOMER
    if order.power_restored_at is None and not order.is_power_restored_confirmed and not is_theirs:
        missing.append("power_restored_at")
    return [
        bad_field(name, "order.field_missing", "归档前必须填写", "must be there before archiving") for name in missing
    ]


def _archive_if_complete(order: Order, *, at: datetime, by: str) -> None:
    missing = find_missing(order)
    if missing:
        order.note("archive-held", occurred_at=at, actor="system", missing=[field.field for field in missing])
        return
    enter_archive(order, at=at, by="system")


def enter_archive(order: Order, *, at: datetime, by: str) -> None:
    """End the order's life; whether it is complete was checked before."""
    order.move(Action.ARCHIVE)
    order.archived_at = at
    event = OrderArchived(
        order_id=order.id,
        archived_at=at,
        business_type=order.business_type,
        main_order_id=order.main_order_id,
        return_count=order.return_count,
        national_return_count=order.national_return_count,
        province_return_count=order.province_return_count,
    )
    order.say(event, occurred_at=at, actor=by)


def _reopen(order: Order, *, at: datetime, by: str) -> None:
    order.move(Action.REOPEN)
    order.reopened_at = at
    event = OrderReopened(order_id=order.id, reopened_at=at, reason="no_power")
    order.say(event, occurred_at=at, actor=by, before=_times_of_attempt(order))
    _send_out_again(order)


def _send_out_again(order: Order) -> None:
    for name in ATTEMPT:
        setattr(order, name, None)
    order.is_standard_statement = order.is_restoration_observed = False
    # What comes back has its own story now, whatever it followed before.
    order.main_order_id = None
    order.move(Action.SEND_OUT_AGAIN)


def _times_of_attempt(order: Order) -> dict[str, str]:
    return {n: str(v) for n in ATTEMPT if n.endswith("_at") and (v := getattr(order, n)) is not None}


def _state_the_standard(order: Order) -> None:
    order.reply_process, order.reply_result = STANDARD_PROCESS, STANDARD_RESULT
    order.customer_opinion, order.reply_cause = STANDARD_OPINION, STANDARD_CAUSE
    order.is_standard_statement = True
