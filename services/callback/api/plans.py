"""The agents' work list and the calls that they enter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.callback import handlers
from services.callback.api.policy import Questionnaire
from services.callback.domain import OPEN, Call, Contact, Outcome, Plan, PlanStatus
from services.callback.handlers import Entered, PlanFilter, PlanRead
from services.callback.repository import Due
from shared.errors import RelightError, bad_field
from shared.glossary import Satisfaction
from shared.telemetry import mask_address, mask_name, mask_phone, mask_text
from shared.web import (
    Answer,
    Change,
    Door,
    Id,
    Moment,
    Page,
    Read,
    Strict,
    decode_cursor,
    encode_cursor,
    invalid,
)

router = APIRouter()

_ANSWERED: dict[str, Any] = {
    "called_at": "2026-11-22T19:30:00+08:00",
    "outcome": "answered",
    "is_power_restored": True,
    "satisfaction": "satisfied",
    "service_satisfaction": "satisfied",
}


class NewAttempt(Strict):
    """One call that was made. Answered: the two questions and both ratings; dissatisfied: the opinion too."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWERED, {"outcome": "no_answer"}]})

    called_at: Moment | None = Field(None, description="When it rang; now, when left out.")
    outcome: Outcome
    is_power_restored: bool | None = Field(None, description="您那里有电了吗？ Asked after a repair only.")
    satisfaction: Satisfaction | None = Field(None, description="With the result.")
    service_satisfaction: Satisfaction | None = Field(None, description="With the quality of service.")
    opinion: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    at_customers_request: bool = Field(
        False, description="The customer asked for this call: quiet hours and pauses do not forbid it."
    )

    def as_call(self, now: datetime) -> Call:
        """Return what the domain knows of it."""
        return Call(
            called_at=self.called_at or now,
            outcome=self.outcome,
            is_power_restored=self.is_power_restored,
            satisfaction=self.satisfaction,
            service_satisfaction=self.service_satisfaction,
            opinion=self.opinion,
            at_customers_request=self.at_customers_request,
        )


class PlannedAttempt(NewAttempt):
    """One call, and the plan that it was made for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"plan_id": "01936f5e-0000-7000-8000-000000000001", **_ANSWERED}]}
    )

    plan_id: Id


class NewAttempts(Strict):
    """Up to 200 calls; each stands or falls for itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"attempts": [{"plan_id": "01936f5e-0000-7000-8000-000000000001", **_ANSWERED}]}]
        }
    )

    attempts: list[PlannedAttempt] = Field(min_length=1, max_length=200)


class Customer(Answer):
    """Whom to ring; masked for everybody but the agent who opens the plan."""

    name: str
    phone: str
    address: str
    customer_no: str | None = None


class PlanState(Answer):
    """Where a plan is after an attempt was entered."""

    id: UUID
    order_id: UUID
    status: PlanStatus
    attempts: int
    call_from: datetime
    due_at: datetime
    closed_at: datetime | None


class PlanLine(PlanState):
    """One plan of a list: what an agent needs to choose whom to call next."""

    order_no: str
    plan: str
    round: int
    sent_at: datetime
    is_overdue: bool
    last_called_at: datetime | None
    last_outcome: Outcome | None
    reason: str | None
    customer: Customer


class AttemptRead(Answer):
    """One call that was made."""

    number: int
    called_at: datetime
    recorded_at: datetime
    outcome: Outcome
    is_power_restored: bool | None
    satisfaction: Satisfaction | None
    service_satisfaction: Satisfaction | None
    opinion: str | None
    at_customers_request: bool
    by: str


class PlanDetail(PlanLine):
    """One plan with everything that a call needs: whom to ring, what to ask, what was said before."""

    is_unmasked: bool
    past_attempts: list[AttemptRead]
    questionnaire: Questionnaire | None


class ItemProblem(Answer):
    """Why one item of a batch was refused."""

    code: str
    detail: str
    fields: dict[str, str] = Field(default_factory=dict)


class AttemptResult(Answer):
    """What became of one item of a batch."""

    index: int
    plan: PlanState | None = None
    problem: ItemProblem | None = None


class AttemptResults(Answer):
    """One result for each item, in their order."""

    results: list[AttemptResult]


