"""The crews' phones: their list, their reports, their position, their photos."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from services.dispatch.api.answers import ReportAnswer, ReportAnswers, said
from services.dispatch.api.mobile_tasks import MobileTasks, read_list
from services.dispatch.api.organisation import Latitude, Longitude
from services.dispatch.domain.reports import FieldReport
from services.dispatch.domain.steps import Kind
from services.dispatch.handlers import attachments
from services.dispatch.handlers.answers import Outcome, rejected
from services.dispatch.handlers.organisation import note_position
from services.dispatch.handlers.reports import take_reports
from services.dispatch.handlers.sign_in import clock_offset, note_clock
from services.dispatch.news import news_of
from shared.errors import BadField, Invalid, Text
from shared.glossary import AssetOwnership
from shared.web import Answer, Caller, Change, Id, Moment, Strict, invalid, runtime_of

router = APIRouter()

LONGEST_WAIT = 60
Words = Annotated[str, Field(min_length=1, max_length=4_000)]


class Position(Strict):
    """Where a phone was, with how many metres it may be off."""

    lat: Annotated[float, Field(ge=-90, le=90, examples=[39.91])]
    lon: Annotated[float, Field(ge=-180, le=180, examples=[116.41])]
    accuracy_m: Annotated[float, Field(ge=0, examples=[12.0])] = 0.0
    observed_at: Annotated[Moment, Field(examples=["2026-11-22T18:20:00+08:00"])]


class ReportPosition(Strict):
    """Where the crew was when it reported."""

    lat: Latitude
    lon: Longitude
    accuracy_m: Annotated[float, Field(ge=0)] = 0.0


class Report(Strict):
    """One field report; which fields a kind needs is checked for each by itself, so that one refusal stops no other."""

    report_id: Id
    task_id: Id
    kind: Kind
    occurred_at: Moment
    position: ReportPosition | None = None
    reason: Words | None = None
    explanation: Words | None = None
    expected_arrival_at: Moment | None = None
    first_report: Words | None = None
    estimated_restoration_at: Moment | None = None
    is_earth_fault: bool | None = None
    asset_ownership: AssetOwnership | None = None
    onsite_explanation: Words | None = None
    paid_service_explained: bool | None = None
    process: Words | None = None
    result: Words | None = None
    customer_opinion: Words | None = None
    cause: Words | None = None

    def details(self) -> dict[str, Any]:
        """Return what was said beside who, what and when."""
        return {name: getattr(self, name) for name in self.model_fields_set - _ENVELOPE}


_ENVELOPE = {"report_id", "task_id", "kind", "occurred_at", "position"}


class Reports(Strict):
    """Reports made on- or offline, oldest first."""

    reports: Annotated[list[Report], Field(min_length=1, max_length=200)]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reports": [
                        {
                            "report_id": "0192f0c4-7a1e-7c3a-9b1e-2f4f5a6b7c8d",
                            "task_id": "0192f0c4-0000-7000-8000-000000000001",
                            "kind": "surveyed",
                            "occurred_at": "2026-11-22T18:20:00+08:00",
                            "first_report": "低压线路断线一处",
                            "estimated_restoration_at": "2026-11-22T20:00:00+08:00",
                        }
                    ]
                }
            ]
        }
    )


class Taken(Answer):
    """Something was taken note of."""

    recorded_at: datetime


class AttachmentOut(Answer):
    """A photo that is kept. `content_hash` is the SHA-256 of its bytes."""

    attachment_id: Id
    content_type: str
    content_hash: str
    size_bytes: int


@router.get("/mobile/tasks", summary="The crew's open tasks", response_model=MobileTasks)
async def list_mobile_tasks(
    request: Request,
    actor: Caller,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT)] = 0,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return the list with its ETag; 304 if it is that of `If-None-Match`, after up to `wait` seconds for another."""
    runtime = runtime_of(request)
    news = news_of(runtime)
    until = asyncio.get_running_loop().time() + wait
    with news.watch(actor.id) as changed:
        while True:
            # News takes a moment to arrive: who waits hears it then, who does not is told what stands there now.
            if not wait or not news.is_unchanged(actor.id, if_none_match):
                body, tag = await read_list(runtime.database, actor.id, now=runtime.clock.now())
                news.note_read(actor.id, tag, changed)
                if tag != if_none_match:
                    return Response(body, media_type="application/json", headers={"etag": tag})
            left = until - asyncio.get_running_loop().time()
            if left <= 0 or not await news.wait(changed, seconds=left):
                return Response(status_code=304, headers={"etag": str(if_none_match)})


