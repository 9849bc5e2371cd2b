"""三回访, and how an order ends: answered on the call, called back, its callback cancelled, or a praise passed on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.closing import (
    CustomerAnswer,
    Return,
    enter_archive,
    enter_return,
    hear_customer,
)
from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.handling.words import AnswerMode
from services.intake.domain.lifecycle import Action, Status, illegal
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment, check_time
from shared.errors import BadField, Conflict, Text, bad_field
from shared.events.intake import CustomerAnswered, OrderConcluded, OrderReopened, PraiseVerified
from shared.glossary import Satisfaction

_NOT_OUR_CALL = Text(
    "国网工单的来电由国网客服接听，不能在来电中答复", "the national centre took this call: it cannot be answered on it"
)
_NOT_ASKED = Text("尚未回访客户，不能归档", "the customer was not called back, so it cannot be archived")
_NATIONAL = Text(
    "国网工单由国网客服退单后再处理，不能自行重新处理",
    "the national centre returns this order if it is to go on: it is not reopened here",
)
_INCOMPLETE = Text("工单不完整，不能归档", "the order is not complete, so it cannot be archived")


def answer_on_call(
    order: Order,
    handling: Handling,
    answer: str,
    *,
    article: tuple[UUID, int] | None,
    at: datetime,
    by: str,
    now: datetime,
) -> None:
    """The agent answered on the very call, perhaps from the knowledge base; the order is over (lifecycles 3.2)."""
    if not order.can(Action.ANSWER_ON_CALL):
        order.move(Action.ANSWER_ON_CALL)
    if order.is_national:
        raise Conflict("order.not_our_call", _NOT_OUR_CALL)
    check_moment("answered_at", at, [("received_at", order.received_at)], now=now)
    order.move(Action.ANSWER_ON_CALL)
    handling.answered_at, handling.answer_mode = at, AnswerMode.PHONE
    handling.conclusion = answer
    if article:
        handling.article_id, handling.article_version = article
    event = CustomerAnswered(order_id=order.id, answered_at=at, answer_mode=AnswerMode.PHONE, is_on_call=True)
    more = {"article_id": article[0], "article_version": article[1]} if article else {}
    order.say(event, occurred_at=at, actor=by, **more)
    close(order, handling, at=at, by=by)


def verify(
    order: Order,
    handling: Handling,
    finding: str,
    *,
    is_verified: bool,
    passed_on_to: str,
    at: datetime,
    by: str,
    now: datetime,
) -> None:
    """A praise was checked and passed on; a local one rests with it, a national one goes up to the province first."""
    if not order.can(Action.VERIFY):
        order.move(Action.VERIFY)
    check_handled(order, handling, "verified_at", at, now=now, place="sent_at")
    order.move(Action.VERIFY)
    handling.verified_at, handling.is_verified, handling.passed_on_to = at, is_verified, passed_on_to
    handling.conclusion = order.reply_result = finding
    order.replied_at = at
    event = PraiseVerified(order_id=order.id, verified_at=at, is_verified=is_verified)
    order.say(event, occurred_at=at, actor=by, passed_on_to=passed_on_to)
    if not order.is_national:
        close(order, handling, at=at, by=by)


def call_back(
    order: Order, handling: Handling, answer: CustomerAnswer, *, by_national: bool, by: str, now: datetime
) -> None:
    """The customer was asked. Content: archived if complete. Not content: the platform returns it, or the desk judges.

    A local order whose customer is not content is reopened or archived by a person (`reopen`, `archive`).
    """
    if not can_call_back(order, handling):
        raise illegal(order.business_type, order.status, Action.CALL_BACK)
    at = min(answer.called_back_at, now)
    hear_customer(order, answer, at=at, by_national=by_national, by=by)
    if answer.satisfaction is not Satisfaction.DISSATISFIED:
        _close_if_complete(order, handling, at=at if order.is_late_entry else max(at, now))


def can_call_back(order: Order, handling: Handling) -> bool:
    """Say whether an answer of the customer can stand now; while a statement waits, only one to what had left."""
    if order.status is Status.STATEMENT_SUBMITTED and (order.called_back_at or not _has_left(order, handling)):
        return False
    return order.can(Action.CALL_BACK)


def give_back(order: Order, handling: Handling, back: Return, *, by: str, now: datetime) -> None:
    """国网退单: the same order in its next round, forwarded anew to its unit (requirement 001-018)."""
    if not order.can(Action.RETURN):
        order.move(Action.RETURN)
    if order.status is Status.STATEMENT_SUBMITTED and not _has_left(order, handling):
        raise illegal(order.business_type, order.status, Action.RETURN)
    check_handled(order, handling, "returned_at", back.returned_at, now=now, place="archived_at")
    order.move(Action.RETURN)
    enter_return(order, back, at=min(back.returned_at, now), by=by, before=_times_of_attempt(order, handling))
    _send_out_again(order, handling)


def reopen(order: Order, handling: Handling, reason: str, *, at: datetime, by: str, now: datetime) -> None:
    """Our own callback found the customer not content: the unit goes on, in the same round.

    Raises Conflict for a national order: out of `called_back` it would not be there for its return, which counts.
    """
    if not order.can(Action.REOPEN):
        order.move(Action.REOPEN)
    if order.is_national:
        raise Conflict("order.national_return_awaited", _NATIONAL)
    check_handled(order, handling, "reopened_at", at, now=now, place="archived_at")
    order.move(Action.REOPEN)
    order.reopened_at = at
    event = OrderReopened(order_id=order.id, reopened_at=at, reason="customer_dissatisfied")
    order.say(event, occurred_at=at, actor=by, text=reason, before=_times_of_attempt(order, handling))
    _send_out_again(order, handling)


def archive(order: Order, handling: Handling, *, conclusion: str | None, at: datetime, by: str, now: datetime) -> None:
    """归档 by a person; raises Conflict naming what is missing: conclusion, end of feedback (requirement 004-012)."""
    if not order.can(Action.ARCHIVE):
        order.move(Action.ARCHIVE)
    if _ended_at(order, handling) is None:
        raise Conflict("order.callback_missing", _NOT_ASKED)
    check_time(order, "archived_at", at, now=now)
    handling.conclusion = conclusion or handling.conclusion
    missing = find_missing(order, handling)
    if missing:
        raise Conflict("order.incomplete", _INCOMPLETE, fields=missing)
    close(order, handling, at=at, by=by)


def close(order: Order, handling: Handling, *, at: datetime, by: str) -> None:
    """Close feedback and archive what is complete."""
    handling.feedback_closed_at = _ended_at(order, handling) or at
    event = OrderConcluded(
        order_id=order.id,
        feedback_closed_at=handling.feedback_closed_at,
        is_substantiated=handling.is_substantiated,
        company_liable=handling.company_liable,
    )
    order.say(event, occurred_at=handling.feedback_closed_at, actor=by)
    enter_archive(order, at=max(at, handling.feedback_closed_at), by=by)


def find_missing(order: Order, handling: Handling) -> list[BadField]:
    """Return what the order still lacks to be archived: contacted, replied, concluded (003-046, 004-012, 003-024)."""
    wanted: dict[str, object] = {"conclusion": handling.conclusion}
    if handling.callback_cancelled_at is None:
        wanted = {
            "contact_count": handling.contact_count or None,
            "reply_drafted_at": handling.reply_drafted_at,
            "sent_at": order.sent_at,
            **wanted,
        }
    return [
        bad_field(name, "order.field_missing", "归档前必须填写", "must be there before archiving")
        for name, value in wanted.items()
        if value is None
    ]


def _close_if_complete(order: Order, handling: Handling, *, at: datetime) -> None:
    missing = find_missing(order, handling)
    if missing:
        order.note("archive-held", occurred_at=at, actor="system", missing=[field.field for field in missing])
        return
    close(order, handling, at=at, by="system")


def _ended_at(order: Order, handling: Handling) -> datetime | None:
    """Return when the customer had the last word, or would have had it."""
    if order.status is Status.ANSWERED_ON_CALL:
        return handling.answered_at
    if order.status is Status.VERIFIED:
        return handling.verified_at
    return handling.callback_cancelled_at or order.called_back_at or order.callback_given_up_at


def _has_left(order: Order, handling: Handling) -> bool:
    """Say whether the answer of this round is with whoever calls the customer back."""
    return (handling.province_approved_at if order.is_national else order.sent_at) is not None


def _send_out_again(order: Order, handling: Handling) -> None:
    handling.forget_attempt()
    for name in OF_ATTEMPT:
        setattr(order, name, None)
    order.move(Action.SEND_OUT_AGAIN)


OF_ATTEMPT = (
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
    "satisfaction",
    "callback_opinion",
)
"""What of the order itself belongs to one way through."""

_TIMES = ("contacted_at", "investigation_started_at", "reply_drafted_at", "city_reviewed_at", "province_approved_at")


def _times_of_attempt(order: Order, handling: Handling) -> dict[str, str]:
    of_handling = {name: getattr(handling, name) for name in _TIMES}
    of_order = {name: getattr(order, name) for name in ("sent_at", "called_back_at")}
    return {name: str(moment) for name, moment in {**of_handling, **of_order}.items() if moment is not None}
