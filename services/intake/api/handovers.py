"""交接班, item by item: offered by who leaves, answered by who comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.handover import Decision, Handover, Item, ItemAnswer, Offer
from services.intake.handlers import handovers
from services.intake.repository.handovers import list_handovers as list_rows
from shared.glossary import BusinessType
from shared.web import Answer, Change, Id, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

MOST = 500
ORDER = "019b8d0e-0000-7000-8000-000000000000"


class OfferedItem(Strict):
    """One order to hand over, with what is left to do."""

    order_id: Id
    note: str = Field(min_length=1, max_length=500, pattern=WRITTEN)


class NewHandover(Strict):
    """Up to five hundred orders for one successor; `from_person` only when a supervisor does it for somebody gone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to_person": "li.na", "items": [{"order_id": ORDER, "note": "19 点前回访客户"}]}]
        }
    )

    to_person: str = Field(min_length=1, max_length=80, pattern=WRITTEN)
    from_person: str | None = Field(None, min_length=1, max_length=80, pattern=WRITTEN)
    items: list[OfferedItem] = Field(min_length=1, max_length=MOST)


class AnsweredItem(Strict):
    """The successor's word on one item."""

    order_id: Id
    is_confirmed: bool
    reason: str | None = Field(None, max_length=500, pattern=WRITTEN, description="Mandatory for a refusal.")


class HandoverAnswer(Strict):
    """The successor's word on some or all items."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [{"order_id": ORDER, "is_confirmed": True}]}]})

    items: list[AnsweredItem] = Field(min_length=1, max_length=MOST)


class ItemView(Answer):
    """One item, and what became of it. `closed`: over by then; `moved`: somebody else answered for it by then."""

    order_id: UUID
    note: str
    decision: Decision | None
    decided_at: datetime | None
    reason: str | None
    order_no: str | None = None
    business_type: BusinessType | None = None
    status: str | None = None


class HandoverView(Answer):
    """A hand-over with its items."""

    id: UUID
    from_person: str
    to_person: str
    offered_by: str
    offered_at: datetime
    waiting: int
    items: list[ItemView]


@router.post("/handovers", status_code=201, summary="Offer open orders to one's successor.")
async def offer_handover(door: Change, body: NewHandover) -> HandoverView:
    """Offer orders that one answers for; each stays in one's hands until the successor confirms it."""
    offers = [Offer(item.order_id, item.note) for item in body.items]

    async def do() -> HandoverView:
        handover = await handovers.offer_handover(
            door.session,
            offers,
            to_person=body.to_person,
            from_person=body.from_person,
            now=door.now,
            actor=door.actor,
        )
        return _handover(handover)

    return await door.once(HandoverView, do)


@router.post("/handovers/{handover_id}/answers", summary="Answer for the items that one was offered.")
async def answer_handover(door: Change, handover_id: UUID, body: HandoverAnswer) -> HandoverView:
    """Confirm items, and answer for them from now on, or refuse them with a reason (003-006)."""
    answers = [ItemAnswer(item.order_id, item.is_confirmed, item.reason) for item in body.items]

    async def do() -> HandoverView:
        handover = await handovers.answer_handover(door.session, handover_id, answers, now=door.now, actor=door.actor)
        return _handover(handover)

    return await door.once(HandoverView, do)


@router.get("/handovers", summary="Hand-overs from and to oneself, newest first.")
async def list_handovers(
    door: Read, *, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Page[HandoverView]:
    """Return one page; misconduct reports are named by their number only."""
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows, items = await list_rows(door.session, door.actor.id, before=before, most=limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[_row(row, items.get(row["id"], [])) for row in rows[:limit]], next_cursor=more)


def _handover(handover: Handover) -> HandoverView:
    return HandoverView(
        id=handover.id,
        from_person=handover.from_person,
        to_person=handover.to_person,
        offered_by=handover.offered_by,
        offered_at=handover.offered_at,
        waiting=len(handover.waiting),
        items=[_item(item) for item in handover.items],
    )


def _item(item: Item) -> ItemView:
    return ItemView(
        order_id=item.order_id,
        note=item.note,
        decision=item.decision,
        decided_at=item.decided_at,
        reason=item.reason,
    )


def _row(row: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> HandoverView:
    return HandoverView(
        **row,
        waiting=sum(item["decision"] is None for item in items),
        items=[ItemView(**{name: item[name] for name in ItemView.model_fields}) for item in items],
    )
