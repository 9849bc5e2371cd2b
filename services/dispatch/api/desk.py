"""The command centre: outages, orders with their crews, assignments by hand, permits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.dispatch.api.answers import ItemProblem, problem_of
from services.dispatch.domain.assignment import Choice
from services.dispatch.domain.incidents import Incident, IncidentStatus
from services.dispatch.domain.orders import JobOrder
from services.dispatch.domain.permits import CHECKLIST
from services.dispatch.domain.steps import needs_next
from services.dispatch.domain.tasks import Task
from services.dispatch.handlers import permits
from services.dispatch.handlers.answers import rejected
from services.dispatch.handlers.assignment import Assignment, assign, assign_many, suggest
from services.dispatch.repository import reading
from services.dispatch.repository.stores import unknown_incident, unknown_order
from shared.auth import Actor, Role
from shared.errors import RelightError
from shared.glossary import AreaType, FaultClass, Tier
from shared.telemetry import mask_address, mask_name, mask_phone, mask_text
from shared.web import Answer, Change, Id, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

RINGS_PEOPLE = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AGENT})
"""Who reads phone numbers in a crew's words; lists show them to nobody."""


class IncidentOut(Answer):
    """One outage."""

    id: UUID
    main_order_id: UUID
    status: IncidentStatus
    class_l1: FaultClass
    area_type: AreaType
    owner_code: str | None
    keys: list[str]
    is_earth_fault: bool
    reported_at: datetime
    opened_at: datetime
    order_count: int
    customers_affected: int | None
    estimated_restoration_at: datetime | None
    power_restored_at: datetime | None


class TaskOut(Answer):
    """One crew's job on an order, and why this crew."""

    task_id: UUID
    order_id: UUID
    incident_id: UUID
    crew_code: str
    station_code: str
    tier: Tier
    round: int
    is_lead: bool
    status: str
    needs_next: list[str]
    dispatched_at: datetime
    distance_m: int | None
    reason: str
    reported: dict[str, str]


class TaskInFull(TaskOut):
    """A task with what the crew found and said."""

    findings: dict[str, Any]


class CallerMasked(Answer):
    """Whom the order is for, as lists show people."""

    name: str
    phone: str
    address: str


class JobOrderOut(Answer):
    """An order as the command centre sees it."""

    order_id: UUID
    order_no: str
    status: str
    round: int
    priority: int
    content: str
    caller: CallerMasked
    class_l1: FaultClass | None
    tier: Tier | None
    owner_code: str | None
    incident_id: UUID | None
    main_order_id: UUID | None
    is_late_entry: bool
    received_at: datetime
    accepted_at: datetime | None


class OrderWithTasks(JobOrderOut):
    """An order and everybody who was sent for it."""

    tasks: list[TaskInFull]


class IncidentWithOrders(IncidentOut):
    """An outage and its orders, the first 200."""

    orders: list[JobOrderOut]


class Suggestion(Answer):
    """One crew that may go: ready ones first, then by station, tier and distance."""

    crew_code: str
    name: str
    tier: Tier
    station_code: str
    status: str
    is_ready: bool
    distance_m: int | None
    reason: str


class Suggestions(Answer):
    """Who may go for an order."""

    suggestions: list[Suggestion]


class AssignmentIn(Strict):
    """Send a crew to an order; `dispatched_at` only for late entries, when it truly was."""

    order_id: Annotated[Id, Field(examples=["0192f0c4-0000-7000-8000-000000000001"])]
    crew_code: Annotated[str, Field(min_length=1, max_length=64, examples=["C-0101"])]
    reason: Annotated[str, Field(min_length=1, max_length=500, examples=["就近支援"])]
    dispatched_at: Moment | None = None


class Assignments(Strict):
    """Up to 500 assignments, in the order in which they were made."""

    assignments: Annotated[list[AssignmentIn], Field(min_length=1, max_length=500)]


class Assigned(Answer):
    """The task that the crew has now."""

    task_id: UUID


