"""Callback plans: when a customer may be called, what an attempt must say, and how a plan ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from shared.aggregate import Aggregate
from shared.errors import BadField, Conflict, Invalid, Text, bad_field
from shared.events.callback import (
    CallbackAttempted,
    CallbackCancelled,
    CallbackCompleted,
    CallbackPlanned,
    CallbackUnreachable,
)
from shared.glossary import BusinessType, Satisfaction, Word
from shared.zone import SHANGHAI

REPAIR_LOCAL = "repair_local"
"""The call after the repair of a local order; other plans (业扩, look-back) join it as policy rows."""

NON_REPAIR_LOCAL = "non_repair_local"
"""The call after the reply to a local complaint, opinion, suggestion or consultation (三回访, requirement 003-046)."""

NOT_CALLED = frozenset({BusinessType.MISCONDUCT_REPORT, BusinessType.PRAISE})
"""A praise needs no call; a reporter is called by supervision alone, which enters it where the report stands."""

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far ahead of ours a caller's clock may be."""


class PlanStatus(Word):
    """Where a plan is in its life (lifecycles, 3.3)."""

    SCHEDULED = "scheduled"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    CALLING = "calling"
    ATTEMPT_FAILED = "attempt_failed"
    COMPLETED = "completed"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


S = PlanStatus
TRANSITIONS: dict[PlanStatus, frozenset[PlanStatus]] = {
    S.SCHEDULED: frozenset({S.DUE_SOON, S.OVERDUE, S.CALLING, S.CANCELLED}),
    S.DUE_SOON: frozenset({S.OVERDUE, S.CALLING, S.CANCELLED}),
    S.OVERDUE: frozenset({S.CALLING, S.CANCELLED}),  # overdue is still to be done
    S.CALLING: frozenset({S.COMPLETED, S.ATTEMPT_FAILED, S.UNREACHABLE}),
    S.ATTEMPT_FAILED: frozenset({S.OVERDUE, S.CALLING, S.CANCELLED}),
    S.COMPLETED: frozenset(),
    S.UNREACHABLE: frozenset(),
    S.CANCELLED: frozenset(),
}
"""The one table of a plan's life. `calling` lasts as long as an attempt is being entered."""

OPEN = frozenset(status for status, following in TRANSITIONS.items() if following)
CLOSED = frozenset(PlanStatus) - OPEN


def leading_to(status: PlanStatus) -> frozenset[PlanStatus]:
    """Return the states from which `status` can be reached."""
    return frozenset(before for before, following in TRANSITIONS.items() if status in following)


class Outcome(Word):
    """What became of one call."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True)
class CallingRules:
    """One version of a plan's policy: when to call, how often, and when never."""

    id: UUID
    plan: str
    valid_from: datetime
    due_after: timedelta
    warn_before: timedelta
    quiet_from: time
    quiet_until: time
    attempts: int
    attempts_apart: timedelta

    def is_quiet(self, moment: datetime) -> bool:
        """Say whether customers are left alone at `moment`: from `quiet_from` on, before `quiet_until`, in Shanghai."""
        local = moment.astimezone(SHANGHAI).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= local < self.quiet_until
        return local >= self.quiet_from or local < self.quiet_until

    def first_call_from(self, moment: datetime) -> datetime:
        """Return `moment`, or the end of the quiet hours that it lies in."""
        if not self.is_quiet(moment):
            return moment
        local = moment.astimezone(SHANGHAI)
        end = local.replace(hour=self.quiet_until.hour, minute=self.quiet_until.minute, second=0, microsecond=0)
        return (end if end > local else end + timedelta(days=1)).astimezone(moment.tzinfo)


def rules_at(versions: Sequence[CallingRules], plan: str, moment: datetime) -> CallingRules:
    """Return the version of a plan's rules that was valid at `moment`; before the first there is the first."""
    of_plan = sorted((v for v in versions if v.plan == plan), key=lambda v: v.valid_from)
    valid = [v for v in of_plan if v.valid_from <= moment]
    return valid[-1] if valid else of_plan[0]


def plan_for(business_type: BusinessType, *, is_national: bool) -> str | None:
    """Name the plan that an order gets when it is sent; None when the last call is not ours (requirement 001-002)."""
    if is_national or business_type in NOT_CALLED:
        return None
    return REPAIR_LOCAL if business_type is BusinessType.FAULT_REPAIR else NON_REPAIR_LOCAL


@dataclass(frozen=True)
class Contact:
    """Whom to call."""

    name: str
    phone: str
    address: str
    customer_no: str | None = None


