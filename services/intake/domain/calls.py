"""Calls at the hotline desk: who rang, what became of it, who went on with it. A call is no order, but never lost.

A silent call ends without an order; an inaudible one is rung back. Whoever is agitated or hard to deal with is handed
on, and a harassing caller is flagged but served all the same (003-009, 003-010, 003-042, 003-043, 003-047).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.desk_log import DeskSubject
from services.intake.domain.times import TOLERANCE
from shared.errors import BadField, Conflict, Invalid, Text, bad_field
from shared.glossary import Word

RING_BACK_WITHIN = timedelta(minutes=15)
"""How soon an inaudible caller is rung back; no source names a number."""

RING_BACK_ATTEMPTS = 3


class Disposition(Word):
    """What became of a call."""

    ANSWERED = "answered"
    ORDER_MADE = "order_made"
    SERVICE_REQUESTED = "service_requested"
    SILENT = "silent"
    INAUDIBLE = "inaudible"
    ABANDONED = "abandoned"


UNHEARD = frozenset({Disposition.SILENT, Disposition.INAUDIBLE, Disposition.ABANDONED})
"""Nobody was understood, so there can be no order (requirements 003-009, 003-010)."""


class RingBack(Word):
    """What became of ringing back."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"


class CallerFlag(Word):
    """What the desk should know of a caller before it says hello."""

    HARASSING = "harassing"


SCRIPTS = {
    Disposition.SILENT: Text(
        "您好，请讲。（重复两遍）很抱歉，听不到您的声音，请您稍后再拨，再见。",
        "hello, please speak (twice). I am sorry, I cannot hear you; please ring again later. Goodbye.",
    ),
    Disposition.INAUDIBLE: Text(
        "很抱歉，您的声音断断续续，请您换个地方或换部电话，我们随后给您回电。",
        "I am sorry, your voice is not clear; please try another place or telephone, we will ring you back.",
    ),
    Disposition.ABANDONED: Text("来电已挂断。", "the caller hung up."),
    Disposition.ANSWERED: Text("感谢您的来电，再见。", "thank you for calling, goodbye."),
    Disposition.ORDER_MADE: Text("您的诉求已受理，感谢您的来电。", "your request is received, thank you for calling."),
    Disposition.SERVICE_REQUESTED: Text(
        "您的申请已登记，感谢您的来电。", "your application is registered, thank you for calling."
    ),
}
"""What the agent says at the end."""

_SETTLED = Text("此通话已有结果", "the call is settled already")
_NOT_WAITING = Text("此通话不需要回电", "nobody waits to be rung back")
_INVALID = Text("通话记录不符合要求，未作任何更改", "the call breaks the rules below; nothing was changed")
_SAME_AGENT = Text("已由 {agent} 负责", "{agent} has it already")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended, and what was made of it."""

    disposition: Disposition
    ended_at: datetime
    order_id: UUID | None = None
    service_request_id: UUID | None = None
    note: str | None = None


@dataclass(kw_only=True, eq=False)
class Call(DeskSubject):
    """One call. `first_agent` picked it up and stays; `agent` has it now."""

    caller_phone: str
    first_agent: str
    agent: str
    rang_at: datetime
    answered_at: datetime | None = None
    language: str | None = None
    recorded_at: datetime
    disposition: Disposition | None = None
    ended_at: datetime | None = None
    order_id: UUID | None = None
    service_request_id: UUID | None = None
    note: str | None = None
    ring_back_by: datetime | None = None
    ring_back_attempts: int = 0
    rung_back_at: datetime | None = None
    ring_back_given_up_at: datetime | None = None
    escalated_at: datetime | None = None
    escalated_to: str | None = None
    reassigned_at: datetime | None = None

    @property
    def waits_for_ring_back(self) -> bool:
        """Say whether the caller is still to be rung back."""
        return self.ring_back_by is not None and self.rung_back_at is None and self.ring_back_given_up_at is None

    @property
    def is_over(self) -> bool:
        """Say whether nobody has anything to do with it any more."""
        return self.disposition is not None and not self.waits_for_ring_back


def as_unlinked(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call, or a line's data, as if nothing had come of it: one of the many that were answered, and no more.

    That an order was made and may not be seen would say that the caller reported misconduct (decision 0018), and so
    would a number that is masked here only, or a call that looks unsettled for ever.
    """
    made = shown.get("disposition") == Disposition.ORDER_MADE
    plain = {"order_id": None, "note": None} | ({"disposition": Disposition.ANSWERED} if made else {})
    return {**shown, **{name: value for name, value in plain.items() if name in shown}}


