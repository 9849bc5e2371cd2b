"""Everything of an order's handling in one call: where it stands, contacts, replies, reviews, statements, appeals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from services.intake.api.texts import hide_numbers
from services.intake.handlers import handling
from shared.web import Answer, Read

router = APIRouter()


class ContactLine(Answer):
    """One attempt to reach the customer."""

    id: UUID
    round: int
    contacted_at: datetime
    person: str
    means: str
    is_reached: bool
    result: str
    entered_by: str


class ReplyVersion(Answer):
    """One version of the reply."""

    id: UUID
    round: int
    drafted_at: datetime
    handling_time: datetime | None
    course: str
    basis: str
    plan: str
    customer_opinion: str
    handlers: list[str]
    result_text: str
    is_substantiated: bool | None
    company_liable: bool | None
    outcome: str | None
    outcome_reason: str | None
    rule_cited: str | None
    answer_mode: str | None
    answered_at: datetime | None
    compensation_fen: int | None
    liable_person: str | None
    conclusion: str | None
    entered_by: str


class ReviewLine(Answer):
    """One verdict, of the city or of the province."""

    id: UUID
    round: int
    level: str
    subject: str
    verdict: str
    reason_code: str | None
    reason: str | None
    reply_id: UUID | None
    findings: dict[str, Any] | None
    reviewed_at: datetime
    entered_by: str


class StatementLine(Answer):
    """One stamped statement, and what became of it."""

    id: UUID
    round: int
    claim: str
    signer_unit: str
    has_seal: bool
    facts: str
    basis: str
    attitude: str
    attachment_id: UUID
    submitted_at: datetime
    verdict: str | None
    decided_at: datetime | None
    entered_by: str


class AppealLine(Answer):
    """One appeal, and what became of it."""

    id: UUID
    grounds: str
    attachment_id: UUID | None
    appealed_at: datetime
    verdict: str | None
    decided_at: datetime | None
    entered_by: str


class AmendmentLine(Answer):
    """One corrected time."""

    id: UUID
    field: str
    old: datetime
    new: datetime
    reason: str
    amended_by: str
    amended_at: datetime


class HandlingView(Answer):
    """How an order is handled. `times` are those of lifecycles 3.2 that the handling knows."""

    order_id: UUID
    is_important: bool = False
    responsible_unit: str | None = None
    transferred_external: str | None = None
    contact_count: int = Field(0, description="Attempts in this round.")
    reached_count: int = 0
    outcome: str | None = None
    is_substantiated: bool | None = None
    company_liable: bool | None = None
    answer_mode: str | None = None
    is_verified: bool | None = None
    passed_on_to: str | None = None
    article_id: UUID | None = None
    article_version: int | None = None
    conclusion: str | None = None
    times: dict[str, datetime]
    contacts: list[ContactLine]
    replies: list[ReplyVersion]
    reviews: list[ReviewLine]
    statements: list[StatementLine]
    appeals: list[AppealLine]
    amendments: list[AmendmentLine]


@router.get("/orders/{order_id}/handling", summary="How an order is handled, with its whole history.")
async def show_handling(door: Read, order_id: UUID) -> HandlingView:
    """Return contacts, versions of the reply, reviews, statements, appeals and corrected times, oldest first."""
    read = await handling.read_handling(door.session, order_id, actor=door.actor)
    row, rows = dict(read.handling or {}), dict(read.rows)
    if read.is_masked:
        row, rows = hide_numbers(row), hide_numbers(rows)
    return HandlingView(
        order_id=order_id,
        **{name: value for name, value in row.items() if name in HandlingView.model_fields},
        times={name: value for name, value in row.items() if name.endswith("_at") and value is not None},
        **rows,
    )
