"""What the national platform has to be told, as it waits for its delivery."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from services.intake.api.texts import hide_numbers
from services.intake.domain.platform_messages import MessageType
from services.intake.repository import lists
from shared.web import Answer, Page, Read, decode_cursor, encode_cursor

router = APIRouter()


class PlatformMessageView(Answer):
    """One message; `id` is its webhook-id, `type`, `occurred_at` and `data` its body."""

    id: UUID
    order_id: UUID
    national_order_no: str
    type: MessageType
    occurred_at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    delivered_at: datetime | None


@router.get("/platform-messages", summary="List what the platform has to be told, in its order.")
async def list_platform_messages(
    door: Read,
    *,
    order_id: UUID | None = None,
    is_delivered: bool | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[PlatformMessageView]:
    """Return one page, oldest first, phone numbers masked; what is delivered is whole. One work order's messages arrive
    in this order, whatever becomes of others'.
    """
    (after,) = decode_cursor(cursor, kinds=(int,)) if cursor else (0,)
    rows = await lists.list_platform_messages(
        door.session, actor=door.actor, order_id=order_id, is_delivered=is_delivered, after=after, most=limit + 1
    )
    more = encode_cursor(rows[limit - 1]["position"]) if len(rows) > limit else None
    return Page(items=[PlatformMessageView(**row) for row in hide_numbers(rows[:limit])], next_cursor=more)