@router.get("/plans", summary="Plans by due time, contacts masked.")
async def list_plans(
    door: Read,
    *,
    status: Annotated[list[PlanStatus] | None, Query(description="One or more states.")] = None,
    due: Annotated[Due | None, Query(description="now: may be rung right now; soon; overdue.")] = None,
    order_id: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[PlanLine]:
    """Return one page of plans. `due=now` is the work list; in quiet hours it is empty."""
    wanted = PlanFilter(tuple(status or ()), due, order_id)
    after = _read_cursor(cursor) if cursor else None
    rows = await handlers.list_plans(door.session, wanted, after=after, limit=limit + 1)
    items = [_line(row, now=door.now) for row in rows[:limit]]
    more = encode_cursor(items[-1].due_at.isoformat(), items[-1].id) if len(rows) > limit else None
    return Page(items=items, next_cursor=more)


@router.get("/plans/{plan_id}", summary="One plan: whom to ring, what to ask, what was said before.")
async def show_plan(door: Change, plan_id: UUID) -> PlanDetail:
    """Return one plan. Agents see the full contact, which leaves an audit row; all others see it masked."""
    return _detail(await handlers.show_plan(door.session, plan_id, now=door.now, actor=door.actor), now=door.now)


@router.post("/plans/{plan_id}/attempts", status_code=201, summary="Enter a call that was made.")
async def enter_attempt(door: Change, plan_id: UUID, attempt: NewAttempt) -> PlanState:
    """Enter one call; its answers end the plan, the last of the allowed failures makes it unreachable."""

    async def enter() -> PlanState:
        call = attempt.as_call(door.now)
        return _state(await handlers.enter_attempt(door.session, plan_id, call, now=door.now, actor=door.actor))

    return await door.once(PlanState, enter)


@router.post("/attempts/batch", summary="Enter up to 200 calls.")
async def enter_attempts(door: Change, batch: NewAttempts) -> AttemptResults:
    """Enter many calls in one transaction's time; a refused one is explained and holds up no other."""

    async def enter() -> AttemptResults:
        calls = [(item.plan_id, item.as_call(door.now)) for item in batch.attempts]
        entered = await handlers.enter_attempts(door.session, calls, now=door.now, actor=door.actor)
        return AttemptResults(results=[_result(index, one, door) for index, one in enumerate(entered)])

    return await door.once(AttemptResults, enter)


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    due_at, plan_id = decode_cursor(cursor, length=2)
    try:
        return datetime.fromisoformat(due_at), UUID(plan_id)
    except (TypeError, ValueError, AttributeError):
        raise invalid(bad_field("cursor", "cursor.unknown", "游标无效", "not a cursor of ours")) from None


def _line(row: Mapping[str, Any], *, now: datetime) -> PlanLine:
    return PlanLine(**_facts(row, now), customer=_masked(row))


def _facts(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    known = {name: row[name] for name in PlanLine.model_fields if name in row}
    return {**known, "is_overdue": row["status"] in OPEN and row["due_at"] < now}


def _masked(row: Mapping[str, Any]) -> Customer:
    return Customer(name=mask_name(row["name"]), phone=mask_phone(row["phone"]), address=mask_address(row["address"]))


def _detail(read: PlanRead, *, now: datetime) -> PlanDetail:
    row = read.plan
    contact = Contact(row["name"], row["phone"], row["address"], row["customer_no"])
    return PlanDetail(
        **_facts(row, now),
        customer=Customer(**vars(contact)) if read.is_unmasked else _masked(row),
        is_unmasked=read.is_unmasked,
        past_attempts=[_attempt(attempt, read.is_unmasked) for attempt in read.attempts],
        questionnaire=Questionnaire(**read.questionnaire) if read.questionnaire else None,
    )


def _attempt(row: Mapping[str, Any], is_unmasked: bool) -> AttemptRead:
    known = {name: row[name] for name in AttemptRead.model_fields}
    if not is_unmasked and known["opinion"]:
        known["opinion"] = mask_text(known["opinion"])
    return AttemptRead(**known)


def _state(plan: Plan) -> PlanState:
    return PlanState(**{name: getattr(plan, name) for name in PlanState.model_fields})


def _result(index: int, entered: Entered, door: Door) -> AttemptResult:
    return AttemptResult(
        index=index,
        plan=_state(entered.plan) if entered.plan else None,
        problem=_problem(entered.refusal, door) if entered.refusal else None,
    )


def _problem(refusal: RelightError, door: Door) -> ItemProblem:
    return ItemProblem(
        code=refusal.code,
        detail=refusal.text.say(door.language, refusal.context),
        fields={f.field: f.text.say(door.language) for f in refusal.fields},
    )
