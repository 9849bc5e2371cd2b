"""Pass an order on, contact its customer, look into the matter. A time of the past may be given (late entry)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.desk import OrderMoved, moved
from services.intake.domain.handling.contacts import Contact
from services.intake.domain.handling.words import ContactMeans
from services.intake.handlers import handling
from shared.ids import new_id
from shared.web import Change, Moment, Strict

router = APIRouter()


class Forward(Strict):
    """转交: to the unit that handles it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"unit": "界首供电所"}]})

    unit: str = Field(min_length=1, max_length=100, pattern=WRITTEN, description="The unit that handles it.")
    is_important: bool | None = Field(
        None, description="Answered in writing or at the door (004-015); absent: as the customer's class says."
    )
    forwarded_at: Moment | None = Field(None, description="When, if earlier than now.")


class NewContact(Strict):
    """One attempt to reach the customer: time, person, result (requirement 001-034)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "营销服务专责 李工",
                    "means": "phone",
                    "is_reached": True,
                    "result": "客户说明近两个月停电四次，要求查明原因",
                    "contacted_at": "2026-01-05T11:30:00+08:00",
                }
            ]
        }
    )

    person: str = Field(min_length=1, max_length=100, pattern=WRITTEN, description="Who of ours tried.")
    means: ContactMeans = ContactMeans.PHONE
    is_reached: bool
    result: str = Field(min_length=1, max_length=2000, pattern=WRITTEN, description="What was said; why nobody was.")
    contacted_at: Moment | None = Field(None, description="When, if earlier than now.")


class Contacted(OrderMoved):
    """Where the order is now, and the record of the attempt."""

    contact_id: UUID


class Investigate(Strict):
    """调查: evidence, third-party material."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    investigation_started_at: Moment | None = Field(None, description="When, if earlier than now.")


class TransferExternal(Strict):
    """The responsible party is outside the company."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"party": "田家镇政府"}]})

    party: str = Field(min_length=1, max_length=200, pattern=WRITTEN)
    transferred_at: Moment | None = Field(None, description="When, if earlier than now.")


@router.post("/orders/{order_id}/forward", summary="Forward an order to the unit that handles it (转交).")
async def forward_order(door: Change, order_id: UUID, body: Forward) -> OrderMoved:
    """Pass it on under the same number: within a working day, a complaint at any hour (003-004, 001-068)."""

    async def do() -> OrderMoved:
        order = await handling.forward_order(
            door.session,
            order_id,
            body.unit,
            is_important=body.is_important,
            at=body.forwarded_at,
            now=door.now,
            actor=door.actor,
        )
        return moved(order, body.forwarded_at or door.now)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/contacts", status_code=201, summary="Enter an attempt to reach the customer (联系).")
async def contact_customer(door: Change, order_id: UUID, body: NewContact) -> Contacted:
    """Add one attempt, reached or not; any number may follow. Without one there is no reply (001-034, C2b)."""
    at: datetime = body.contacted_at or door.now
    made = Contact(
        id=new_id(),
        contacted_at=at,
        person=body.person,
        means=body.means,
        is_reached=body.is_reached,
        result=body.result,
    )

    async def do() -> Contacted:
        order = await handling.contact_customer(door.session, order_id, made, now=door.now, actor=door.actor)
        return Contacted(**moved(order, at).model_dump(), contact_id=made.id)

    return await door.once(Contacted, do)


@router.post("/orders/{order_id}/investigate", summary="Begin the investigation (调查).")
async def investigate_order(door: Change, order_id: UUID, body: Investigate) -> OrderMoved:
    """Look into the matter, or take it up again after another party had it; somebody must have rung the customer."""

    async def do() -> OrderMoved:
        order = await handling.investigate_order(
            door.session, order_id, at=body.investigation_started_at, now=door.now, actor=door.actor
        )
        return moved(order, body.investigation_started_at or door.now)

    return await door.once(OrderMoved, do)


@router.post("/orders/{order_id}/transfer-external", summary="A party outside the company is responsible.")
async def transfer_external(door: Change, order_id: UUID, body: TransferExternal) -> OrderMoved:
    """Note who is responsible; the order stays ours and is tracked on until its customer has an answer (C2d)."""

    async def do() -> OrderMoved:
        order = await handling.transfer_external(
            door.session, order_id, body.party, at=body.transferred_at, now=door.now, actor=door.actor
        )
        return moved(order, body.transferred_at or door.now)

    return await door.once(OrderMoved, do)
