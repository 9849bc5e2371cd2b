"""Finding orders by whatever a desk filters on: a page at a time, or all of them as a file. Contacts are masked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.views import OrderSummary, masked
from services.intake.domain.lifecycle import Status
from services.intake.domain.search import SHORTEST_PHONE_TAIL, Due, Wanted, can_be_found, digits_of, words_of
from services.intake.domain.spreadsheet import BOM, COLUMNS, heading, line_of
from services.intake.handlers import search
from shared.auth import Actor
from shared.clock import SHANGHAI
from shared.errors import BadField, bad_field
from shared.glossary import AreaType, BusinessType, Channel
from shared.web import Caller, Page, Read, decode_cursor, encode_cursor, invalid, language_of, runtime_of

router = APIRouter()
log = structlog.get_logger()

Name = Annotated[str | None, Field(min_length=1, max_length=80, pattern=WRITTEN)]

EXPORTED_AT_ONCE = 1_000
"""Rows that are read in one transaction: who downloads slowly holds none open."""


class Filters(BaseModel):
    """What orders may be filtered by; all that is given must fit. A filter that does not exist is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    status: Status | None = None
    is_open: bool | None = Field(None, description="Whether the order's life is not over.")
    is_returned: bool | None = Field(None, description="Whether the province or the national centre returned it.")
    due: Due | None = Field(None, description="Open orders with a promise at risk (soon), or a broken one (over).")
    business_type: BusinessType | None = None
    channel: Channel | None = None
    area_type: AreaType | None = None
    station_code: Name = Field(None, description="The station whose place it is.")
    unit: Name = Field(None, description="The unit that an order of another type than a repair was handed to.")
    transformer_area: Name = None
    feeder: Name = None
    origin: Name = None
    first_responder: Name = Field(None, description="“My first-contact orders” (000-002).")
    accountable: Name = Field(None, description="Open orders that somebody answers for now.")
    has_owner: bool | None = Field(
        None, description="Open orders that a person answers for; false: that nobody has taken on yet, the desk's list."
    )
    customer_no: Name = None
    number: Name = Field(None, description="Our order number, or the platform's.")
    phone: str | None = Field(None, max_length=30, pattern=WRITTEN, description="Its last digits, four or more.")
    text: str | None = Field(
        None, max_length=100, pattern=WRITTEN, description="Words of the content, the surroundings, name or address."
    )
    recorded_from: AwareDatetime | None = Field(None, description="Entered at this time or later.")
    recorded_to: AwareDatetime | None = Field(None, description="Entered before this time.")

    def say(self) -> Wanted:
        """Say it in the domain's words; raises Invalid naming each filter that finds nothing by itself."""
        words = words_of(self.text) if self.text else ()
        phone = digits_of(self.phone) if self.phone else None
        if bad := list(_find_useless(self, words, phone)):
            raise invalid(*bad)
        given = self.model_dump(exclude={"text", "phone", "cursor", "limit"}, exclude_none=True)
        return Wanted(**given, words=words, phone=phone)


class Listed(Filters):
    """Filters, and which page."""

    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


@router.get("/orders", summary="Find orders, newest first; contacts masked.")
async def list_orders(door: Read, asked: Annotated[Listed, Query()]) -> Page[OrderSummary]:
    """Return one page; every filter given must fit. What an order says can be found a second or two after its receipt,
    at once while it is among the newest.
    """
    (before,) = decode_cursor(asked.cursor, kinds=(UUID,)) if asked.cursor else (None,)
    most = asked.limit + 1
    rows = await search.find_orders(door.session, asked.say(), actor=door.actor, before=before, most=most)
    more = encode_cursor(rows[asked.limit - 1]["id"]) if len(rows) == most else None
    return Page(items=[OrderSummary(**masked(row)) for row in rows[: asked.limit]], next_cursor=more)


@router.get(
    "/orders.csv",
    summary="Find orders as a file for spreadsheets; contacts masked.",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "UTF-8 with a mark, a line an order, newest first."}},
)
async def export_orders(request: Request, actor: Caller, asked: Annotated[Filters, Query()]) -> StreamingResponse:
    """Stream everything that fits, however much it is; times as in Shanghai. Nothing in it is taken for a formula."""
    now = runtime_of(request).clock.now()
    name = f"orders-{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    lines = _lines(request, asked.say(), actor, now)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(request: Request, wanted: Wanted, actor: Actor, now: datetime) -> AsyncIterator[bytes]:
    database = runtime_of(request).database
    yield BOM + heading(language_of(request)).encode()
    before, exported = None, 0
    while True:
        async with database.reading(now=now) as session:
            rows = await search.find_orders(session, wanted, actor=actor, before=before, most=EXPORTED_AT_ONCE)
        shown = map(masked, rows)
        yield "".join(line_of([row[name] for name in COLUMNS]) for row in shown).encode()
        exported += len(rows)
        if len(rows) < EXPORTED_AT_ONCE:
            break
        before = rows[-1]["id"]
    log.info("orders.exported", actor=actor.id, orders=exported)


def _find_useless(asked: Filters, words: tuple[str, ...], phone: str | None) -> list[BadField]:
    bad: list[BadField] = []
    if asked.text is not None and not can_be_found(words):
        bad.append(bad_field("text", "search.word_too_short", "至少两个字", "needs a word of two characters or more"))
    if phone is not None and len(phone) < SHORTEST_PHONE_TAIL:
        bad.append(bad_field("phone", "search.phone_too_short", "至少四位数字", "needs four digits or more"))
    if asked.recorded_from and asked.recorded_to and asked.recorded_from >= asked.recorded_to:
        bad.append(bad_field("recorded_to", "search.times_out_of_order", "早于起始时间", "is not after recorded_from"))
    return bad
