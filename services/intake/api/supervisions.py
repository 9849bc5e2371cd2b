"""督办: management presses a case, hears of it, and closes it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain.supervision import SupervisionCause
from services.intake.handlers import supervisions
from services.intake.repository.supervisions import list_supervisions as list_rows
from shared.web import Answer, Change, Id, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()


class NewSupervision(Strict):
    """What management wants to hear, by when, and from whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"reason": "投诉临近时限未联系客户", "due_at": "2026-01-06T12:00:00+08:00", "unit": "S01"}]
        }
    )

    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)
    due_at: Moment
    addressee: str | None = Field(
        None, min_length=1, max_length=80, pattern=WRITTEN, description="Absent: who answers for the order."
    )
    unit: str | None = Field(
        None, min_length=1, max_length=60, pattern=WRITTEN, description="Its service specialist is told."
    )


class Report(Strict):
    """What was done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "已联系客户，约定今日 16 点现场核实"}]})

    text: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)


class Close(Strict):
    """What came of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"conclusion": "已现场处理，客户认可"}]})

    conclusion: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)


class SupervisionOpened(Answer):
    """Which supervision, of which order."""

    id: UUID
    order_id: UUID


class ReportView(Answer):
    """One report."""

    id: UUID
    text: str
    reported_by: str
    reported_at: datetime


class SupervisionView(Answer):
    """One supervision with its reports, oldest first."""

    id: UUID
    order_id: UUID
    order_no: str
    order_status: str
    cause: SupervisionCause
    reason: str
    addressee: str
    unit: str | None
    opened_by: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    conclusion: str | None
    reports: list[ReportView]


@router.post("/orders/{order_id}/supervisions", status_code=201, summary="Press an order as management (督办).")
async def open_supervision(door: Change, order_id: UUID, body: NewSupervision) -> SupervisionOpened:
    """Open a supervision: the order's people are alerted, and the unit's service specialist is told."""

    async def do() -> SupervisionOpened:
        opened = await supervisions.open_one(
            door.session,
            order_id,
            reason=body.reason,
            due_at=body.due_at,
            addressee=body.addressee,
            unit=body.unit,
            now=door.now,
            actor=door.actor,
        )
        return SupervisionOpened(id=opened.id, order_id=opened.order_id)

    return await door.once(SupervisionOpened, do)


@router.post("/supervisions/{supervision_id}/reports", status_code=201, summary="Report on a supervision.")
async def report_supervision(door: Change, supervision_id: UUID, body: Report) -> SupervisionOpened:
    """Say what was done; as often as there is something to say."""

    async def do() -> SupervisionOpened:
        found = await supervisions.report(door.session, supervision_id, body.text, actor=door.actor)
        return SupervisionOpened(id=found.id, order_id=found.order_id)

    return await door.once(SupervisionOpened, do)


@router.post("/supervisions/{supervision_id}/close", summary="Close a supervision.")
async def close_supervision(door: Change, supervision_id: UUID, body: Close) -> SupervisionOpened:
    """End it with a conclusion; refused while nobody has reported."""

    async def do() -> SupervisionOpened:
        closed = await supervisions.close_one(
            door.session, supervision_id, body.conclusion, now=door.now, actor=door.actor
        )
        return SupervisionOpened(id=closed.id, order_id=closed.order_id)

    return await door.once(SupervisionOpened, do)


@router.get("/supervisions", summary="Supervisions, newest first.")
async def list_supervisions(
    door: Read,
    *,
    is_open: bool | None = None,
    order_id: Annotated[Id | None, Query()] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[SupervisionView]:
    """Return one page, with what was reported on each; phone numbers masked, as in every list."""
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await list_rows(door.session, door.actor, is_open=is_open, order_id=order_id, before=before, most=limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    items = [SupervisionView(**{n: row[n] for n in SupervisionView.model_fields}) for row in hide_numbers(rows[:limit])]
    return Page(items=items, next_cursor=more)