@router.post("/mobile/reports", summary="Up to 200 field reports, oldest first")
async def post_reports(
    door: Change, body: Reports, x_device_time: Annotated[str | None, Header()] = None
) -> ReportAnswers:
    """Take each report or say why not; `X-Device-Time` measures the phone's clock; all times are put right by it."""
    offset = await _offset(door, x_device_time)
    read = [_read(report, offset) for report in body.reports]
    reports = [r for r in read if isinstance(r, FieldReport)]
    taken = iter(await take_reports(door.session, reports, now=door.now, actor=door.actor))
    outcomes = [next(taken) if isinstance(r, FieldReport) else r for r in read]
    language = door.language
    return ReportAnswers(results=[ReportAnswer(report_id=o.item_id, **said(o, language)) for o in outcomes])


@router.put("/mobile/position", summary="Where the crew is")
async def put_position(door: Change, body: Position) -> Taken:
    """Keep the crew's position; the last one decides who is nearest."""
    offset = await clock_offset(door.session, door.actor.id)
    try:
        observed_at = _put_right(body.observed_at, offset)
    except OverflowError as error:
        raise invalid(BadField("observed_at", "field.time_absurd", _ABSURD)) from error
    await note_position(
        door.session,
        door.actor.id,
        lon=body.lon,
        lat=body.lat,
        accuracy_m=body.accuracy_m,
        observed_at=min(observed_at, door.now),
        now=door.now,
    )
    return Taken(recorded_at=door.now)


@router.post("/mobile/attachments", status_code=201, summary="A photo of up to 5 MiB, as the request's body")
async def post_attachment(request: Request, door: Change, task_id: Id) -> AttachmentOut:
    """Keep a JPEG, PNG, WebP or HEIC photo of one of the crew's tasks; what it is, its bytes say and not its name."""
    body = await request.body()
    folder = runtime_of(request).settings.data_folder / "attachments"
    kept = await attachments.keep(door.session, task_id, body, folder=folder, now=door.now, actor=door.actor)
    return AttachmentOut(
        attachment_id=kept.id,
        content_type=kept.content_type,
        content_hash=kept.content_hash,
        size_bytes=kept.size_bytes,
    )


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


async def _offset(door: Change, device_time: str | None) -> timedelta:
    if device_time is None:
        return await clock_offset(door.session, door.actor.id)
    try:
        moment = _MOMENT.validate_python(device_time)
    except ValidationError as error:
        words = Text("必须是带时区的 ISO 8601 时间", "must be an ISO 8601 time with its offset")
        raise invalid(BadField("X-Device-Time", "field.datetime_parsing", words)) from error
    return await note_clock(door.session, door.actor.id, device_time=moment, now=door.now)


def _read(report: Report, offset: timedelta) -> FieldReport | Outcome:
    """Put a report's times right, or reject it alone when one of them is at the end of all calendars."""
    moments = {"occurred_at": report.occurred_at, **report.details()}
    right: dict[str, Any] = {}
    for name, value in moments.items():
        try:
            right[name] = _put_right(value, offset) if isinstance(value, datetime) else value
        except OverflowError:
            field = BadField(name, "field.time_absurd", _ABSURD)
            return rejected(report.report_id, Invalid("report.time_absurd", _ABSURD, fields=[field]))
    return FieldReport(
        report_id=report.report_id,
        task_id=report.task_id,
        kind=report.kind,
        occurred_at=right.pop("occurred_at"),
        details=right,
    )


def _put_right(moment: datetime, offset: timedelta) -> datetime:
    return moment.astimezone(UTC) - offset


_ABSURD = Text("时间超出可用范围", "no clock shows such a time")
