"""An announced outage happens: customers are called (电话记录), power goes off, and comes back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.notices import NoticeView, view_notice
from services.intake.domain.notices.recipients import Call
from services.intake.domain.notices.words import CallOutcome
from services.intake.handlers import notices as desk
from shared.web import Change, Moment, Strict

router = APIRouter()

MOST_CALLS = 500
Code = Annotated[str, Field(min_length=1, max_length=60, pattern=WRITTEN)]


class CallBody(Strict):
    """One customer who was told, or whom somebody tried to tell."""

    customer_no: Code
    called_at: Moment
    outcome: CallOutcome
    line: str = Field(min_length=1, max_length=100, pattern=WRITTEN, description="Which line is switched off.")
    content: str = Field(min_length=2, max_length=1000, pattern=WRITTEN, description="What was said.")


class CallsBody(Strict):
    """Up to five hundred calls; all are written down, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "calls": [
                        {
                            "customer_no": "C0001024",
                            "called_at": "2026-12-01T09:00:00+08:00",
                            "outcome": "answered",
                            "line": "10 kV 春风线",
                            "content": "已告知 14:00 起紧急消缺停电约两小时，客户知悉",
                        }
                    ]
                }
            ]
        }
    )

    calls: list[CallBody] = Field(min_length=1, max_length=MOST_CALLS)


class SwitchOff(Strict):
    """The outage begins."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"switched_off_at": "2026-12-08T08:00:00+08:00"}]})

    switched_off_at: Moment | None = Field(None, description="When, if earlier than now.")
    deviation_reason: str | None = Field(
        None, min_length=2, max_length=500, pattern=WRITTEN, description="A supervisor's: why not everybody was told."
    )


class SwitchOn(Strict):
    """The outage ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"switched_on_at": "2026-12-08T16:40:00+08:00"}]})

    switched_on_at: Moment | None = Field(None, description="When, if earlier than now.")


@router.post("/notices/{notice_id}/calls", status_code=201, summary="Enter who was told of a notice (电话记录).")
async def enter_notice_calls(door: Change, notice_id: UUID, body: CallsBody) -> NoticeView:
    """Write down calls to customers on the notice's list, answered or not (requirements 000-006, 000-007)."""
    calls = [Call(c.customer_no, c.called_at, door.actor.id, c.outcome, c.line, c.content) for c in body.calls]

    async def do() -> NoticeView:
        return view_notice(await desk.enter_calls(door.session, notice_id, calls, now=door.now))

    return await door.once(NoticeView, do)


@router.post("/notices/{notice_id}/switch-off", summary="The announced outage begins.")
async def switch_off(door: Change, notice_id: UUID, body: SwitchOff) -> NoticeView:
    """Switch off if the notice is public and its list was called through; a supervisor may deviate, with a reason."""

    async def do() -> NoticeView:
        notice = await desk.switch_off(
            door.session,
            notice_id,
            at=body.switched_off_at,
            deviation_reason=body.deviation_reason,
            now=door.now,
            actor=door.actor,
        )
        return view_notice(notice)

    return await door.once(NoticeView, do)


@router.post("/notices/{notice_id}/switch-on", summary="The announced outage ends.")
async def switch_on(door: Change, notice_id: UUID, body: SwitchOn) -> NoticeView:
    """Note when power was back."""

    async def do() -> NoticeView:
        return view_notice(await desk.switch_on(door.session, notice_id, at=body.switched_on_at, now=door.now))

    return await door.once(NoticeView, do)
