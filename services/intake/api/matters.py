"""催办, 补充, 撤诉 from our own desks: said about an order that is open, never a new one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain.matters import Matter, MatterKind, MatterSource
from services.intake.handlers import matters, reading
from services.intake.handlers.matters import Noted
from services.intake.repository.matters import list_matters as list_rows
from shared.ids import new_id
from shared.web import Answer, Change, Door, Moment, Read, Strict

router = APIRouter()


class Urge(Strict):
    """催办."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "客户再次来电催促，家中有老人"}]})

    text: str = Field("", max_length=1000, pattern=WRITTEN)
    source: MatterSource = MatterSource.CUSTOMER
    said_at: Moment | None = Field(None, description="When, if earlier than now.")


class Said(Urge):
    """补充 or 撤诉: what was said stands in the text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "停电的还有对面 3 号楼"}]})

    text: str = Field(min_length=1, max_length=1000, pattern=WRITTEN)


class MatterNoted(Answer):
    """What stands in the books; `duplicate`: the same was told before, and nothing was doubled."""

    id: UUID
    order_id: UUID
    order_no: str
    status: str
    kind: MatterKind
    count: int
    duplicate: bool


class MatterView(Answer):
    """One thing that was said about an order."""

    id: UUID
    kind: MatterKind
    source: MatterSource
    text: str
    said_at: datetime
    recorded_at: datetime
    recorded_by: str


class Matters(Answer):
    """Everything that was said about an order, oldest first."""

    items: list[MatterView]


@router.post("/orders/{order_id}/urges", status_code=201, summary="Press an order (催办).")
async def urge_order(door: Change, order_id: UUID, body: Urge) -> MatterNoted:
    """Note that somebody presses; the first responder and whoever answers for the order are alerted (003-033)."""
    return await _note(door, order_id, MatterKind.URGE, body)


@router.post("/orders/{order_id}/supplements", status_code=201, summary="Add something to an order (补充).")
async def supplement_order(door: Change, order_id: UUID, body: Said) -> MatterNoted:
    """Note what was added; what the order said first stays as it was."""
    return await _note(door, order_id, MatterKind.SUPPLEMENT, body)


@router.post("/orders/{order_id}/withdrawals", status_code=201, summary="Note that the customer takes it back (撤诉).")
async def withdraw_order(door: Change, order_id: UUID, body: Said) -> MatterNoted:
    """Note the withdrawal; the order is handled and answered all the same (003-008)."""
    return await _note(door, order_id, MatterKind.WITHDRAWAL, body)


@router.get("/orders/{order_id}/matters", summary="Urges, supplements and withdrawals of an order.")
async def list_matters(door: Read, order_id: UUID) -> Matters:
    """Return what was said about an order, oldest first; phone numbers masked as in the order."""
    rows = await list_rows(door.session, order_id)
    if not await reading.sees_contact(door.session, order_id, actor=door.actor):
        rows = hide_numbers(rows)
    return Matters(items=[MatterView(**{name: row[name] for name in MatterView.model_fields}) for row in rows])


def describe_noted(noted: Noted, kind: MatterKind) -> MatterNoted:
    """Say what stands in the books."""
    return MatterNoted(
        id=noted.id,
        order_id=noted.order.id,
        order_no=noted.order.order_no,
        status=noted.order.status,
        kind=kind,
        count=noted.count,
        duplicate=noted.is_duplicate,
    )


async def _note(door: Door, order_id: UUID, kind: MatterKind, body: Urge) -> MatterNoted:
    matter = Matter(id=new_id(), kind=kind, source=body.source, text=body.text, said_at=body.said_at or door.now)

    async def do() -> MatterNoted:
        noted = await matters.note(door.session, order_id, matter, now=door.now, actor=door.actor)
        return describe_noted(noted, kind)

    return await door.once(MatterNoted, do)
