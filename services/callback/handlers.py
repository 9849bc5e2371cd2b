"""Use cases of callback: plans come from orders that were sent, attempts from agents, ends from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Gauge

from services.callback import repository
from services.callback.domain import Call, CallingRules, Contact, Plan, PlanStatus, plan_for, rules_at
from services.callback.repository import PLANS, Due, Row
from shared.auth import Actor, Role
from shared.db import Session
from shared.errors import Conflict, Invalid, RelightError, Text, bad_field
from shared.events import Event, Fact
from shared.events.intake import (
    IntakeEvent,
    OrderCallbackCancelled,
    OrderCalledBack,
    OrderCancelled,
    OrderReopened,
    OrderReturned,
    OrderSent,
    StatementSubmitted,
)
from shared.ids import new_id

CALLBACKS_DUE = Gauge("relight_callbacks_due", "Customers who are still to be called.", ["plan"])
CALLBACKS_OVERDUE = Gauge("relight_callbacks_overdue", "Customers who should have been called by now.", ["plan"])

SWEEP = 1_000
"""Plans that the clock marks in one transaction."""


@dataclass(frozen=True)
class Entered:
    """What became of one attempt of a batch: the plan as it stands now, or why it was refused."""

    plan: Plan | None = None
    refusal: RelightError | None = None


@dataclass(frozen=True)
class PlanRead:
    """One plan as it is read, with its calls and its questions; `is_unmasked` when the reader may see whom to ring."""

    plan: Row
    attempts: Sequence[Row]
    questionnaire: Row | None
    is_unmasked: bool


@dataclass(frozen=True)
class PlanFilter:
    """Which plans a list shows; an empty filter shows all."""

    statuses: Sequence[PlanStatus] = field(default_factory=tuple)
    due: Due | None = None
    order_id: UUID | None = None


async def prefetch(session: Session, facts: Sequence[Fact[Event]]) -> None:
    """Load the rules and every open plan that a batch of facts may touch."""
    await repository.load_rules(session)
    await PLANS.prefetch_open(session, {fact.event.order_id for fact in facts})


async def on_order_sent(session: Session, fact: Fact[OrderSent], *, now: datetime) -> None:
    """Plan the call to the customer of a local order (003-022, 003-046); an earlier open plan is over with it.

    National orders get none: the national centre makes the last call (001-002), and tells intake what it heard.
    """
    sent = fact.event
    kind = plan_for(sent.business_type, is_national=sent.is_national)
    if kind is None:
        return
    for earlier in await PLANS.list_open(session, sent.order_id):
        if earlier.sent_at >= sent.sent_at and earlier.round >= sent.round:
            return  # this very sending, told again
        earlier.cancel(at=max(sent.sent_at, earlier.sent_at), reason="order-sent again")
        PLANS.save(session, earlier)
    rules = rules_at(list((await repository.load_rules(session)).values()), kind, sent.sent_at)
    caller = sent.caller
    plan = Plan.make(
        plan_id=new_id(),
        order_id=sent.order_id,
        order_no=sent.order_no,
        order_round=sent.round,
        contact=Contact(caller.name, caller.phone, caller.address, caller.customer_no),
        sent_at=sent.sent_at,
        rules=rules,
    )
    PLANS.add(session, plan)


async def on_order_returned(session: Session, fact: Fact[OrderReturned], *, now: datetime) -> None:
    """Call nobody about a round that came back."""
    await _cancel_open(session, fact.event, at=fact.event.returned_at)


async def on_order_reopened(session: Session, fact: Fact[OrderReopened], *, now: datetime) -> None:
    """Call nobody about an order that goes out again; it is planned anew when it is sent."""
    await _cancel_open(session, fact.event, at=fact.event.reopened_at)


async def on_order_cancelled(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
    """Call nobody about an order that fell away."""
    await _cancel_open(session, fact.event, at=fact.event.cancelled_at)


async def on_statement_submitted(session: Session, fact: Fact[StatementSubmitted], *, now: datetime) -> None:
    """Call nobody while the province looks at a statement: refused, a new reply is sent, and planned anew (001-035)."""
    await _cancel_open(session, fact.event, at=fact.event.statement_submitted_at)


async def on_order_callback_cancelled(session: Session, fact: Fact[OrderCallbackCancelled], *, now: datetime) -> None:
    """Call nobody about an order with an approved statement (requirement 001-038)."""
    await _cancel_open(session, fact.event, at=fact.event.callback_cancelled_at)


async def on_order_called_back(session: Session, fact: Fact[OrderCalledBack], *, now: datetime) -> None:
    """Call nobody whom somebody at another desk has called already; our own calls have closed their plan by now."""
    await _cancel_open(session, fact.event, at=fact.event.called_back_at)


async def _cancel_open(session: Session, event: IntakeEvent, *, at: datetime) -> None:
    for plan in await PLANS.list_open(session, event.order_id):
        plan.cancel(at=max(at, plan.sent_at), reason=event.name)
        PLANS.save(session, plan)


async def enter_attempt(session: Session, plan_id: UUID, call: Call, *, now: datetime, actor: Actor) -> Plan:
    """Enter a call that was made. The same call (plan, instant, outcome) again changes nothing.

    Raises NotFound for an unknown plan, Conflict and Invalid as `Plan.enter` says.
    """
    plan = await PLANS.get(session, plan_id)
    if plan.has_attempt(call):
        return plan
    rules = (await repository.load_rules(session))[plan.rules_id]
    plan.enter(call, attempt_id=new_id(), by=actor.id, rules=rules, now=now)
    PLANS.save(session, plan)
    return plan


async def enter_attempts(
    session: Session, calls: Sequence[tuple[UUID, Call]], *, now: datetime, actor: Actor
) -> list[Entered]:
    """Enter many calls, in their order; a refused one changes nothing and holds up no other."""
    await PLANS.prefetch(session, [plan_id for plan_id, _ in calls])
    results: list[Entered] = []
    for plan_id, call in calls:
        try:
            results.append(Entered(plan=await enter_attempt(session, plan_id, call, now=now, actor=actor)))
        except RelightError as refusal:
            results.append(Entered(refusal=refusal))
    return results


async def list_plans(
    session: Session, wanted: PlanFilter, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Row]:
    """Return plans by due time. `due=now` is the agents' work list: in quiet hours it is empty."""
    rules = list((await repository.load_rules(session)).values())
    kinds = {version.plan for version in rules}
    awake = [kind for kind in kinds if not rules_at(rules, kind, session.now).is_quiet(session.now)]
    return await repository.list_plans(
        session,
        statuses=wanted.statuses,
        due=wanted.due,
        callable_plans=awake,
        order_id=wanted.order_id,
        after=after,
        limit=limit,
    )


