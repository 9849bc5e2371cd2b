"""While the caller is on the line: ask on, settle it on the phone, note what was told, read out what follows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.said import LANGUAGE, NoticesBody, PhoneResolutionBody, TriageBody
from services.intake.domain import briefing as rules
from services.intake.domain.briefing import Known, LineKind
from services.intake.domain.completeness import Gap, find_gaps
from services.intake.domain.lifecycle import Status
from services.intake.domain.taking import Subtype, Told
from services.intake.domain.triage import Verdict
from services.intake.handlers import briefing as reading
from services.intake.handlers import taking
from services.intake.handlers.taking import Asked
from shared.errors import Language
from shared.glossary import AssetOwnership
from shared.web import Answer, Change, Id, Read, Strict

router = APIRouter()


class TriageAnswers(TriageBody):
    """What the caller said of breaker and fuse, and whose the fault seems to be."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"do_neighbours_have_power": "yes", "is_breaker_tripped": "yes"}]}
    )

    asset_ownership: AssetOwnership | None = Field(None, description="Whose the faulty part is (004-039).")
    is_held: bool = Field(False, description="The agent goes on guiding: nobody is sent yet.")


class Resolution(PhoneResolutionBody):
    """How the caller was helped without a crew."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "power_back", "guidance": "指导客户合上跳闸的总开关，已恢复供电"}]}
    )


class ToldCaller(NoticesBody):
    """What the caller was told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"told": ["order_number", "answer_day"]}]})


class Completion(Strict):
    """What was learned after the order was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"subtype": "frequent_outage", "language": "普通话"}]})

    subtype: Subtype | None = None
    language: str | None = LANGUAGE
    call_id: Id | None = None


class GapView(Answer):
    """Something that is still to be asked; `is_mandatory`: before anybody is sent."""

    field: str
    question: str
    is_mandatory: bool


class TakingView(Answer):
    """How an order was taken, as far as is known."""

    order_id: UUID
    order_no: str
    status: Status
    verdict: Verdict
    subtype: Subtype | None
    language: str | None
    is_held: bool
    asset_ownership: AssetOwnership
    price_code: str | None
    referral_code: str | None
    told: list[Told]
    still_to_ask: list[GapView]
    still_to_tell: list[Told]


class LineView(Answer):
    """One sentence to read out, in both languages."""

    kind: LineKind
    zh: str
    en: str


class Briefing(Answer):
    """What the agent reads out for an order, in the order of speaking, and what is still to be asked and told."""

    order_id: UUID
    order_no: str
    status: Status
    lines: list[LineView]
    verdict: Verdict
    answer_by: datetime | None
    estimated_restoration_at: datetime | None
    main_order_id: UUID | None
    first_report: str | None
    language: str | None
    still_to_ask: list[GapView]
    still_to_tell: list[Told]


class Resolved(Answer):
    """Where the order is now."""

    id: UUID
    order_no: str
    status: Status
    resolved_at: datetime | None


@router.post("/orders/{order_id}/triage", summary="Note what the caller said of breaker and fuse.")
async def triage_order(door: Change, order_id: UUID, body: TriageAnswers) -> TakingView:
    """Say what follows: guide the caller by phone, or send somebody; whoever is unsure sends (003-016 to 003-019)."""

    async def do() -> TakingView:
        asked = await taking.triage_order(
            door.session,
            order_id,
            body.say(),
            body.asset_ownership,
            is_held=body.is_held,
            now=door.now,
            actor=door.actor,
        )
        return _view(asked, door.language)

    return await door.once(TakingView, do)


@router.post("/orders/{order_id}/resolve-by-phone", summary="Settle a fault on the phone.")
async def resolve_by_phone(door: Change, order_id: UUID, body: Resolution) -> Resolved:
    """A single home's own fault: no crew goes; the callback confirms it, then it is archived (003-018, E20)."""

    async def do() -> Resolved:
        order = await taking.resolve_order(door.session, order_id, body.say(), now=door.now, actor=door.actor)
        return Resolved(id=order.id, order_no=order.order_no, status=order.status, resolved_at=order.resolved_at)

    return await door.once(Resolved, do)


@router.post("/orders/{order_id}/notices", summary="Note what the caller was told.")
async def note_told(door: Change, order_id: UUID, body: ToldCaller) -> TakingView:
    """Tick the checklist off: answer day, fees by the price list, qualified repair teams (002-007, 003-028 to 030)."""

    async def do() -> TakingView:
        asked = await taking.note_told(door.session, order_id, body.say(), now=door.now, actor=door.actor)
        return _view(asked, door.language)

    return await door.once(TakingView, do)


@router.post("/orders/{order_id}/taking", summary="Add what was learned after the order was made.")
async def complete_taking(door: Change, order_id: UUID, body: Completion) -> TakingView:
    """Name the subtype, the caller's language or dialect, the call (003-013)."""

    async def do() -> TakingView:
        asked = await taking.complete_taking(
            door.session,
            order_id,
            subtype=body.subtype,
            language=body.language,
            call_id=body.call_id,
            actor=door.actor,
            now=door.now,
        )
        return _view(asked, door.language)

    return await door.once(TakingView, do)


@router.get("/orders/{order_id}/briefing", summary="What the agent reads out.")
async def read_briefing(door: Read, order_id: UUID) -> Briefing:
    """The answer day, the progress and the expected restoration, fees, questions: in the order of speaking.

    Requirements 003-014, 003-021, 003-026 to 003-030; the day is counted by the promises in force at receipt.
    """
    known = await reading.read_briefing(door.session, order_id, now=door.now, actor=door.actor)
    order = known.order
    return Briefing(
        order_id=order.id,
        order_no=order.order_no,
        status=order.status,
        lines=[LineView(kind=line.kind, zh=line.text.zh, en=line.text.en) for line in rules.brief(known, now=door.now)],
        verdict=known.verdict,
        answer_by=known.answer_by,
        estimated_restoration_at=known.leading.estimated_restoration_at,
        main_order_id=order.main_order_id,
        first_report=known.leading.first_report,
        language=known.taking.language,
        still_to_ask=_gaps(known.gaps, door.language),
        still_to_tell=_still_to_tell(known),
    )


def _still_to_tell(known: Known) -> list[Told]:
    return rules.still_to_tell(known.order, known.taking, is_their_own=known.is_their_own)


def _view(asked: Asked, language: Language) -> TakingView:
    order, said = asked.order, asked.taking
    told = said.notices
    is_their_own = order.asset_ownership is AssetOwnership.CUSTOMER or asked.verdict is Verdict.GUIDE_BY_PHONE
    return TakingView(
        order_id=order.id,
        order_no=order.order_no,
        status=order.status,
        verdict=asked.verdict,
        subtype=said.subtype,
        language=said.language,
        is_held=said.is_held,
        asset_ownership=order.asset_ownership,
        price_code=told.price_code if told else None,
        referral_code=told.referral_code if told else None,
        told=sorted(told.told) if told else [],
        still_to_ask=_gaps(find_gaps(order, said), language),
        still_to_tell=rules.still_to_tell(order, said, is_their_own=is_their_own),
    )


def _gaps(gaps: list[Gap], language: Language) -> list[GapView]:
    return [
        GapView(field=gap.field, question=gap.question.say(language), is_mandatory=gap.is_mandatory) for gap in gaps
    ]
