"""The call log: every call opened, settled once, rung back or handed on; and the flags of callers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.said import LANGUAGE, PHONE, WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain.calls import SCRIPTS, Call, CallerFlag, Disposition, Outcome, RingBack, as_unlinked
from services.intake.handlers import calls as handling
from services.intake.repository import calls
from services.intake.repository.desk_log import list_log
from services.intake.repository.lists import note_opened
from services.intake.repository.visibility import require_visible
from shared.auth import Role
from shared.telemetry import mask_phone, mask_text
from shared.web import Answer, Change, Id, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

RINGS_BACK = frozenset({Role.AGENT, Role.SUPERVISOR})
"""They ring callers back; everybody else sees a masked number."""


class NewCall(Strict):
    """A call that comes in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"caller_phone": "13800000000"}]})

    caller_phone: str = Field(pattern=PHONE)
    rang_at: Moment | None = Field(None, description="The first ring; now if absent.")
    answered_at: Moment | None = None
    language: str | None = LANGUAGE


class Settling(Strict):
    """What became of a call."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"disposition": "silent"}]})

    disposition: Disposition
    ended_at: Moment | None = Field(None, description="When, if earlier than now.")
    order_id: Id | None = Field(None, description="Mandatory with `order_made`.")
    service_request_id: Id | None = Field(None, description="Mandatory with `service_requested`.")
    note: str | None = Field(None, max_length=1000, pattern=WRITTEN)


class RingBackResult(Strict):
    """An attempt to ring back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"result": "reached"}]})

    result: RingBack
    called_at: Moment | None = None
    order_id: Id | None = Field(None, description="The order that came of it.")


class Escalation(Strict):
    """To the supervisor on duty."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"supervisor": "li.na", "reason": "客户情绪激动"}]})

    supervisor: str = Field(min_length=1, max_length=100, pattern=WRITTEN)
    reason: str = Field(min_length=2, max_length=500, pattern=WRITTEN)


class Reassignment(Strict):
    """To another agent."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agent": "zhao.min", "reason": "双方言辞激烈，换人跟进"}]}
    )

    agent: str = Field(min_length=1, max_length=100, pattern=WRITTEN)
    reason: str = Field(min_length=2, max_length=500, pattern=WRITTEN)


class Flag(Strict):
    """What the desk should know of a caller."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"phone": "13800000000", "flag": "harassing", "reason": "一日内来电二十次，言语骚扰"}]
        }
    )

    phone: str = Field(pattern=PHONE)
    flag: CallerFlag
    reason: str = Field(min_length=2, max_length=500, pattern=WRITTEN)


class FlagView(Answer):
    """A caller and the flags in force."""

    phone: str
    flags: list[CallerFlag]


class CallView(Answer):
    """One call. `caller_flags` warn; nobody is refused for them (003-043). `script`: what is said at the end."""

    id: UUID
    caller_phone: str
    caller_flags: list[CallerFlag]
    first_agent: str
    agent: str
    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    language: str | None
    disposition: Disposition | None
    script: str | None
    order_id: UUID | None
    service_request_id: UUID | None
    note: str | None
    ring_back_by: datetime | None
    ring_back_attempts: int
    rung_back_at: datetime | None
    ring_back_given_up_at: datetime | None
    escalated_at: datetime | None
    escalated_to: str | None
    reassigned_at: datetime | None
    recorded_at: datetime


class LogLineView(Answer):
    """One thing that happened: when it was, and when we learned of it."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


class CallHistory(CallView):
    """One call with everything that happened to it."""

    log: list[LogLineView]


@router.post("/calls", status_code=201, summary="A call comes in.")
async def open_call(door: Change, body: NewCall) -> CallView:
    """Put the call into the log (004-008); the answer says what is known of the caller."""

    async def do() -> CallView:
        call = await handling.open_call(door.session, **dict(body), now=door.now, actor=door.actor)
        return await _answer(door, call)

    return await door.once(CallView, do)


@router.post("/calls/{call_id}/disposition", summary="What became of a call.")
async def settle_call(door: Change, call_id: UUID, body: Settling) -> CallView:
    """Settle a call, once: nobody heard, no order (003-009); an inaudible caller is rung back (003-010)."""
    outcome = Outcome(**dict(body) | {"ended_at": body.ended_at or door.now})

    async def do() -> CallView:
        call = await handling.settle_call(door.session, call_id, outcome, now=door.now, actor=door.actor)
        return await _answer(door, call)

    return await door.once(CallView, do)


@router.post("/calls/{call_id}/ring-backs", status_code=201, summary="Ring an inaudible caller back.")
async def ring_back(door: Change, call_id: UUID, body: RingBackResult) -> CallView:
    """Enter an attempt; after three that nobody answered the desk gives up."""

    async def do() -> CallView:
        call = await handling.ring_back(
            door.session,
            call_id,
            body.result,
            at=body.called_at,
            order_id=body.order_id,
            now=door.now,
            actor=door.actor,
        )
        return await _answer(door, call)

    return await door.once(CallView, do)


