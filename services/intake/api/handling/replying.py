"""Write the reply, let the city's reviewer look at it, submit it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.desk import OrderMoved, moved
from services.intake.api.reply_quality import FindingView, describe_finding
from services.intake.domain.handling.replies import Reply
from services.intake.domain.handling.words import AnswerMode, Outcome
from services.intake.handlers import handling
from services.intake.handlers.handling import Drafted
from shared.errors import BadField, Language
from shared.glossary import Satisfaction
from shared.ids import new_id
from shared.web import Change, Moment, ProblemField, Strict

router = APIRouter()

LONGEST = 4000
"""Code points of any part: the rule of 128 is the quality check's, which also says how to mend it."""

EXAMPLE: dict[str, Any] = {
    "handling_time": "2026-01-06T09:30:00+08:00",
    "course": "1月6日9时30分现场核查台区电压",
    "basis": "台区监测记录",
    "plan": "1月10日前更换变压器",
    "customer_opinion": "客户表示认可",
    "handlers": ["李工"],
    "result_text": "经现场核查，电压偏低属实，将于1月10日前更换变压器，已当面向客户说明。",
    "is_substantiated": True,
    "company_liable": True,
    "outcome": "settled",
    "answer_mode": "visit",
    "answered_at": "2026-01-06T10:00:00+08:00",
    "conclusion": "台区变压器容量不足，更换处理",
}


class NewReply(Strict):
    """The reply as far as it is written: six parts, what it says of the claim, how the customer was answered."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    handling_time: Moment | None = Field(None, description="Part 1, 处理时间.")
    course: str = Field("", max_length=LONGEST, pattern=WRITTEN, description="Part 2, 处置经过.")
    basis: str = Field("", max_length=LONGEST, pattern=WRITTEN, description="Part 3, 处置依据.")
    plan: str = Field("", max_length=LONGEST, pattern=WRITTEN, description="Part 4, 处置方案.")
    customer_opinion: str = Field("", max_length=LONGEST, pattern=WRITTEN, description="Part 5, 客户意见.")
    handlers: list[str] = Field([], max_length=20, description="Part 6, 处理人员.")
    result_text: str = Field("", max_length=LONGEST, pattern=WRITTEN, description="处理结果, at most 128 characters.")
    is_substantiated: bool | None = Field(None, description="是否属实.")
    company_liable: bool | None = Field(None, description="电力公司责任标志; true needs a substantiated claim.")
    outcome: Outcome | None = None
    outcome_reason: str | None = Field(None, min_length=1, max_length=1000, pattern=WRITTEN)
    rule_cited: str | None = Field(None, min_length=1, max_length=500, pattern=WRITTEN)
    answer_mode: AnswerMode | None = None
    answered_at: Moment | None = Field(None, description="When the customer was told the result.")
    compensation_fen: int | None = Field(None, ge=0, le=10**9, description="Compensation in fen (004-018).")
    liable_person: str | None = Field(None, min_length=1, max_length=100, pattern=WRITTEN)
    conclusion: str | None = Field(None, min_length=1, max_length=2000, pattern=WRITTEN)
    drafted_at: Moment | None = Field(None, description="When, if earlier than now.")


class ReplyKept(OrderMoved):
    """The version stands; `gaps` and blocking `findings` have to be mended before its review."""

    reply_id: UUID
    gaps: list[ProblemField]
    findings: list[FindingView]


class CityReview(Strict):
    """Our own reviewer lets the reply pass; `ticked_claims` are those that it answers though no machine sees it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"probed_satisfaction": "satisfied"}, {"ticked_claims": ["voltage"]}]}
    )

    ticked_claims: list[str] = Field([], max_length=50)
    probed_satisfaction: Satisfaction | None = Field(
        None, description="What the customer said when we asked; dissatisfied needs a note."
    )
    note: str | None = Field(None, min_length=1, max_length=1000, pattern=WRITTEN)
    city_reviewed_at: Moment | None = Field(None, description="When, if earlier than now.")


class Submit(Strict):
    """The reply leaves the city."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    submitted_at: Moment | None = Field(None, description="When, if earlier than now.")


@router.post("/orders/{order_id}/reply", status_code=201, summary="Write a version of the reply (回复).")
async def draft_reply(door: Change, order_id: UUID, body: NewReply) -> ReplyKept:
    """Keep a version; refused while nobody has tried to reach the customer in this round (001-034)."""
    said = body.model_dump(exclude={"handlers", "drafted_at"})
    reply = Reply(id=new_id(), drafted_at=body.drafted_at or door.now, handlers=tuple(body.handlers), **said)

    async def do() -> ReplyKept:
        kept = await handling.draft_reply(door.session, order_id, reply, now=door.now, actor=door.actor)
        return _kept(kept, reply, door.language)

    return await door.once(ReplyKept, do)


@router.post("/orders/{order_id}/city-review", summary="The city's reviewer lets the reply pass (地市审核).")
async def review_reply(door: Change, order_id: UUID, body: CityReview) -> OrderMoved:
    """Let the latest version pass; refused with everything that stands against it, by field and rule."""

    async def do() -> OrderMoved:
        order = await handling.review_reply(
            door.session,
            order_id,
            ticked=frozenset(body.ticked_claims),
            probed=body.probed_satisfaction,
            note=body.note,
            at=body.city_reviewed_at,
            now=door.now,
            actor=door.actor,
        )
        return moved(order, order.reviewed_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/submit", summary="Submit the reviewed reply (上报).")
async def submit_reply(door: Change, order_id: UUID, body: Submit) -> OrderMoved:
    """Send it to the province; a local order's goes to our own callback desk. The quality check looks once more."""

    async def do() -> OrderMoved:
        order = await handling.submit(door.session, order_id, at=body.submitted_at, now=door.now, actor=door.actor)
        return moved(order, order.sent_at)

    return await door.once(OrderMoved, do)


def _kept(kept: Drafted, reply: Reply, language: Language) -> ReplyKept:
    return ReplyKept(
        **moved(kept.order, reply.drafted_at).model_dump(),
        reply_id=reply.id,
        gaps=[_gap(gap, language) for gap in kept.gaps],
        findings=[describe_finding(finding, language) for finding in kept.findings],
    )


def _gap(gap: BadField, language: Language) -> ProblemField:
    return ProblemField(field=gap.field, code=gap.code, detail=gap.text.say(language))
