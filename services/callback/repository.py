"""All SQL of callback: plans in and out as aggregates, the lists that agents work through, the sweeps of the clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    delete,
    false,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.callback.domain import CallingRules, Contact, Outcome, Plan, PlanStatus, leading_to
from services.callback.tables import IS_OPEN, attempts, contact_views, open_plans, plans, policies, questionnaires
from shared.db import Session
from shared.errors import NotFound, Text
from shared.glossary import Word
from shared.ids import new_id
from shared.store import Store

ATTEMPT_SLACK = timedelta(days=1)
"""An attempt's id is made after its plan's; machines' clocks may differ by less than this."""

_OPEN: ColumnElement[bool] = literal_column(f"({IS_OPEN})")  # spelt out, so that every plan of the query uses the index
_MISSING = Text("没有此回访计划", "there is no such callback plan")

Row = Mapping[str, Any]
"""One row as it is read, by column."""

_BY_ORDER = "open plans by order"
_RULES = "calling rules"


class Due(Word):
    """Which open plans a list shows."""

    NOW = "now"
    SOON = "soon"
    OVERDUE = "overdue"


class PlanStore(Store[Plan]):
    """Plans, with the calls that were entered for them and the key that leads from an order to its open plan."""

    async def prefetch_open(self, session: Session, order_ids: Iterable[UUID]) -> None:
        """Load and lock the open plans of some orders, in two statements however many they are."""
        by_order = self._by_order(session)
        unknown = set(order_ids) - by_order.keys()
        if not unknown:
            return
        found = (await session.execute(select(open_plans).where(open_plans.c.order_id.in_(unknown)))).all()
        await self.prefetch(session, [row.plan_id for row in found])
        by_order.update({order_id: [] for order_id in unknown})
        for row in found:
            by_order[row.order_id].append(await self.get(session, row.plan_id))

    async def list_open(self, session: Session, order_id: UUID) -> list[Plan]:
        """Return the open plans of an order, locked until the end of the transaction."""
        await self.prefetch_open(session, [order_id])
        return [plan for plan in self._by_order(session)[order_id] if plan.is_open]

    def add(self, session: Session, aggregate: Plan) -> None:
        """Write a new plan, and what it told, with this transaction."""
        self._by_order(session).setdefault(aggregate.order_id, []).append(aggregate)
        super().add(session, aggregate)

    async def flush(self, session: Session) -> None:
        """Write plans, their new attempts and their keys: one statement each."""
        new: dict[UUID, Plan] = dict(session.identity.get(self._new, {}))
        touched: dict[UUID, Plan] = {**session.identity.get(self._changed, {}), **new}
        await super().flush(session)
        rows = [_attempt_row(plan, session.now) for plan in touched.values() if plan.new_attempts]
        if rows:
            await session.execute(insert(attempts), [row for of_plan in rows for row in of_plan])
        closed = [plan for plan in touched.values() if not plan.is_open and plan.id not in new]
        if closed:
            is_theirs = and_(
                open_plans.c.order_id.in_([p.order_id for p in closed]),
                open_plans.c.plan_id.in_([p.id for p in closed]),
            )
            await session.execute(delete(open_plans).where(is_theirs))
        keys = [{"order_id": p.order_id, "plan": p.plan, "plan_id": p.id} for p in new.values() if p.is_open]
        if keys:
            await session.execute(insert(open_plans), keys)

    def _by_order(self, session: Session) -> dict[UUID, list[Plan]]:
        return session.identity.setdefault(_BY_ORDER, {})


def _plan_row(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "order_id": plan.order_id,
        "order_no": plan.order_no,
        "plan": plan.plan,
        "round": plan.round,
        "rules_id": plan.rules_id,
        "name": plan.contact.name,
        "phone": plan.contact.phone,
        "address": plan.contact.address,
        "customer_no": plan.contact.customer_no,
        "sent_at": plan.sent_at,
        "warn_at": plan.warn_at,
        "due_at": plan.due_at,
        "call_from": plan.call_from,
        "status": plan.status,
        "attempts": plan.attempts,
        "last_called_at": plan.last_called_at,
        "last_outcome": plan.last_outcome,
        "closed_at": plan.closed_at,
        "reason": plan.reason,
    }


def _plan_from(row: Mapping[str, Any]) -> Plan:
    return Plan(
        id=row["id"],
        order_id=row["order_id"],
        order_no=row["order_no"],
        plan=row["plan"],
        round=row["round"],
        rules_id=row["rules_id"],
        contact=Contact(row["name"], row["phone"], row["address"], row["customer_no"]),
        sent_at=row["sent_at"],
        warn_at=row["warn_at"],
        due_at=row["due_at"],
        call_from=row["call_from"],
        status=PlanStatus(row["status"]),
        attempts=row["attempts"],
        last_called_at=row["last_called_at"],
        last_outcome=Outcome(row["last_outcome"]) if row["last_outcome"] else None,
        closed_at=row["closed_at"],
        reason=row["reason"],
    )


def _attempt_row(plan: Plan, now: datetime) -> list[dict[str, Any]]:
    made, plan.new_attempts = plan.new_attempts, []
    return [
        {
            "id": attempt.id,
            "plan_id": plan.id,
            "number": attempt.number,
            "called_at": attempt.call.called_at,
            "recorded_at": now,
            "outcome": attempt.call.outcome,
            "is_power_restored": attempt.call.is_power_restored,
            "satisfaction": attempt.call.satisfaction,
            "service_satisfaction": attempt.call.service_satisfaction,
            "opinion": attempt.call.opinion,
            "at_customers_request": attempt.call.at_customers_request,
            "by": attempt.by,
        }
        for attempt in made
    ]


