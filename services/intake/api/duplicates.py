"""What calls are about one thing, who calls again and again, and where a village's name leaves the place open."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.linked import LinkedAnswer, PlaceChoice, answer_choices, answer_link
from services.intake.domain.addresses import read_address
from services.intake.domain.duplicates import Alike, Basis, LinkKind, Resemblance
from services.intake.domain.lifecycle import Status
from services.intake.handlers import duplicates, places, repeat_callers
from shared.glossary import BusinessType
from shared.telemetry import mask_address, mask_name, mask_phone
from shared.web import Answer, Change, Id, Page, Read, Strict, decode_cursor, encode_cursor
from shared.zone import SHANGHAI

router = APIRouter()


def _iso_day(value: object) -> object:
    """Keep seconds since 1970 out of days."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_iso_day)]
From = Annotated[Day, Query(alias="from", examples=["2014-03-01"], description="First day, from its midnight on.")]
To = Annotated[Day, Query(alias="to", examples=["2014-06-01"], description="The day at whose midnight it ends.")]


class LinkedOrder(Answer):
    """One order that is about the order looked at."""

    order_id: UUID
    order_no: str
    status: Status
    kind: LinkKind
    basis: Basis
    linked_at: datetime


class OrderDuplicates(Answer):
    """How often somebody called about an order, what it is about itself, and what to tell the next caller."""

    order_id: UUID
    call_count: int = Field(description="Calls about it: its own, linked ones, urges (致电次数).")
    duplicate_of: UUID | None
    kind: LinkKind | None
    basis: Basis | None
    tell: str = Field(description="How it stands, to read out (003-026, 003-027).")
    tell_en: str
    estimated_restoration_at: datetime | None
    linked: list[LinkedOrder]


class AlikeOrder(Answer):
    """One open repair whose caller may mean the same place: ask, then link it or leave it."""

    order_id: UUID
    order_no: str
    status: Status
    received_at: datetime
    nearness: Resemblance = Field(description="How near its address is; the list begins with the nearest.")
    score: int = Field(description="How alike the names of the places are, 0 to 100.")
    address: str = Field(description="Masked.")
    has_crew_coming: bool = Field(description="A crew is on its way to that outage, or there.")


class AlikeOrders(Answer):
    """What may be about the same place as an order and is not linked with it."""

    order_id: UUID
    items: list[AlikeOrder]


class LinkBody(Strict):
    """Say that an order tells of something that another one told of before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lead_order_id": "019815c0-0d40-7000-8000-0000000000aa", "reason": "同一户家人先后来电"}]
        }
    )

    lead_order_id: Id = Field(description="The order that told of it first.")
    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)


class LinkedByDesk(Answer):
    """The order, now a consultation beside the other."""

    id: UUID
    order_no: str
    status: Status
    linked: LinkedAnswer | None


class RepeatOrder(Answer):
    """One order of somebody who calls again and again."""

    id: UUID
    order_no: str
    business_type: BusinessType
    status: Status
    received_at: datetime
    duplicate_of: UUID | None


class RepeatCaller(Answer):
    """One caller's contacts without a long pause between them, masked."""

    customer_no: str | None
    caller_name: str | None
    caller_phone: str | None
    contact_count: int = Field(description="Orders and urges.")
    by_type: dict[BusinessType, int] = Field(description="The listed orders by business type.")
    first_at: datetime
    last_at: datetime
    orders: list[RepeatOrder] = Field(description="The newest, fifty at most.")


class AddressBody(Strict):
    """An address as the caller says it; in a body, because addresses do not belong into a server's log of paths."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "东风村三组十二号"}]})

    address: str = Field(min_length=1, max_length=300, pattern=WRITTEN)


class PlaceView(Answer):
    """An address as it was read, and the places that it may mean. More than one: ask, never guess."""

    county: str | None
    town: str | None
    place: str
    group: str | None
    number: str | None
    building: str | None
    unit: str | None
    floor: str | None
    room: str | None
    is_ambiguous: bool
    ask: list[PlaceChoice] | None


@router.get("/orders/{order_id}/duplicates", summary="What else is about this order, and how often somebody called.")
async def show_duplicates(door: Read, order_id: UUID) -> OrderDuplicates:
    """Return the order's links in both directions, the number of calls, and what to tell whoever calls next."""
    found = await duplicates.find_duplicates(door.session, order_id, actor=door.actor)
    return OrderDuplicates(
        order_id=order_id,
        call_count=found.call_count,
        duplicate_of=found.link["lead_order_id"] if found.link else None,
        kind=found.link["kind"] if found.link else None,
        basis=found.link["basis"] if found.link else None,
        tell=found.told.zh,
        tell_en=found.told.en,
        estimated_restoration_at=found.report.estimated_restoration_at,
        linked=[LinkedOrder(**row) for row in found.linked],
    )