@dataclass(frozen=True)
class Call:
    """What an agent enters after ringing a customer.

    The two questions of requirement 003-023 are `is_power_restored` and `satisfaction` (with the result); quality of
    service is rated apart (003-039).
    """

    called_at: datetime
    outcome: Outcome
    is_power_restored: bool | None = None
    satisfaction: Satisfaction | None = None
    service_satisfaction: Satisfaction | None = None
    opinion: str | None = None
    at_customers_request: bool = False


@dataclass(frozen=True)
class Attempt:
    """One call that was made for a plan, as it stands in the books."""

    id: UUID
    number: int
    call: Call
    by: str


@dataclass(kw_only=True, eq=False, slots=True)
class Plan(Aggregate):
    """One customer to be called by a time, about one round of one order."""

    order_id: UUID
    order_no: str
    plan: str
    round: int
    rules_id: UUID
    contact: Contact
    sent_at: datetime
    warn_at: datetime
    due_at: datetime
    call_from: datetime
    """When the next call may be made at the earliest."""
    status: PlanStatus = PlanStatus.SCHEDULED
    attempts: int = 0
    last_called_at: datetime | None = None
    last_outcome: Outcome | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    new_attempts: list[Attempt] = field(default_factory=list, repr=False)

    @classmethod
    def make(
        cls,
        *,
        plan_id: UUID,
        order_id: UUID,
        order_no: str,
        order_round: int,
        contact: Contact,
        sent_at: datetime,
        rules: CallingRules,
    ) -> Plan:
        """Plan the call that an order needs since `sent_at`."""
        due_at = sent_at + rules.due_after
        plan = cls(
            id=plan_id,
            order_id=order_id,
            order_no=order_no,
            plan=rules.plan,
            round=order_round,
            rules_id=rules.id,
            contact=contact,
            sent_at=sent_at,
            warn_at=due_at - rules.warn_before,
            due_at=due_at,
            call_from=rules.first_call_from(sent_at),
        )
        plan.tell(
            CallbackPlanned(order_id=order_id, plan_id=plan_id, plan=rules.plan, due_at=due_at, round=order_round),
            occurred_at=sent_at,
        )
        return plan

    @property
    def is_open(self) -> bool:
        """Whether the customer is still to be called."""
        return self.status in OPEN

    @property
    def asks_power(self) -> bool:
        """Whether the customer is asked if the power is back."""
        return self.plan == REPAIR_LOCAL

    def has_attempt(self, call: Call) -> bool:
        """Say whether this very call was entered already: nobody is called twice at the same instant."""
        return self.last_called_at == call.called_at and self.last_outcome is call.outcome

    def enter(self, call: Call, *, attempt_id: UUID, by: str, rules: CallingRules, now: datetime) -> None:
        """Enter a call that was made: its answers end the plan, the last of the allowed failures gives it up.

        Raises Conflict for a plan that is closed, for a call in quiet hours that the customer did not ask for (entered
        late or not: a paper form has to say that the customer asked), and for one too soon after the last; Invalid for
        impossible times and for answers that are missing or do not belong.
        """
        if not self.is_open:
            raise Conflict("callback.plan_closed", _CLOSED, status=str(self.status))
        if wrong := [*self._wrong_times(call, now), *wrong_answers(call, asks_power=self.asks_power)]:
            raise Invalid("callback.attempt_invalid", _INVALID, fields=wrong)
        self._check_hours(call, rules)
        self._go(PlanStatus.CALLING)
        self.attempts += 1
        self.last_called_at, self.last_outcome = call.called_at, call.outcome
        self.new_attempts.append(Attempt(attempt_id, self.attempts, call, by))
        if call.outcome is Outcome.ANSWERED:
            self._complete(call)
        else:
            self._fail(call, rules)

    def cancel(self, *, at: datetime, reason: str) -> None:
        """Call nobody about this any more: the order came back or fell away."""
        self._close(PlanStatus.CANCELLED, at, reason)
        self.tell(
            CallbackCancelled(order_id=self.order_id, plan_id=self.id, cancelled_at=at, reason=reason), occurred_at=at
        )

    def _wrong_times(self, call: Call, now: datetime) -> list[BadField]:
        if call.called_at > now + CLOCK_TOLERANCE:
            return [bad_field("called_at", "time.in_future", "不能晚于当前时间", "lies in the future")]
        if call.called_at < self.sent_at:
            return [
                bad_field("called_at", "time.before_sent", "不能早于工单发送时间", "lies before the order was sent")
            ]
        if self.last_called_at and call.called_at <= self.last_called_at:
            zh, en = "必须晚于上一次回访", "must come after the last attempt"
            return [bad_field("called_at", "time.before_last_attempt", zh, en)]
        return []

    def _check_hours(self, call: Call, rules: CallingRules) -> None:
        if call.at_customers_request:
            return
        if rules.is_quiet(call.called_at):
            since, until = f"{rules.quiet_from:%H:%M}", f"{rules.quiet_until:%H:%M}"
            raise Conflict("callback.quiet_hours", _QUIET, quiet_from=since, quiet_until=until)
        if self.last_called_at and call.called_at < self.last_called_at + rules.attempts_apart:
            raise Conflict("callback.too_soon", _TOO_SOON, minutes=int(rules.attempts_apart.total_seconds() // 60))

    def _complete(self, call: Call) -> None:
        if call.satisfaction is None or call.service_satisfaction is None:
            raise AssertionError("wrong_answers lets no answered call without answers through")
        self._close(PlanStatus.COMPLETED, call.called_at, None)
        completed = CallbackCompleted(
            order_id=self.order_id,
            plan_id=self.id,
            called_back_at=call.called_at,
            is_power_restored=call.is_power_restored,
            satisfaction=call.satisfaction,
            service_satisfaction=call.service_satisfaction,
            opinion=call.opinion,
            round=self.round,
        )
        self.tell(completed, occurred_at=call.called_at)

    def _fail(self, call: Call, rules: CallingRules) -> None:
        at = call.called_at
        attempted = CallbackAttempted(
            order_id=self.order_id, plan_id=self.id, attempted_at=at, outcome=call.outcome, attempt=self.attempts
        )
        self.tell(attempted, occurred_at=at)
        if self.attempts < rules.attempts:
            self._go(PlanStatus.ATTEMPT_FAILED)
            self.call_from = rules.first_call_from(at + rules.attempts_apart)
            return
        self._close(PlanStatus.UNREACHABLE, at, call.outcome)
        given_up = CallbackUnreachable(
            order_id=self.order_id, plan_id=self.id, given_up_at=at, attempts=self.attempts, round=self.round
        )
        self.tell(given_up, occurred_at=at)

    def _close(self, status: PlanStatus, at: datetime, reason: str | None) -> None:
        self._go(status)
        self.closed_at, self.reason = at, reason

    def _go(self, status: PlanStatus) -> None:
        if status not in TRANSITIONS[self.status]:
            raise Conflict("callback.plan_closed", _CLOSED, status=str(self.status))
        self.status = status


def wrong_answers(call: Call, *, asks_power: bool = True) -> list[BadField]:
    """Name every answer that is missing, or that nobody can have given (requirements 003-023, 003-039, 003-040)."""
    answers: dict[str, Any] = {
        "is_power_restored": call.is_power_restored,
        "satisfaction": call.satisfaction,
        "service_satisfaction": call.service_satisfaction,
    }
    if call.outcome is not Outcome.ANSWERED:
        zh, en = "未接通时不应填写", "nobody answered, so nobody said this"
        answers["opinion"] = call.opinion
        return [bad_field(name, "answer.nobody_answered", zh, en) for name, said in answers.items() if said is not None]
    zh, en = "接通后必填", "is required once the customer answered"
    wrong = []
    if not asks_power and answers.pop("is_power_restored") is not None:
        not_asked = "此类回访不询问是否来电", "this plan does not ask whether the power is back"
        wrong.append(bad_field("is_power_restored", "answer.not_asked", *not_asked))
    wrong += [bad_field(name, "answer.missing", zh, en) for name, said in answers.items() if said is None]
    ratings = {call.satisfaction, call.service_satisfaction}
    if Satisfaction.DISSATISFIED in ratings and not call.opinion:
        zh, en = "客户不满意时必须详细记录其意见", "a dissatisfied customer's opinion must be recorded"
        wrong.append(bad_field("opinion", "answer.opinion_missing", zh, en))
    return wrong


_CLOSED = Text("该回访计划已结束（{status}），不能再登记回访", "this plan is closed ({status}): nothing can be entered")
_INVALID = Text("回访登记不符合要求，未作任何更改", "the attempt breaks the rules below; nothing was changed")
_QUIET = Text(
    "{quiet_from} 至次日 {quiet_until} 不得回访客户，除非客户要求（at_customers_request）",
    "customers are not called from {quiet_from} to {quiet_until}, unless they asked for it (at_customers_request)",
)
_TOO_SOON = Text("距上一次回访不足 {minutes} 分钟", "the last attempt is less than {minutes} minutes ago")