@router.post("/calls/{call_id}/escalate", summary="Hand an agitated caller to the supervisor on duty.")
async def escalate_to_supervisor(door: Change, call_id: UUID, body: Escalation) -> CallView:
    """The supervisor has the call from now on; who picked it up stays on record (003-042)."""

    async def do() -> CallView:
        call = await handling.escalate_call(
            door.session, call_id, body.supervisor, body.reason, now=door.now, actor=door.actor
        )
        return await _answer(door, call)

    return await door.once(CallView, do)


@router.post("/calls/{call_id}/reassign", summary="Let another agent go on.")
async def reassign_call(door: Change, call_id: UUID, body: Reassignment) -> CallView:
    """Swap the agent when words get sharp, with the reason (003-047)."""

    async def do() -> CallView:
        call = await handling.reassign_call(
            door.session, call_id, body.agent, body.reason, now=door.now, actor=door.actor
        )
        return await _answer(door, call)

    return await door.once(CallView, do)


@router.get("/calls", summary="List calls, newest first.")
async def list_calls(
    door: Read,
    *,
    agent: Annotated[str | None, Query(pattern=WRITTEN)] = None,
    disposition: Disposition | None = None,
    caller_phone: Annotated[str | None, Query(pattern=PHONE)] = None,
    order_id: UUID | None = None,
    waits_for_ring_back: bool = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[CallView]:
    """Return one page, numbers masked; `waits_for_ring_back` is the work list of 003-010."""
    if order_id is not None:
        await require_visible(door.session, order_id, door.actor)
    filters = {"agent": agent, "disposition": disposition, "caller_phone": caller_phone, "order_id": order_id}
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await calls.list_calls(
        door.session, filters, door.actor, waits_for_ring_back=waits_for_ring_back, before=before, most=limit + 1
    )
    flags = await calls.list_flags(door.session, [row["caller_phone"] for row in rows])
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[_view(row, flags, is_masked=True) for row in rows[:limit]], next_cursor=more)


@router.get("/calls/{call_id}", summary="Look at one call and its log.")
async def show_call(door: Change, call_id: UUID) -> CallHistory:
    """Return one call with everything that happened to it; the number in full for those who ring back, in the audit."""
    row, is_withheld = await calls.get_row(door.session, call_id, door.actor)
    rings_back = bool(door.actor.roles & RINGS_BACK)
    if rings_back:
        await note_opened(door.session, call_id, actor=door.actor.id)
    flags = await calls.list_flags(door.session, [row["caller_phone"]])
    log = await list_log(door.session, call_id)
    if is_withheld:
        log = [{**line, "data": _without_none(as_unlinked(line["data"]))} for line in log]
    if not rings_back:
        log = hide_numbers(log)
    view = _view(row, flags, is_masked=not rings_back)
    return CallHistory(**view.model_dump(), log=[LogLineView(**line) for line in log])


@router.post("/callers/flags", status_code=201, summary="Flag a difficult or harassing caller.")
async def flag_caller(door: Change, body: Flag) -> FlagView:
    """The next agent is warned; the caller is served all the same (003-043)."""

    async def do() -> FlagView:
        await calls.add_flag(door.session, body.phone, body.flag, reason=body.reason, by=door.actor.id)
        return await _flags_of(door, body.phone)

    return await door.once(FlagView, do)


@router.post("/callers/flags/lift", summary="Take a caller's flag off.")
async def lift_caller_flag(door: Change, body: Flag) -> FlagView:
    """The flag and who lifted it, when and why, stay on record."""

    async def do() -> FlagView:
        await handling.lift_flag(door.session, body.phone, body.flag, reason=body.reason, actor=door.actor)
        return await _flags_of(door, body.phone)

    return await door.once(FlagView, do)


async def _flags_of(door: Change, phone: str) -> FlagView:
    flags = await calls.list_flags(door.session, [phone])
    return FlagView(phone=mask_phone(phone), flags=[CallerFlag(flag) for flag in flags.get(phone, [])])


async def _answer(door: Change, call: Call) -> CallView:
    flags = await calls.list_flags(door.session, [call.caller_phone])
    row = {name: getattr(call, name) for name in calls.COLUMNS}
    has_it = door.actor.id in {call.agent, call.first_agent}
    return _view(row, flags, is_masked=not has_it, language=door.language)


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _view(
    row: Mapping[str, Any], flags: Mapping[str, Sequence[str]], *, is_masked: bool, language: Any = "zh-CN"
) -> CallView:
    phone, note = row["caller_phone"], row["note"]
    disposition = Disposition(row["disposition"]) if row["disposition"] else None
    shown = dict(row) | {
        "caller_phone": mask_phone(phone) if is_masked else phone,
        "note": mask_text(note) if is_masked and note else note,
        "disposition": disposition,
    }
    return CallView(
        **shown,
        caller_flags=[CallerFlag(flag) for flag in flags.get(phone, [])],
        script=SCRIPTS[disposition].say(language) if disposition else None,
    )