def no_such_plan(_: UUID) -> NotFound:
    """Make the refusal for a plan that is not there."""
    return NotFound("callback.plan_not_found", _MISSING)


PLANS = PlanStore(plans, to_row=_plan_row, from_row=_plan_from, missing=no_such_plan)


async def load_rules(session: Session) -> dict[UUID, CallingRules]:
    """Return every version of every plan's rules; read once in a transaction."""
    held = session.identity.setdefault(_RULES, {})
    if not held:
        for row in (await session.execute(select(policies).order_by(policies.c.valid_from))).mappings():
            held[row["id"]] = CallingRules(**row)
    return held


async def add_rules(session: Session, rules: CallingRules) -> bool:
    """Write a version of some rules; return False when there is one from that instant already."""
    row = {column.name: getattr(rules, column.name) for column in policies.columns}
    done = await session.execute(insert(policies).values(row).on_conflict_do_nothing())
    session.identity.pop(_RULES, None)
    return bool(done.rowcount)


async def find_plan(session: Session, plan_id: UUID) -> Row | None:
    """Return one plan as it is read, not locked; None when there is none."""
    found = await _read(session, select(plans).where(plans.c.id == plan_id))
    return found[0] if found else None


async def list_plans(
    session: Session,
    *,
    statuses: Collection[PlanStatus],
    due: Due | None,
    callable_plans: Collection[str],
    order_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Row]:
    """Return plans by due time; `callable_plans` are those whose customers may be rung right now."""
    query = select(plans).order_by(plans.c.due_at, plans.c.id).limit(limit)
    if statuses:
        query = query.where(plans.c.status.in_(statuses))
    if order_id:
        query = query.where(plans.c.order_id == order_id)
    if due:
        query = query.where(_OPEN, _is_due(due, session.now, callable_plans))
    if after:
        query = query.where(tuple_(plans.c.due_at, plans.c.id) > tuple_(after[0], after[1]))
    return await _read(session, query)


def _is_due(due: Due, now: datetime, callable_plans: Collection[str]) -> ColumnElement[bool]:
    if due is Due.OVERDUE:
        return plans.c.due_at < now
    if due is Due.SOON:
        return and_(plans.c.warn_at <= now, plans.c.due_at >= now)
    return and_(plans.c.call_from <= now, plans.c.plan.in_(callable_plans)) if callable_plans else false()


async def list_attempts(session: Session, plan_id: UUID) -> Sequence[Row]:
    """Return the calls that were made for a plan, first one first."""
    earliest = UUID(int=plan_id.int - (int(ATTEMPT_SLACK.total_seconds() * 1000) << 80))
    query = select(attempts).where(attempts.c.plan_id == plan_id, attempts.c.id > earliest).order_by(attempts.c.number)
    return await _read(session, query)


async def note_view(session: Session, plan_id: UUID, *, by: str) -> None:
    """Remember who saw a customer's full contact."""
    row = {"id": new_id(), "plan_id": plan_id, "by": by, "viewed_at": session.now}
    await session.execute(insert(contact_views).values(row))


async def list_questionnaires(session: Session) -> Sequence[Row]:
    """Return every version of every questionnaire, the newest of a plan first."""
    query = select(questionnaires).order_by(questionnaires.c.plan, questionnaires.c.version.desc())
    return await _read(session, query)


async def find_questionnaire(session: Session, plan: str, moment: datetime) -> Row | None:
    """Return the version of a plan's questionnaire that is asked at `moment`."""
    is_valid = and_(questionnaires.c.plan == plan, questionnaires.c.valid_from <= moment)
    query = select(questionnaires).where(is_valid).order_by(questionnaires.c.valid_from.desc()).limit(1)
    found = await _read(session, query)
    return found[0] if found else None


async def mark_overdue(session: Session, *, most: int) -> int:
    """Mark open plans whose time is over; return how many were."""
    return await _mark(session, PlanStatus.OVERDUE, plans.c.due_at < session.now, most)


async def mark_due_soon(session: Session, *, most: int) -> int:
    """Mark plans whose time is nearly over; return how many were."""
    return await _mark(session, PlanStatus.DUE_SOON, plans.c.warn_at <= session.now, most)


async def _mark(session: Session, status: PlanStatus, is_time: ColumnElement[bool], most: int) -> int:
    # In id order and around locked rows: an agent at work is not waited for, and two sweeps never deadlock.
    can_be = plans.c.status.in_(leading_to(status))
    ids: Select[Any] = (
        select(plans.c.id)
        .where(_OPEN, can_be, is_time)
        .order_by(plans.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return (await session.execute(update(plans).where(plans.c.id.in_(ids)).values(status=status))).rowcount


async def count_open(session: Session) -> Sequence[tuple[str, int, int]]:
    """Return, for each plan, how many customers are still to be called, and how many of them are overdue."""
    overdue = func.count().filter(plans.c.due_at < session.now)
    query = select(plans.c.plan, func.count().label("due"), overdue.label("overdue")).where(_OPEN)
    return [(r["plan"], r["due"], r["overdue"]) for r in await _read(session, query.group_by(plans.c.plan))]


async def _read(session: Session, query: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await session.execute(query)).mappings()]