@router.get("/orders/{order_id}/alike", summary="Which open repairs may be about the same place.")
async def list_alike(door: Read, order_id: UUID) -> AlikeOrders:
    """Return open repairs of about the same time with an address like this one's (上柳家村3号 and 上柳村三号), the
    nearest first, twenty at most. They are for a person to ask about: nothing was linked by likeness, and nothing is.
    """
    found = await duplicates.find_alike(door.session, order_id, actor=door.actor)
    return AlikeOrders(order_id=order_id, items=[_alike(one) for one in found])


@router.post("/orders/{order_id}/link", summary="Link an order to the one that told of it first.")
async def link_order(door: Change, order_id: UUID, body: LinkBody) -> LinkedByDesk:
    """A repair that only repeats another becomes a consultation beside it (lifecycles 3.1, row 4): no crew goes for it,
    and it is no repair any more. Once it is assessed it can only be cancelled. An order of the national platform is
    refused: it is answered under its own number.
    """

    async def do() -> LinkedByDesk:
        order, link = await duplicates.link_by_desk(
            door.session, order_id, body.lead_order_id, body.reason, now=door.now, actor=door.actor
        )
        return LinkedByDesk(id=order.id, order_no=order.order_no, status=order.status, linked=answer_link(link))

    return await door.once(LinkedByDesk, do)


@router.get("/repeat-callers", summary="Who calls again and again.")
async def list_repeat_callers(
    door: Read,
    *,
    start: From,
    end: To,
    least: Annotated[int, Query(ge=2, le=1000, description="So many contacts at least.")] = 3,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[RepeatCaller]:
    """Return callers with at least `least` contacts without a long pause in [from, to), the latest first (case C2)."""
    before = decode_cursor(cursor, kinds=(datetime.fromisoformat, int)) if cursor else None
    trails = await repeat_callers.list_repeat_callers(
        door.session,
        start=datetime.combine(start, time.min, SHANGHAI),
        end=datetime.combine(end, time.min, SHANGHAI),
        least=least,
        before=(before[0], before[1]) if before else None,
        most=limit + 1,
    )
    last = trails[limit - 1] if len(trails) > limit else None
    return Page(
        items=[_caller(trail) for trail in trails[:limit]],
        next_cursor=encode_cursor(last.last_at.isoformat(), last.caller) if last else None,
    )


@router.post("/places/read", summary="Read an address, and ask where it leaves the place open.")
async def read_place(door: Read, body: AddressBody) -> PlaceView:
    """Return the parts of an address while the agent types it, and every place that it may mean. Nothing is kept."""
    found = read_address(body.address)
    meant = await places.find_meant(door.session, body.address)
    return PlaceView(
        **{name: getattr(found, name) for name in PlaceView.model_fields if hasattr(found, name)},
        is_ambiguous=len(meant) > 1,
        ask=answer_choices(meant),
    )


def _alike(one: Alike) -> AlikeOrder:
    report = one.report
    return AlikeOrder(
        order_id=report.id,
        order_no=report.order_no,
        status=report.status,
        received_at=report.received_at,
        nearness=one.resemblance,
        score=round(one.score),
        address=mask_address(report.address),
        has_crew_coming=report.has_crew_coming,
    )


def _caller(trail: repeat_callers.Trail) -> RepeatCaller:
    orders = [
        RepeatOrder(
            id=row["id"],
            order_no=row["order_no"],
            business_type=row["business_type"],
            status=row["status"],
            received_at=row["received_at"],
            duplicate_of=row["lead_order_id"],
        )
        for row in trail.orders
    ]
    latest = trail.orders[0] if trail.orders else None
    types = [order.business_type for order in orders]
    return RepeatCaller(
        customer_no=latest["customer_no"] if latest else None,
        caller_name=mask_name(latest["caller_name"]) if latest else None,
        caller_phone=mask_phone(latest["caller_phone"]) if latest else None,
        contact_count=trail.contact_count,
        by_type={kind: types.count(kind) for kind in BusinessType if kind in types},
        first_at=trail.first_at,
        last_at=trail.last_at,
        orders=orders,
    )
