"""Hand-overs with their items; an order waits for one successor's answer at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from services.intake.domain.handover import Decision, Handover, Item
from services.intake.tables import handover_items, handovers, orders
from shared.db import Session
from shared.errors import NotFound, Text

_MISSING = Text("没有这次交接", "there is no such hand-over")
ITEM_COLUMNS = ("handover_id", "order_id", "note")


async def add_handover(session: Session, handover: Handover) -> None:
    """Write an offer with its items."""
    row = {
        "id": handover.id,
        "from_person": handover.from_person,
        "to_person": handover.to_person,
        "offered_by": handover.offered_by,
        "offered_at": handover.offered_at,
    }
    await session.execute(handovers.insert().values(row))
    await session.copy(handover_items, ITEM_COLUMNS, [(handover.id, i.order_id, i.note) for i in handover.items])


async def get_handover(session: Session, handover_id: UUID) -> Handover:
    """Return a hand-over, locked until the end of the transaction; raises NotFound."""
    statement = select(handovers).where(handovers.c.id == handover_id).with_for_update()
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("handover.unknown", _MISSING)
    t = handover_items
    items = (await session.execute(select(t).where(t.c.handover_id == handover_id).order_by(t.c.order_id))).mappings()
    return Handover(**row, items=[_item(dict(item)) for item in items])


async def find_offered(session: Session, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return which of these orders wait for whose answer."""
    i, h = handover_items.c, handovers.c
    statement = (
        select(i.order_id, h.to_person)
        .join_from(handover_items, handovers, h.id == i.handover_id)
        .where(i.order_id.in_(order_ids), i.decided_at.is_(None))
    )
    return {row.order_id: row.to_person for row in await session.execute(statement)}


_DECIDE = (
    update(handover_items)
    .where(handover_items.c.handover_id == bindparam("of"), handover_items.c.order_id == bindparam("which"))
    .values(decision=bindparam("what"), decided_at=bindparam("at"), reason=bindparam("why"))
)


async def decide_items(
    session: Session, handover_id: UUID, decided: Sequence[tuple[UUID, Decision, str | None]]
) -> None:
    """Write what became of items."""
    if decided:
        rows = [
            {"of": handover_id, "which": order_id, "what": str(what), "at": session.now, "why": why}
            for order_id, what, why in decided
        ]
        await session.execute(_DECIDE, rows)


async def list_handovers(
    session: Session, person: str, *, before: UUID | None, most: int
) -> tuple[list[dict[str, Any]], Mapping[UUID, list[dict[str, Any]]]]:
    """Return the hand-overs to and from a person, newest first, and the items of each with their orders' numbers."""
    h = handovers.c
    statement = select(handovers).where(or_(h.from_person == person, h.to_person == person))
    if before is not None:
        statement = statement.where(h.id < before)
    found = [dict(r) for r in (await session.execute(statement.order_by(h.id.desc()).limit(most))).mappings()]
    return found, await _load_items(session, [row["id"] for row in found])


async def _load_items(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    i, o = handover_items.c, orders.c
    statement = (
        select(handover_items, o.order_no, o.business_type, o.status)
        .join_from(handover_items, orders, o.id == i.order_id)
        .where(i.handover_id.in_(ids))
        .order_by(i.order_id)
    )
    items: dict[UUID, list[dict[str, Any]]] = {}
    for row in (await session.execute(statement)).mappings() if ids else ():
        items.setdefault(row["handover_id"], []).append(dict(row))
    return items


def _item(row: dict[str, Any]) -> Item:
    row.pop("handover_id")
    decision = row.pop("decision")
    return Item(**row, decision=Decision(decision) if decision else None)
