"""Calls to the department that a complaint concerns; with the one that reaches it, the six roles are told (001-069)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain.complaint_telling import DepartmentCall
from services.intake.domain.notifying import NotifiedRole
from services.intake.handlers import complaint_telling, reading
from services.intake.repository.department_calls import COMPLAINT_TELLING, list_calls
from services.intake.repository.policies import add_policy
from shared.ids import new_id
from shared.web import Answer, Change, Moment, Read, Strict

router = APIRouter()


class NewDepartmentCall(Strict):
    """Whom at the unit one spoke with, or that nobody answered."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"unit": "S01", "is_reached": True, "spoke_with": "赵主任"}]}
    )

    unit: str = Field(min_length=1, max_length=60, pattern=WRITTEN)
    is_reached: bool
    spoke_with: str | None = Field(None, max_length=80, pattern=WRITTEN)
    note: str | None = Field(None, max_length=500, pattern=WRITTEN)
    called_at: Moment | None = Field(None, description="When, if earlier than now.")


class DepartmentCallNoted(Answer):
    """The call, and whether the unit's six roles are told with it."""

    id: UUID
    order_id: UUID
    is_roles_told: bool


class DepartmentCallView(Answer):
    """One call."""

    id: UUID
    unit: str
    is_reached: bool
    spoke_with: str | None
    note: str | None
    called_at: datetime
    called_by: str
    is_roles_told: bool


class DepartmentCalls(Answer):
    """The calls about an order, oldest first."""

    items: list[DepartmentCallView]


class TellingPolicyBody(Strict):
    """How complaints are told from `valid_from` on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"calls_before_roles": 2, "call_within_minutes": 10, "track_within_hours": 24}]}
    )

    roles: list[NotifiedRole] = Field(default_factory=lambda: list(NotifiedRole)[:6], min_length=1)
    calls_before_roles: int = Field(2, ge=1, le=10, description="Calls in vain after which the roles are told anyway.")
    call_within_minutes: int = Field(10, ge=1, le=1440)
    track_within_hours: int = Field(24, ge=1, le=240)
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


class TellingPolicyView(Answer):
    """The policy that was set."""

    name: str
    valid_from: datetime
    value: dict[str, object]


@router.post(
    "/orders/{order_id}/department-calls", status_code=201, summary="Note a call to the department of a complaint."
)
async def call_department(door: Change, order_id: UUID, body: NewDepartmentCall) -> DepartmentCallNoted:
    """Phone first: once the department is reached, or was tried often enough, its six roles are told, at any hour."""
    call = DepartmentCall(
        id=new_id(),
        unit=body.unit,
        is_reached=body.is_reached,
        spoke_with=body.spoke_with,
        note=body.note,
        called_at=body.called_at or door.now,
    )

    async def do() -> DepartmentCallNoted:
        is_told = await complaint_telling.call_department(door.session, order_id, call, now=door.now, actor=door.actor)
        return DepartmentCallNoted(id=call.id, order_id=order_id, is_roles_told=is_told)

    return await door.once(DepartmentCallNoted, do)


@router.get("/orders/{order_id}/department-calls", summary="Calls to departments about an order.")
async def list_department_calls(door: Read, order_id: UUID) -> DepartmentCalls:
    """Return the calls, oldest first; phone numbers masked as in the order."""
    rows = await list_calls(door.session, order_id)
    if not await reading.sees_contact(door.session, order_id, actor=door.actor):
        rows = hide_numbers(rows)
    fields = DepartmentCallView.model_fields
    return DepartmentCalls(items=[DepartmentCallView(**{n: row[n] for n in fields}) for row in rows])


@router.put("/policies/complaint_telling", summary="Set how complaints are told.")
async def set_complaint_telling(door: Change, body: TellingPolicyBody) -> TellingPolicyView:
    """Let a new version begin; the one before stays on record."""
    value: dict[str, object] = {
        "roles": [str(role) for role in body.roles],
        "calls_before_roles": body.calls_before_roles,
        "call_within_minutes": body.call_within_minutes,
        "track_within_hours": body.track_within_hours,
    }
    valid_from = body.valid_from or door.now
    await add_policy(door.session, COMPLAINT_TELLING, value, valid_from=valid_from, by=door.actor.id)
    return TellingPolicyView(name=COMPLAINT_TELLING, valid_from=valid_from, value=value)