class AssignmentResult(Answer):
    """What became of one assignment."""

    index: int
    task_id: UUID | None = None
    problem: ItemProblem | None = None


class AssignmentResults(Answer):
    """One line for each assignment."""

    results: list[AssignmentResult]


class Checklist(Strict):
    """安全措施: every line must be true before anybody may begin."""

    isolated: bool = False
    voltage_tested: bool = False
    earthed: bool = False
    signs_and_barriers: bool = False
    supervisor_named: bool = False


class Permit(Strict):
    """The grid dispatcher's leave to work."""

    checklist: Annotated[Checklist, Field(examples=[dict.fromkeys(CHECKLIST, True)])]
    permitted_at: Moment | None = None


class PermitOfTask(Permit):
    """One permit of a set."""

    task_id: Annotated[Id, Field(examples=["0192f0c4-0000-7000-8000-000000000001"])]


class Permits(Strict):
    """Up to 500 permits."""

    permits: Annotated[list[PermitOfTask], Field(min_length=1, max_length=500)]


class SwitchingDone(Strict):
    """The station switch is open."""

    switching_done_at: Annotated[Moment | None, Field(examples=["2026-11-22T18:20:00+08:00"])] = None


@router.get("/incidents", summary="Outages, newest first")
async def list_incidents(
    door: Read,
    status: IncidentStatus | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[IncidentOut]:
    """List incidents, those of one status or all."""
    before = decode_cursor(cursor, kinds=(UUID,))[0] if cursor else None
    found = await reading.list_incidents(door.session, status=status, before=before, most=limit + 1)
    more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[_incident(i) for i in found[:limit]], next_cursor=more)


@router.get("/incidents/{incident_id}", summary="One outage with its orders")
async def get_incident(door: Read, incident_id: UUID) -> IncidentWithOrders:
    """Return the incident and its orders; 404 if there is none."""
    incident = await reading.find_incident(door.session, incident_id)
    if incident is None:
        raise unknown_incident(incident_id)
    orders = await reading.orders_of_incident(door.session, incident_id, most=200)
    return IncidentWithOrders(**_incident(incident).model_dump(), orders=[_order(o) for o in orders])


@router.get("/orders/{order_id}", summary="One repair order with everybody who was sent for it")
async def get_job_order(door: Read, order_id: UUID) -> OrderWithTasks:
    """Return the order as dispatch knows it; 404 for an order that is no repair or not here yet."""
    order = await _get_order(door, order_id)
    tasks = await reading.tasks_of_order(door.session, order)
    return OrderWithTasks(**_order(order).model_dump(), tasks=[_task_in_full(t, door.actor) for t in tasks])


@router.get("/orders/{order_id}/suggestions", summary="Who may go for an order, and why in this order")
async def list_suggestions(door: Read, order_id: UUID) -> Suggestions:
    """List the crews that may go, the ready ones first (requirement 000-071)."""
    order = await _get_order(door, order_id)
    choices = await suggest(door.session, order, now=door.now)
    return Suggestions(suggestions=[_suggestion(c) for c in choices])


@router.post("/assignments", status_code=201, summary="Send a crew to an order by hand")
async def post_assignment(door: Change, body: AssignmentIn) -> Assigned:
    """Send a crew, busy or not, with a reason; the same order, crew and round again is the same task."""

    async def once() -> Assigned:
        return Assigned(task_id=await assign(door.session, _wish(body), now=door.now, actor=door.actor))

    return await door.once(Assigned, once)


@router.post("/assignments/batch", summary="Send crews to up to 500 orders by hand")
async def post_assignments(door: Change, body: Assignments) -> AssignmentResults:
    """Send each or say why not; none stops another."""
    wishes = [_wish(a) for a in body.assignments]
    results = await assign_many(door.session, wishes, now=door.now, actor=door.actor)
    return AssignmentResults(results=[_result(door, i, r) for i, r in enumerate(results)])


