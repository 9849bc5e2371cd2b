"""Correct a time on an order: audited, in the order of times, never over what stood there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.amendments import AMENDABLE, Amendment
from services.intake.handlers import amendments
from shared.errors import bad_field
from shared.web import Answer, Change, Moment, Strict, invalid

router = APIRouter()

_FIELDS: dict[str, Any] = {"enum": list(AMENDABLE)}


class NewAmendment(Strict):
    """Which time was wrong, what it should say, and how one knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "field": "arrived_at",
                    "old": "2026-01-05T10:40:00+08:00",
                    "new": "2026-01-05T10:20:00+08:00",
                    "reason": "纸质抢修单记录为 10:20",
                }
            ]
        }
    )

    field: str = Field(json_schema_extra=_FIELDS)
    old: Moment | None = Field(None, description="What stands there, to be sure that nobody changed it meanwhile.")
    new: Moment
    reason: str = Field(min_length=1, max_length=1000, pattern=WRITTEN)


class Amended(Answer):
    """What stood there and what stands there now."""

    id: UUID
    order_id: UUID
    field: str
    old: datetime
    new: datetime
    reason: str


@router.post("/orders/{order_id}/amendments", status_code=201, summary="Correct a time on an order (时间更正).")
async def amend_order(door: Change, order_id: UUID, body: NewAmendment) -> Amended:
    """Put a right time in the place of a wrong one; refused by the pair that would be out of order (E34)."""
    if body.field not in AMENDABLE:
        known = ", ".join(AMENDABLE)
        raise invalid(bad_field("field", "amendment.field_unknown", f"只能更正 {known}", f"is one of {known}"))

    async def do() -> Amended:
        made = await amendments.amend_order(
            door.session,
            order_id,
            body.field,
            old=body.old,
            new=body.new,
            reason=body.reason,
            now=door.now,
            actor=door.actor,
        )
        return _amended(order_id, made)

    return await door.once(Amended, do)


def _amended(order_id: UUID, made: Amendment) -> Amended:
    return Amended(id=made.id, order_id=order_id, field=made.field, old=made.old, new=made.new, reason=made.reason)
