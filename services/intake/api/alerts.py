"""What the caller is alerted to: as somebody who answers for orders, and as somebody at a desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.domain.alerts import word_alert
from services.intake.repository import alerts
from shared.errors import Language
from shared.glossary import BusinessType
from shared.web import Answer, Change, Id, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()


class AlertView(Answer):
    """One alert, in the caller's language. `role`: it is for that desk as a whole."""

    id: UUID
    kind: str
    message: str
    order_id: UUID | None
    order_no: str | None
    business_type: BusinessType | None
    status: str | None
    role: str | None
    occurred_at: datetime
    seen_at: datetime | None
    seen_by: str | None


class SeenAlerts(Strict):
    """Up to five hundred alerts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["019b8d0e-0000-7000-8000-000000000000"]}]})

    ids: list[Id] = Field(min_length=1, max_length=500)


class Seen(Answer):
    """How many were seen now for the first time."""

    seen: int


@router.get("/alerts", summary="What the caller is alerted to, newest first.")
async def list_alerts(
    door: Read,
    *,
    is_unseen: Annotated[bool, Query(description="Only what was not seen yet.")] = True,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[AlertView]:
    """Return one page: the first responder gets every alert of an order, wherever it is by now (000-001)."""
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await alerts.list_alerts(door.session, door.actor, is_unseen=is_unseen, before=before, most=limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[_alert(row, door.language) for row in rows[:limit]], next_cursor=more)


@router.post("/alerts/seen", summary="Note alerts as seen.")
async def see_alerts(door: Change, body: SeenAlerts) -> Seen:
    """Note that the caller saw these; other people's are left alone."""

    async def do() -> Seen:
        return Seen(seen=await alerts.see_alerts(door.session, door.actor, body.ids))

    return await door.once(Seen, do)


def _alert(row: dict[str, Any], language: Language) -> AlertView:
    return AlertView(
        **{name: row[name] for name in AlertView.model_fields if name != "message"},
        message=word_alert(row["kind"], row["note"]).say(language),
    )