@router.get("/permits", summary="Crews that wait for leave to work")
async def list_permits(
    door: Read, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page[TaskOut]:
    """List the tasks that wait for the grid dispatcher, a permit or a station switch, oldest first."""
    after = decode_cursor(cursor, kinds=(UUID,))[0] if cursor else None
    found = [task for task, _ in await reading.permits_asked_for(door.session, after=after, most=limit + 1)]
    more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[_task(t) for t in found[:limit]], next_cursor=more)


@router.post("/tasks/{task_id}/permit", summary="Let a crew begin to work")
async def post_permit(door: Change, task_id: UUID, body: Permit) -> TaskInFull:
    """Permit work once the whole checklist is true; 422 names what is missing."""
    task = await permits.permit_work(
        door.session,
        task_id,
        body.checklist.model_dump(),
        permitted_at=body.permitted_at,
        now=door.now,
        actor=door.actor,
    )
    return _task_in_full(task, door.actor)


@router.post("/permits/batch", summary="Let up to 500 crews begin to work, for late entries")
async def post_permits(door: Change, body: Permits) -> AssignmentResults:
    """Permit each or say why not; none stops another."""
    wishes = [(p.task_id, p.checklist.model_dump(), p.permitted_at) for p in body.permits]
    results = await permits.permit_many(door.session, wishes, now=door.now, actor=door.actor)
    return AssignmentResults(results=[_result(door, i, r) for i, r in enumerate(results)])


@router.post("/tasks/{task_id}/switching-done", summary="The station switch is open")
async def post_switching_done(door: Change, task_id: UUID, body: SwitchingDone) -> TaskInFull:
    """Let the crew that asked for switching go on."""
    at = body.switching_done_at
    task = await permits.finish_switching(door.session, task_id, switching_done_at=at, now=door.now, actor=door.actor)
    return _task_in_full(task, door.actor)


async def _get_order(door: Read, order_id: UUID) -> JobOrder:
    order = await reading.find_order(door.session, order_id)
    if order is None:
        raise unknown_order(order_id)
    return order


def _wish(body: AssignmentIn) -> Assignment:
    return Assignment(body.order_id, body.crew_code, body.reason, body.dispatched_at)


def _result(door: Change, index: int, result: UUID | RelightError) -> AssignmentResult:
    if isinstance(result, RelightError):
        refusal = rejected(UUID(int=0), result).refusal
        return AssignmentResult(index=index, problem=problem_of(refusal, door.language))
    return AssignmentResult(index=index, task_id=result)


def _incident(incident: Incident) -> IncidentOut:
    return IncidentOut(**{name: getattr(incident, name) for name in IncidentOut.model_fields})


def _task(task: Task) -> TaskOut:
    return TaskOut(**_shown(task) | {"reason": mask_text(task.reason)})


def _task_in_full(task: Task, actor: Actor) -> TaskInFull:
    shown = {**_shown(task), "findings": task.findings}
    if not actor.roles & RINGS_PEOPLE:
        words = {name: mask_text(v) if isinstance(v, str) else v for name, v in task.findings.items()}
        shown |= {"reason": mask_text(task.reason), "findings": words}
    return TaskInFull(**shown)


def _shown(task: Task) -> dict[str, Any]:
    own = {name: getattr(task, name) for name in TaskOut.model_fields if name not in ("task_id", "needs_next")}
    return {**own, "task_id": task.id, "needs_next": needs_next(task.status)}


def _order(order: JobOrder) -> JobOrderOut:
    own = {name: getattr(order, name) for name in JobOrderOut.model_fields if hasattr(order, name)}
    caller = CallerMasked(
        name=mask_name(order.caller.name),
        phone=mask_phone(order.caller.phone),
        address=mask_address(order.caller.address),
    )
    return JobOrderOut(**{**own, "order_id": order.id, "caller": caller, "content": mask_text(order.content)})


def _suggestion(choice: Choice) -> Suggestion:
    crew = choice.crew
    return Suggestion(
        crew_code=crew.code,
        name=crew.name,
        tier=crew.tier,
        station_code=crew.station_code,
        status=crew.status,
        is_ready=crew.is_ready,
        distance_m=choice.distance_m,
        reason=choice.reason,
    )