async def show_plan(session: Session, plan_id: UUID, *, now: datetime, actor: Actor) -> PlanRead:
    """Return one plan with its calls and questions. An agent sees whom to ring, and that leaves an audit row."""
    plan = await repository.find_plan(session, plan_id)
    if plan is None:
        raise repository.no_such_plan(plan_id)
    is_unmasked = actor.has(Role.AGENT)
    if is_unmasked:
        await repository.note_view(session, plan_id, by=actor.id)
    attempts = await repository.list_attempts(session, plan_id)
    questionnaire = await repository.find_questionnaire(session, plan["plan"], plan["sent_at"])
    return PlanRead(plan, attempts, questionnaire, is_unmasked)


async def add_policy(session: Session, changes: dict[str, Any], *, now: datetime) -> CallingRules:
    """Add a version of a plan's rules, valid from now on or later: plans made before keep the version they have.

    Raises Invalid for an unknown plan or a beginning in the past, Conflict when a version begins at that instant.
    """
    known = {version.plan for version in (await repository.load_rules(session)).values()}
    wrong = []
    if changes["plan"] not in known:
        wrong.append(bad_field("plan", "plan.unknown", "没有此类回访计划", "is no plan of ours"))
    if changes["valid_from"] < now - timedelta(minutes=1):
        wrong.append(bad_field("valid_from", "time.in_past", "不能早于当前时间", "lies in the past"))
    if wrong:
        raise Invalid("callback.policy_invalid", _POLICY, fields=wrong)
    rules = CallingRules(id=new_id(), **changes)
    if not await repository.add_rules(session, rules):
        raise Conflict("callback.policy_exists", _EXISTS)
    return rules


async def mark_due(session: Session, *, now: datetime) -> int:
    """Mark what is due soon and what is overdue; return how many plans changed."""
    overdue = await repository.mark_overdue(session, most=SWEEP)
    return max(overdue, await repository.mark_due_soon(session, most=SWEEP))


async def observe(session: Session) -> None:
    """Set the gauges from the books."""
    counted = {plan: (due, overdue) for plan, due, overdue in await repository.count_open(session)}
    for plan in {version.plan for version in (await repository.load_rules(session)).values()}:
        due, overdue = counted.get(plan, (0, 0))
        CALLBACKS_DUE.labels(plan).set(due)
        CALLBACKS_OVERDUE.labels(plan).set(overdue)


_POLICY = Text("该回访规则不符合要求，未作任何更改", "the policy breaks the rules below; nothing was changed")
_EXISTS = Text("该时刻已有一版规则", "a version begins at that instant already")
