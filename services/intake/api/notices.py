"""Outage notices: drawn up, published with evidence, called through; and what a caller from there is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.notices.lead import NoticeLead
from services.intake.domain.notices.notice import OutageNotice, Publication
from services.intake.domain.notices.recipients import Recipient, find_untold
from services.intake.domain.notices.words import (
    CallOutcome,
    NoticeKind,
    NoticeStatus,
    PublicationChannel,
    RecipientReason,
    ScopeKind,
)
from services.intake.handlers import notices as desk
from services.intake.handlers.notices import NewNotice, Opened
from services.intake.repository import notices
from services.intake.repository.notices import as_scopes
from shared.web import Answer, Change, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

MOST_PLACES = 200
Code = Annotated[str, Field(min_length=1, max_length=60, pattern=WRITTEN)]

EXAMPLE: dict[str, Any] = {
    "kind": "planned",
    "reason": "10 kV 春风线线路改造",
    "area_text": "春风路、和平路沿线",
    "starts_at": "2026-12-08T08:00:00+08:00",
    "ends_at": "2026-12-08T17:00:00+08:00",
    "feeders": ["F-01"],
}


class NoticeBody(Strict):
    """An outage to come. `feeders` and `transformer_areas` say what is switched off, `area_text` says it to people."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: NoticeKind
    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)
    area_text: str = Field(min_length=1, max_length=1000, pattern=WRITTEN)
    starts_at: Moment
    ends_at: Moment
    feeders: list[Code] = Field(default_factory=list, max_length=MOST_PLACES)
    transformer_areas: list[Code] = Field(default_factory=list, max_length=MOST_PLACES)
    sequence_table: str | None = Field(
        None, max_length=60, pattern=WRITTEN, description="Load shedding: the 限电序位表 that it follows (004-021)."
    )
    deviation_reason: str | None = Field(
        None, min_length=2, max_length=500, pattern=WRITTEN, description="A supervisor's: why feeders are passed over."
    )


class PublicationBody(Strict):
    """Where and when a notice was made public, and what shows it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "radio",
                    "published_at": "2026-12-01T08:00:00+08:00",
                    "evidence": "县广播电台 12-01 早间新闻，播出单 2026-1183",
                }
            ]
        }
    )

    channel: PublicationChannel
    published_at: Moment
    evidence: str = Field(min_length=2, max_length=500, pattern=WRITTEN)
    late_reason: str | None = Field(
        None,
        min_length=2,
        max_length=500,
        pattern=WRITTEN,
        description="Why it is late, if it is: it is then marked so.",
    )


class Withdrawal(Strict):
    """Why nothing will be switched off."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "天气原因改期"}]})

    reason: str = Field(min_length=2, max_length=500, pattern=WRITTEN)


class NoticeView(Answer):
    """One notice. `publish_by` is the latest moment that would have been early enough."""

    id: UUID
    kind: NoticeKind
    status: NoticeStatus
    reason: str
    area_text: str
    starts_at: datetime
    ends_at: datetime
    feeders: list[str]
    transformer_areas: list[str]
    published_at: datetime | None
    is_late: bool
    late_reason: str | None
    sequence_table: str | None
    sequence_version: int | None
    deviation_reason: str | None
    switched_off_at: datetime | None
    switched_on_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    created_by: str
    created_at: datetime


class PublicationView(Answer):
    """Where and when a notice was made public."""

    channel: PublicationChannel
    published_at: datetime
    evidence: str
    published_by: str


class CallView(Answer):
    """One line of the 电话记录."""

    called_at: datetime
    caller: str
    outcome: CallOutcome
    line: str
    content: str


class RecipientView(Answer):
    """Somebody to be reached. `is_late`: after `tell_by`, or not at all."""

    customer_no: str
    why: RecipientReason
    reached_at: datetime | None
    is_late: bool
    calls: list[CallView]


class NoticeFile(NoticeView):
    """A notice with everything that shows that it was told; `untold` stand in the way of switching off now."""

    publish_by: datetime | None
    publications: list[PublicationView]
    recipients: list[RecipientView]
    untold: list[str]


