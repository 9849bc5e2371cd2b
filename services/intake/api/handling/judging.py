"""What goes to the province for a decision, and what the province tells us: reviews, statements, appeals."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.desk import OrderMoved, moved
from services.intake.domain.handling.appeals import Appeal
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.statements import Statement
from services.intake.domain.handling.words import Claim, ProvinceReason, ReviewSubject, Verdict
from services.intake.handlers import handling
from shared.errors import BadField, bad_field
from shared.ids import new_id
from shared.web import Change, Id, Moment, Strict, invalid

router = APIRouter()

OrderNo = Annotated[str, Path(pattern=r"^\d{16}$", description="Our own number of the order.")]


class ProvinceReview(Strict):
    """The province's verdict; a returned reply needs its reason code (requirements 001-021 to 001-033)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"verdict": "approved", "reviewed_at": "2026-01-07T10:00:00+08:00"},
                {
                    "verdict": "returned",
                    "reason_code": "over_length",
                    "reason": "处理结果填写超字",
                    "reviewed_at": "2026-01-07T10:00:00+08:00",
                },
                {"subject": "statement", "verdict": "approved", "reviewed_at": "2026-01-07T10:00:00+08:00"},
            ]
        }
    )

    subject: ReviewSubject = ReviewSubject.REPLY
    verdict: Verdict
    reason_code: ProvinceReason | None = None
    reason: str | None = Field(None, min_length=1, max_length=2000, pattern=WRITTEN)
    reviewed_at: Moment

    def say(self) -> Review:
        """Say it in the domain's words; raises Invalid naming what a return lacks or an approval has too much."""
        if wrong := self._find_wrong():
            raise invalid(*wrong)
        return Review(
            subject=self.subject,
            verdict=self.verdict,
            reviewed_at=self.reviewed_at,
            reason_code=self.reason_code,
            reason=self.reason,
        )

    def _find_wrong(self) -> list[BadField]:
        is_returned, is_reply = self.verdict is Verdict.RETURNED, self.subject is ReviewSubject.REPLY
        wrong = []
        if is_returned and is_reply and self.reason_code is None:
            wrong.append(bad_field("reason_code", "field.missing", "退回时必填", "is required with a return"))
        if is_returned and not self.reason:
            wrong.append(bad_field("reason", "field.missing", "退回时必填", "is required with a return"))
        if self.reason_code is not None and not (is_returned and is_reply):
            wrong.append(
                bad_field("reason_code", "review.code_without_return", "只用于退回回复", "belongs to a returned reply")
            )
        return wrong


class NewStatement(Strict):
    """情况说明: under the unit's seal, with facts, basis and attitude (requirements 001-035, 001-036)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "claim": "unreasonable",
                    "signer_unit": "界首供电所",
                    "has_seal": True,
                    "facts": "客户要求赔偿非电力原因造成的损失",
                    "basis": "供电营业规则第五十七条",
                    "attitude": "已三次当面解释，建议取消回访",
                    "attachment_id": "019b8d0e-0000-7000-8000-000000000000",
                }
            ]
        }
    )

    claim: Claim
    signer_unit: str = Field(min_length=1, max_length=100, pattern=WRITTEN)
    has_seal: bool = Field(description="Whether the file bears the unit's seal.")
    facts: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    basis: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    attitude: str = Field(min_length=1, max_length=2000, pattern=WRITTEN, description="How the city stands to it.")
    attachment_id: Id | None = Field(None, description="The stamped file, an attachment of kind `statement`.")
    submitted_at: Moment | None = Field(None, description="When, if earlier than now.")


class StatementKept(OrderMoved):
    """Where the order is now, and the statement."""

    statement_id: UUID


class NewAppeal(Strict):
    """不属实 after all: why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"grounds": "计量检定合格，诉求不属实"}]})

    grounds: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    attachment_id: Id | None = None
    appealed_at: Moment | None = Field(None, description="When, if earlier than now.")


class AppealKept(OrderMoved):
    """Where the order is now, and the appeal."""

    appeal_id: UUID


class AppealResult(Strict):
    """The province's answer to an appeal, as it came on paper."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"is_upheld": True, "decided_at": "2026-02-01T10:00:00+08:00"}]}
    )

    is_upheld: bool
    reason: str | None = Field(None, min_length=1, max_length=2000, pattern=WRITTEN)
    decided_at: Moment | None = Field(None, description="When, if earlier than now.")


@router.post("/province/orders/{order_no}/reviews", summary="The province's verdict (省远程工作站审核).")
async def review_by_province(door: Change, order_no: OrderNo, body: ProvinceReview) -> OrderMoved:
    """Take a verdict on a reply, a statement or an appeal; a returned reply goes into its next round and counts."""
    made = body.say()

    async def do() -> OrderMoved:
        order = await handling.hear_province(door.session, order_no, made, now=door.now, actor=door.actor)
        return moved(order, made.reviewed_at)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/statements", status_code=201, summary="Submit a stamped statement (情况说明).")
async def submit_statement(door: Change, order_id: UUID, body: NewStatement) -> StatementKept:
    """Ask the province to have the callback cancelled; only for unreasonable or illegal claims (001-035 to 001-038)."""
    said = body.model_dump(exclude={"submitted_at"})
    made = Statement(id=new_id(), submitted_at=body.submitted_at or door.now, **said)

    async def do() -> StatementKept:
        order = await handling.submit_statement(door.session, order_id, made, now=door.now, actor=door.actor)
        return StatementKept(**moved(order, made.submitted_at).model_dump(), statement_id=made.id)

    return await door.once(StatementKept, do)


@router.post("/orders/{order_id}/appeal", status_code=201, summary="Appeal against an archived complaint (申诉).")
async def open_appeal(door: Change, order_id: UUID, body: NewAppeal) -> AppealKept:
    """Say that the complaint was not substantiated after all; the province decides (E31)."""
    made = Appeal(
        id=new_id(),
        grounds=body.grounds,
        attachment_id=body.attachment_id,
        appealed_at=body.appealed_at or door.now,
    )

    async def do() -> AppealKept:
        order = await handling.open_appeal(door.session, order_id, made, now=door.now, actor=door.actor)
        return AppealKept(**moved(order, made.appealed_at).model_dump(), appeal_id=made.id)

    return await door.once(AppealKept, do)


@router.post("/orders/{order_id}/appeal/result", summary="Enter the province's answer to an appeal.")
async def settle_appeal(door: Change, order_id: UUID, body: AppealResult) -> OrderMoved:
    """Enter what came on paper; upheld, the complaint counts as not substantiated from then on (E31)."""
    made = Review(
        subject=ReviewSubject.APPEAL,
        verdict=Verdict.APPROVED if body.is_upheld else Verdict.RETURNED,
        reviewed_at=body.decided_at or door.now,
        reason=body.reason,
    )

    async def do() -> OrderMoved:
        order = await handling.settle_appeal(door.session, order_id, made, now=door.now, actor=door.actor)
        return moved(order, made.reviewed_at)

    return await door.once(OrderMoved, do)
