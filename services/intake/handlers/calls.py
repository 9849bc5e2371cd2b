"""What agents do with calls: open, settle, ring back, hand on; and what they note of callers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain import calls as rules
from services.intake.domain.calls import Call, CallerFlag, Outcome, RingBack
from services.intake.domain.notifying import NotificationKind, NotifiedRole
from services.intake.handlers.notifying import notify
from services.intake.repository import calls
from services.intake.repository.calls import CALLS
from shared.auth import Actor
from shared.db import Session
from shared.errors import Invalid, NotFound, Text, bad_field
from shared.ids import new_id
from shared.telemetry import mask_text

_UNKNOWN = Text("关联的对象不存在", "what it is linked to is not there")
_NO_FLAG = Text("该来电没有此标记", "the caller has no such flag")


async def open_call(
    session: Session,
    *,
    caller_phone: str,
    rang_at: datetime | None,
    answered_at: datetime | None,
    language: str | None,
    now: datetime,
    actor: Actor,
) -> Call:
    """Put a call into the log; who opened it has it."""
    call = Call(
        id=new_id(),
        caller_phone=caller_phone,
        first_agent=actor.id,
        agent=actor.id,
        rang_at=rang_at or now,
        answered_at=answered_at,
        language=language,
        recorded_at=now,
    )
    calls.add(session, rules.open_call(call, now=now))
    return call


async def settle_call(session: Session, call_id: UUID, outcome: Outcome, *, now: datetime, actor: Actor) -> Call:
    """Say what became of a call; raises Invalid for an order or request that is not there."""
    call = await CALLS.get(session, call_id)
    await _check_links(session, outcome.order_id, outcome.service_request_id)
    rules.settle(call, outcome, by=actor.id, now=now)
    calls.save(session, call)
    return call


async def ring_back(
    session: Session,
    call_id: UUID,
    result: RingBack,
    *,
    at: datetime | None,
    order_id: UUID | None,
    now: datetime,
    actor: Actor,
) -> Call:
    """Enter an attempt to ring an inaudible caller back."""
    call = await CALLS.get(session, call_id)
    await _check_links(session, order_id, None)
    rules.ring_back(call, result, at=at or now, order_id=order_id, by=actor.id, now=now)
    calls.save(session, call)
    return call


async def escalate_call(
    session: Session, call_id: UUID, supervisor: str, reason: str, *, now: datetime, actor: Actor
) -> Call:
    """Hand an agitated caller to the supervisor on duty, who is told at once (requirement 003-042)."""
    call = await CALLS.get(session, call_id)
    rules.escalate(call, supervisor, reason, by=actor.id, now=now)
    await notify(
        session,
        order_id=None,
        role_or_contact=NotifiedRole.DUTY_SUPERVISOR,
        subject="来电转当值主管",
        text=mask_text(f"{actor.id} 将来电转给 {supervisor}：{reason}"),
        kind=NotificationKind.OTHER,
        now=now,
    )
    calls.save(session, call)
    return call


async def reassign_call(
    session: Session, call_id: UUID, agent: str, reason: str, *, now: datetime, actor: Actor
) -> Call:
    """Let another agent go on (requirement 003-047)."""
    call = await CALLS.get(session, call_id)
    rules.reassign(call, agent, reason, by=actor.id, now=now)
    calls.save(session, call)
    return call


async def lift_flag(session: Session, phone: str, flag: CallerFlag, *, reason: str, actor: Actor) -> None:
    """Take a caller's flag off; raises NotFound where there is none."""
    if not await calls.lift_flag(session, phone, flag, reason=reason, by=actor.id):
        raise NotFound("caller.no_flag", _NO_FLAG)


async def _check_links(session: Session, order_id: UUID | None, service_request_id: UUID | None) -> None:
    unknown = await calls.find_unknown_links(session, order_id=order_id, service_request_id=service_request_id)
    if unknown:
        fields = [bad_field(name, "call.link_unknown", "不存在", "is not there") for name in unknown]
        raise Invalid("call.link_unknown", _UNKNOWN, fields=fields)
