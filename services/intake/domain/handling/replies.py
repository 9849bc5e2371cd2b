"""二回复: the reply in its six parts, with what it says of the claim, and what it still lacks (001-039, 001-040)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling.forwarding import check_tried
from services.intake.domain.handling.kinds import kind_of
from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.handling.words import AnswerMode, Outcome
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment
from shared.errors import BadField, bad_field
from shared.events.intake import ReplyDrafted


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One version of a reply; every version is kept. Money is in fen (0.01 yuan)."""

    id: UUID
    drafted_at: datetime
    handling_time: datetime | None = None
    course: str = ""
    basis: str = ""
    plan: str = ""
    customer_opinion: str = ""
    handlers: tuple[str, ...] = ()
    result_text: str = ""
    is_substantiated: bool | None = None
    company_liable: bool | None = None
    outcome: Outcome | None = None
    outcome_reason: str | None = None
    rule_cited: str | None = None
    answer_mode: AnswerMode | None = None
    answered_at: datetime | None = None
    compensation_fen: int | None = None
    liable_person: str | None = None
    conclusion: str | None = None


def draft(order: Order, handling: Handling, reply: Reply, *, by: str, now: datetime) -> None:
    """Put a version of the reply on the order; it may still lack much, the review will name it.

    Raises Conflict (`order.not_contacted`) when nobody tried to reach the customer in this round: such a reply must be
    impossible (case C2b); Invalid when its times cannot be true.
    """
    if not order.can(Action.DRAFT_REPLY):
        order.move(Action.DRAFT_REPLY)
    check_tried(order, handling)
    check_handled(order, handling, "reply_drafted_at", reply.drafted_at, now=now)
    _check_times(order, handling, reply, now=now)
    order.move(Action.DRAFT_REPLY)
    _put_down(order, handling, reply)
    event = ReplyDrafted(
        order_id=order.id,
        reply_drafted_at=reply.drafted_at,
        reply_id=reply.id,
        round=order.round,
        is_substantiated=reply.is_substantiated,
        company_liable=reply.company_liable,
    )
    order.say(event, occurred_at=reply.drafted_at, actor=by)


def adopt(handling: Handling, reply: Reply) -> None:
    """Let what a reviewed reply says of the claim and of its answer count."""
    handling.outcome = reply.outcome
    handling.is_substantiated, handling.company_liable = reply.is_substantiated, reply.company_liable
    handling.answer_mode, handling.answered_at = reply.answer_mode, reply.answered_at
    handling.conclusion = reply.conclusion


def find_gaps(order: Order, handling: Handling, reply: Reply) -> list[BadField]:
    """Return what the reply lacks for its type; what its texts and its two flags lack is the quality check's to say."""
    return [*_ask_compensation(reply), *_ask_outcome(order, reply), *_ask_answer(handling, reply)]


def _ask_compensation(reply: Reply) -> Iterator[BadField]:
    for name in ("compensation_fen", "liable_person"):
        if getattr(reply, name) is not None and not reply.company_liable:
            yield bad_field(
                name,
                "reply.compensation_without_liability",
                "公司无责任时不应填写",
                "belongs to a reply in which the company is to blame",
            )


def _ask_outcome(order: Order, reply: Reply) -> Iterator[BadField]:
    allowed = kind_of(order.business_type).outcomes
    if reply.outcome is None:
        yield _missing("outcome")
    elif reply.outcome not in allowed:
        known = ", ".join(sorted(allowed))
        yield bad_field(
            "outcome",
            "reply.outcome_of_other_type",
            f"此类工单的结果只能是 {known}",
            f"is one of {known} for this type",
        )
    if reply.outcome is Outcome.NOT_ADOPTED and not reply.outcome_reason:
        yield _missing("outcome_reason")
    if reply.outcome is Outcome.EXPLAINED_NOT_ACCEPTABLE and not reply.rule_cited:
        yield bad_field(
            "rule_cited",
            "reply.rule_missing",
            "不能受理的诉求须引用规定向客户说明，不得简单拒绝",
            "what cannot be met is explained with the rule, never barely refused",
        )


def _ask_answer(handling: Handling, reply: Reply) -> Iterator[BadField]:
    for name in ("answer_mode", "answered_at", "conclusion"):
        if not getattr(reply, name):
            yield _missing(name)
    if handling.is_important and reply.answer_mode is AnswerMode.PHONE:
        yield bad_field(
            "answer_mode",
            "reply.important_by_phone",
            "重要投诉须调查核实后书面或上门答复",
            "an important matter is answered in writing or at the door",
        )


def _missing(name: str) -> BadField:
    return bad_field(name, "reply.part_missing", "必填", "is required")


def _check_times(order: Order, handling: Handling, reply: Reply, *, now: datetime) -> None:
    since = [("received_at", order.received_at)]
    latest = [("handling_time", reply.handling_time), ("answered_at", reply.answered_at)]
    for name, moment in latest:
        if moment is not None:
            check_moment(name, moment, since, now=now)
    if reply.answered_at is not None:
        check_handled(order, handling, "answered_at", reply.answered_at, now=now, place="forwarded_at")
    check_moment("reply_drafted_at", reply.drafted_at, latest, now=now)


def _put_down(order: Order, handling: Handling, reply: Reply) -> None:
    handling.reply_id, handling.reply_drafted_at = reply.id, reply.drafted_at
    order.replied_at = reply.drafted_at
    order.reply_process, order.reply_cause = reply.course, reply.basis
    order.reply_result, order.customer_opinion = reply.result_text, reply.customer_opinion