@router.post("/notices", status_code=201, summary="Draw up an outage notice (停电通知).")
async def draw_up_notice(door: Change, body: NoticeBody) -> NoticeView:
    """Draw up a notice and the list of those whom it must reach one by one; every broken rule is named."""
    new = NewNotice(
        kind=body.kind,
        reason=body.reason,
        area_text=body.area_text,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        scopes=as_scopes(body.feeders, body.transformer_areas),
        sequence_table=body.sequence_table,
        deviation_reason=body.deviation_reason,
    )

    async def do() -> NoticeView:
        return view_notice(await desk.draw_up(door.session, new, now=door.now, actor=door.actor))

    return await door.once(NoticeView, do)


@router.get("/notices", summary="List outage notices, the latest first.")
async def list_notices(
    door: Read,
    *,
    kind: NoticeKind | None = None,
    status: NoticeStatus | None = None,
    is_late: bool | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[NoticeView]:
    """Return one page by when the outages begin; every filter given must fit."""
    after = decode_cursor(cursor, kinds=(datetime.fromisoformat, UUID)) if cursor else None
    filters = {"kind": kind, "status": status, "is_late": is_late}
    found = await notices.list_notices(
        door.session, filters, after=(after[0], after[1]) if after else None, most=limit + 1
    )
    last = found[limit - 1] if len(found) > limit else None
    more = encode_cursor(last.starts_at.isoformat(), last.id) if last else None
    return Page(items=[view_notice(notice) for notice in found[:limit]], next_cursor=more)


@router.get("/notices/{notice_id}", summary="Look at one outage notice.")
async def show_notice(door: Read, notice_id: UUID) -> NoticeFile:
    """Return a notice, where it was published, whom it must reach and whom it reached (requirement 000-007)."""
    return _file(await desk.open_notice(door.session, notice_id), now=door.now)


@router.post("/notices/{notice_id}/publications", status_code=201, summary="Enter where a notice was published.")
async def publish_notice(door: Change, notice_id: UUID, body: PublicationBody) -> NoticeView:
    """Note channel, time and evidence (000-005). Too late without a reason is refused, with one it is marked (E18)."""
    said = Publication(body.channel, body.published_at, body.evidence, door.actor.id)

    async def do() -> NoticeView:
        notice = await desk.publish(door.session, notice_id, said, late_reason=body.late_reason, now=door.now)
        return view_notice(notice)

    return await door.once(NoticeView, do)


@router.post("/notices/{notice_id}/withdraw", summary="Take a notice back.")
async def withdraw_notice(door: Change, notice_id: UUID, body: Withdrawal) -> NoticeView:
    """Nothing will be switched off; the notice stays in the books."""

    async def do() -> NoticeView:
        return view_notice(await desk.withdraw(door.session, notice_id, body.reason, now=door.now))

    return await door.once(NoticeView, do)


def view_notice(notice: OutageNotice) -> NoticeView:
    """Say a notice."""
    return NoticeView(**_said(notice))


def _said(notice: OutageNotice) -> dict[str, Any]:
    places = {"feeders": ScopeKind.FEEDER, "transformer_areas": ScopeKind.TRANSFORMER_AREA}
    said = {name: getattr(notice, name) for name in NoticeView.model_fields if name not in places}
    return {**said, **{name: notice.codes(kind) for name, kind in places.items()}}


def _file(opened: Opened, *, now: datetime) -> NoticeFile:
    notice = opened.notice
    publish_by = opened.lead.publish_by(notice.kind, notice.starts_at)
    return NoticeFile(
        **_said(notice),
        publish_by=publish_by,
        publications=[PublicationView(**_publication(said)) for said in opened.publications],
        recipients=[_recipient(recipient, _tell_by(notice, opened.lead), now) for recipient in opened.recipients],
        untold=find_untold(notice.kind, opened.recipients, before=notice.switched_off_at or now),
    )


def _tell_by(notice: OutageNotice, lead: NoticeLead) -> datetime | None:
    """Until when customers on the list must know: as early as the public, else before it is dark."""
    return lead.publish_by(notice.kind, notice.starts_at) or notice.switched_off_at or notice.starts_at


def _publication(said: Publication) -> dict[str, Any]:
    return {name: getattr(said, name) for name in PublicationView.model_fields}


def _recipient(recipient: Recipient, tell_by: datetime | None, now: datetime) -> RecipientView:
    is_time = tell_by is not None and (recipient.reached_at is not None or now > tell_by)
    return RecipientView(
        customer_no=recipient.customer_no,
        why=recipient.why,
        reached_at=recipient.reached_at,
        is_late=is_time and recipient.is_late(tell_by),
        calls=[CallView(**{name: getattr(call, name) for name in CallView.model_fields}) for call in recipient.calls],
    )
