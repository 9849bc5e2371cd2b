"""Who answers for an order: one's own first contacts, taking on, internal transfers, the green channel, the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.notifications import ContactBody
from services.intake.api.texts import hide_numbers
from services.intake.domain.order import Order
from services.intake.domain.responsibility import Cause
from services.intake.domain.transfers import Transfer
from services.intake.handlers import reading, responsibility
from services.intake.repository import green_channels, lists, transfers
from services.intake.repository import responsibility as books
from shared.glossary import BusinessType, Channel
from shared.ids import new_id
from shared.web import Answer, Change, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

Person = Annotated[str, Field(min_length=1, max_length=80, pattern=WRITTEN)]


class TakeOn(Strict):
    """认领."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class NewTransfer(Strict):
    """Where an order goes inside the company, and what the customer was told of it, if anything (000-003)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "to_unit": "D-MARKETING",
                    "to_person": "li.na",
                    "reason": "电费问题由营销部核实",
                    "told_text": "您反映的问题由我们继续处理，结果由本热线统一答复您",
                }
            ]
        }
    )

    to_unit: str = Field(min_length=1, max_length=60, pattern=WRITTEN)
    to_person: Person | None = Field(None, description="Who answers for it there; absent: who does now.")
    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)
    told_text: str | None = Field(
        None, min_length=1, max_length=500, pattern=WRITTEN, description="What the customer was told: once an order."
    )
    transferred_at: Moment | None = Field(None, description="When, if earlier than now.")


class NewGreenChannel(Strict):
    """The leader who takes the order in hand, and how to reach them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"leader": "wang.qiang", "reason": "重点工程送电在即"}]})

    leader: Person
    reason: str = Field(min_length=1, max_length=500, pattern=WRITTEN)
    contact: ContactBody | None = Field(None, description="Absent: the duty leader's contacts.")


class Responsible(Answer):
    """Who answers for the order now; the first responder never changes."""

    id: UUID
    order_no: str
    status: str
    first_responder: str
    accountable: str


class MoveView(Answer):
    """One move of accountability."""

    from_person: str
    to_person: str
    cause: Cause
    moved_at: datetime
    moved_by: str


class TransferView(Answer):
    """One transfer inside the company."""

    id: UUID
    from_unit: str | None
    to_unit: str
    from_person: str
    to_person: str
    reason: str
    transferred_at: datetime
    transferred_by: str
    customer_told_at: datetime | None
    customer_told_text: str | None


class ResponsibilityView(Responsible):
    """Who answers for the order, and how it came to that."""

    unit: str | None
    leader: str | None
    customer_told_at: datetime | None
    moves: list[MoveView]
    transfers: list[TransferView]


class FirstContact(Answer):
    """An open order that one took first; of a misconduct report no more than this is ever shown to its taker."""

    id: UUID
    order_no: str
    business_type: BusinessType
    channel: Channel
    status: str
    round: int
    accountable: str
    received_at: datetime
    accept_by: datetime | None
    estimated_restoration_at: datetime | None
    moved_at: datetime | None = Field(description="When somebody else took over; null while one answers oneself.")


@router.get("/orders/mine/first-contacts", summary="My first-contact orders until they are archived.")
async def list_first_contacts(
    door: Read, *, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page[FirstContact]:
    """Return the open orders that the caller took first, wherever they are by now, newest first (000-002)."""
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await books.list_first_contacts(door.session, door.actor.id, before=before, most=limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[FirstContact(**row) for row in rows[:limit]], next_cursor=more)


@router.post("/orders/{order_id}/take-on", summary="Answer for an order that came from a system.")
async def take_order_on(door: Change, order_id: UUID, body: TakeOn) -> Responsible:
    """Take on an order that nobody of ours answers for yet; refused when somebody does."""

    async def do() -> Responsible:
        return _responsible(await responsibility.take_order_on(door.session, order_id, now=door.now, actor=door.actor))

    return await door.once(Responsible, do)


@router.post("/orders/{order_id}/transfers", status_code=201, summary="Hand an order to another unit inside (内转).")
async def transfer_order(door: Change, order_id: UUID, body: NewTransfer) -> Responsible:
    """Pass an order on under its number: the first responder stays, the customer is told once and sent nowhere."""
    wanted = Transfer(
        id=new_id(),
        to_unit=body.to_unit,
        to_person=body.to_person,
        reason=body.reason,
        told_text=body.told_text,
    )

    async def do() -> Responsible:
        order = await responsibility.transfer_order(
            door.session, order_id, wanted, at=body.transferred_at or door.now, now=door.now, actor=door.actor
        )
        return _responsible(order)

    return await door.once(Responsible, do)


@router.post("/orders/{order_id}/green-channel", status_code=201, summary="Let an order go first, under a leader.")
async def open_green_channel(door: Change, order_id: UUID, body: NewGreenChannel) -> Responsible:
    """Open the green channel (000-010): the leader answers for the order from now on, and is told."""

    async def do() -> Responsible:
        order = await responsibility.open_channel(
            door.session,
            order_id,
            leader=body.leader,
            reason=body.reason,
            contact=body.contact.say() if body.contact else None,
            now=door.now,
            actor=door.actor,
        )
        return _responsible(order)

    return await door.once(Responsible, do)


@router.get("/orders/{order_id}/responsibility", summary="Who answers for an order, and who did.")
async def show_responsibility(door: Read, order_id: UUID) -> ResponsibilityView:
    """Return the first responder, who answers now, and every move and transfer, oldest first; phone numbers masked as
    in the order.
    """
    row = await lists.get_row(door.session, order_id)
    moved = await transfers.list_transfers(door.session, order_id)
    if not await reading.sees_contact(door.session, order_id, actor=door.actor):
        moved = hide_numbers(moved)
    course = await transfers.load_course(door.session, order_id)
    return ResponsibilityView(
        **{name: row[name] for name in Responsible.model_fields},
        unit=course.unit,
        customer_told_at=course.customer_told_at,
        leader=await green_channels.find_leader(door.session, order_id),
        moves=[MoveView(**_fields(MoveView, row)) for row in await books.list_moves(door.session, order_id)],
        transfers=[TransferView(**_fields(TransferView, row)) for row in moved],
    )


def _fields(model: type[Answer], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields}


def _responsible(order: Order) -> Responsible:
    return Responsible(
        id=order.id,
        order_no=order.order_no,
        status=order.status,
        first_responder=order.first_responder,
        accountable=order.accountable,
    )
