"""End an order: answered on the call, called back by ourselves, concluded by a person, or a praise passed on."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.desk import OrderMoved, moved
from services.intake.domain.closing import CustomerAnswer
from services.intake.handlers import handling
from shared.errors import bad_field
from shared.glossary import Satisfaction
from shared.web import Change, Id, Moment, Strict, invalid

router = APIRouter()


class AnswerOnCall(Strict):
    """Answered while the caller was on the line."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer": "居民阶梯电价第一档为每月 180 度以内",
                    "article_id": "019b8d0e-0000-7000-8000-000000000000",
                    "article_version": 3,
                }
            ]
        }
    )

    answer: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    article_id: Id | None = Field(None, description="The knowledge article that was read out.")
    article_version: int | None = Field(None, ge=1)
    answered_at: Moment | None = Field(None, description="When, if earlier than now.")

    def article(self) -> tuple[UUID, int] | None:
        """Return which version of which article; raises Invalid for one without the other."""
        if self.article_id is not None and self.article_version is not None:
            return self.article_id, self.article_version
        if self.article_id is None and self.article_version is None:
            return None
        lacking = "article_version" if self.article_version is None else "article_id"
        raise invalid(
            bad_field(lacking, "answer.article_incomplete", "文章与版本须同时填写", "article and version go together")
        )


class Verify(Strict):
    """表扬: what came of checking it, and to whom it was passed on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"is_verified": True, "finding": "抢修人员冒雨作业，属实", "passed_on_to": "界首供电所抢修班"}]
        }
    )

    is_verified: bool
    finding: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)
    passed_on_to: str = Field(min_length=1, max_length=200, pattern=WRITTEN)
    verified_at: Moment | None = Field(None, description="When, if earlier than now.")


class Conclude(Strict):
    """处理结论 of an order whose callback is over or cancelled."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"conclusion": "已更换变压器，电压恢复正常"}]})

    conclusion: str | None = Field(
        None, min_length=1, max_length=2000, pattern=WRITTEN, description="Absent: that of the reply."
    )
    archived_at: Moment | None = Field(None, description="When, if earlier than now.")


class Reopen(Strict):
    """The customer is not content with the answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户反映夜间电压仍低"}]})

    reason: str = Field(min_length=1, max_length=1000, pattern=WRITTEN)
    reopened_at: Moment | None = Field(None, description="When, if earlier than now.")


class OwnCallback(Strict):
    """What the customer of a local order said when we called back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"satisfaction": "satisfied"}]})

    satisfaction: Satisfaction
    opinion: str | None = Field(None, min_length=1, max_length=2000, pattern=WRITTEN)
    called_back_at: Moment | None = Field(None, description="When, if earlier than now.")

    def checked(self) -> Self:
        """Return itself; raises Invalid for a dissatisfied customer whose opinion is not recorded."""
        if self.satisfaction is Satisfaction.DISSATISFIED and not self.opinion:
            zh, en = "客户不满意时必须详细记录其意见", "a dissatisfied customer's opinion must be recorded"
            raise invalid(bad_field("opinion", "answer.opinion_missing", zh, en))
        return self


@router.post("/orders/{order_id}/answer-on-call", summary="Answer a consultation or suggestion on the call (当场答复).")
async def answer_on_call(door: Change, order_id: UUID, body: AnswerOnCall) -> OrderMoved:
    """Note the answer and archive the order; the version of the article that helped stands on it (000-030)."""
    article = body.article()

    async def do() -> OrderMoved:
        order = await handling.answer_on_call(
            door.session,
            order_id,
            body.answer,
            article=article,
            at=body.answered_at,
            now=door.now,
            actor=door.actor,
        )
        return moved(order, order.archived_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/verify", summary="Verify a praise and pass it on (表扬核实).")
async def verify_praise(door: Change, order_id: UUID, body: Verify) -> OrderMoved:
    """Check a praise and pass it on; nobody is called back. A national one is submitted to the province afterwards."""

    async def do() -> OrderMoved:
        order = await handling.verify_praise(
            door.session,
            order_id,
            body.finding,
            is_verified=body.is_verified,
            passed_on_to=body.passed_on_to,
            at=body.verified_at,
            now=door.now,
            actor=door.actor,
        )
        return moved(order, body.verified_at or door.now)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/callback", summary="Enter our own callback of a local order (回访).")
async def enter_callback(door: Change, order_id: UUID, body: OwnCallback) -> OrderMoved:
    """Note what the customer said. Content: archived if complete; not content: reopened or concluded by a person."""
    said = body.checked()
    answer = CustomerAnswer(
        called_back_at=said.called_back_at or door.now, satisfaction=said.satisfaction, opinion=said.opinion
    )

    async def do() -> OrderMoved:
        order = await handling.enter_callback(door.session, order_id, answer, now=door.now, actor=door.actor)
        return moved(order, order.called_back_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/reopen", summary="Take up again what the customer is not content with.")
async def reopen_order(door: Change, order_id: UUID, body: Reopen) -> OrderMoved:
    """Give a local order back to its unit after our own callback; the same round goes on."""

    async def do() -> OrderMoved:
        order = await handling.reopen_order(
            door.session, order_id, body.reason, at=body.reopened_at, now=door.now, actor=door.actor
        )
        return moved(order, order.reopened_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/conclude", summary="Conclude an order and archive it (办结归档).")
async def conclude_order(door: Change, order_id: UUID, body: Conclude) -> OrderMoved:
    """Archive with conclusion and end of feedback (requirement 004-012); everything that is missing is named."""

    async def do() -> OrderMoved:
        order = await handling.archive(
            door.session,
            order_id,
            conclusion=body.conclusion,
            at=body.archived_at,
            now=door.now,
            actor=door.actor,
        )
        return moved(order, order.archived_at)

    return await door.once(OrderMoved, do)