def open_call(call: Call, *, now: datetime) -> Call:
    """Put a call into the log; raises Invalid naming times that cannot be."""
    wrong = list(_find_wrong_times(call.rang_at, call.answered_at, None, now=now))
    if wrong:
        raise Invalid("call.invalid", _INVALID, fields=wrong)
    call.log("call-opened", occurred_at=call.rang_at, actor=call.agent)
    return call


def settle(call: Call, outcome: Outcome, *, by: str, now: datetime) -> None:
    """Say what became of a call, once; an inaudible caller is to be rung back."""
    if call.disposition is not None:
        raise Conflict("call.already_settled", _SETTLED)
    wrong = [*_find_wrong_times(call.rang_at, call.answered_at, outcome.ended_at, now=now), *_find_wrong_links(outcome)]
    if wrong:
        raise Invalid("call.invalid", _INVALID, fields=wrong)
    call.disposition, call.ended_at, call.note = outcome.disposition, outcome.ended_at, outcome.note
    call.order_id, call.service_request_id = outcome.order_id, outcome.service_request_id
    if outcome.disposition is Disposition.INAUDIBLE:
        call.ring_back_by = outcome.ended_at + RING_BACK_WITHIN
    call.log("call-settled", occurred_at=outcome.ended_at, actor=by, disposition=str(outcome.disposition))


def ring_back(call: Call, result: RingBack, *, at: datetime, order_id: UUID | None, by: str, now: datetime) -> None:
    """Ring an inaudible caller; given up after three that nobody answered. Reached, an order may come of it."""
    if not call.waits_for_ring_back:
        raise Conflict("call.no_ring_back", _NOT_WAITING)
    wrong = list(_find_wrong_times(call.rang_at, call.ended_at, at, now=now, last="called_at"))
    if order_id is not None and result is RingBack.NOT_REACHED:
        wrong.append(_no_order("order_id"))
    if wrong:
        raise Invalid("call.invalid", _INVALID, fields=wrong)
    call.ring_back_attempts += 1
    if result is RingBack.REACHED:
        call.rung_back_at, call.order_id = at, order_id
    elif call.ring_back_attempts >= RING_BACK_ATTEMPTS:
        call.ring_back_given_up_at = at
    call.log("call-rung-back", occurred_at=at, actor=by, result=str(result), order_id=order_id)


def escalate(call: Call, to: str, reason: str, *, by: str, now: datetime) -> None:
    """Hand an agitated caller to the supervisor on duty (requirement 003-042); who had the call stays on record."""
    _hand_on(call, to)
    call.escalated_at, call.escalated_to = now, to
    call.log("call-escalated", occurred_at=now, actor=by, to=to, reason=reason)


def reassign(call: Call, to: str, reason: str, *, by: str, now: datetime) -> None:
    """Let somebody else go on when words get sharp (requirement 003-047)."""
    _hand_on(call, to)
    call.reassigned_at = now
    call.log("call-reassigned", occurred_at=now, actor=by, to=to, reason=reason)


def _hand_on(call: Call, to: str) -> None:
    """Let `to` have the call; not one that is over: who has it then knows what became of it (see `as_unlinked`)."""
    if call.is_over:
        raise Conflict("call.already_settled", _SETTLED)
    if to == call.agent:
        raise Conflict("call.same_agent", _SAME_AGENT, agent=to)
    call.agent = to


def _find_wrong_times(
    rang_at: datetime, answered_at: datetime | None, last_at: datetime | None, *, now: datetime, last: str = "ended_at"
) -> list[BadField]:
    named = [("rang_at", rang_at), ("answered_at", answered_at), (last, last_at)]
    known = [(name, moment) for name, moment in named if moment is not None]
    wrong = [
        bad_field(name, "call.time_in_future", "不能晚于当前时间", "may not lie in the future")
        for name, moment in known
        if moment > now + TOLERANCE
    ]
    pairs = itertools.pairwise(known)
    wrong += [
        bad_field(later, "call.times_out_of_order", f"早于 {earlier}", f"is before {earlier}")
        for (earlier, before), (later, after) in pairs
        if after < before
    ]
    return wrong


def _find_wrong_links(outcome: Outcome) -> list[BadField]:
    wrong: list[BadField] = []
    made = outcome.disposition
    if made is Disposition.ORDER_MADE and outcome.order_id is None:
        wrong.append(bad_field("order_id", "field.missing", "必填", "is required"))
    if made is Disposition.SERVICE_REQUESTED and outcome.service_request_id is None:
        wrong.append(bad_field("service_request_id", "field.missing", "必填", "is required"))
    if made in UNHEARD:
        links = (("order_id", outcome.order_id), ("service_request_id", outcome.service_request_id))
        wrong += [_no_order(name) for name, value in links if value is not None]
    return wrong


def _no_order(name: str) -> BadField:
    return bad_field(
        name, "call.nobody_heard", "没有听到客户的诉求，不能生成工单", "nobody was heard, so nothing was made"
    )
