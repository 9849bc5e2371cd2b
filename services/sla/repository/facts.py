"""The facts log: what sla heard, append-only, without anybody's name, number or words in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from services.sla.domain.records import Extent
from services.sla.tables import facts
from shared.db import Session
from shared.events import REGISTRY, Event, Fact
from shared.events.dispatch import CrewAssigned, CrewRefused, RepairReplied
from shared.events.intake import (
    Caller,
    OrderCancelled,
    OrderCreated,
    OrderDeclined,
    OrderReopened,
    OrderReturned,
)

_NOBODY = Caller(name="", phone="", address="")
_BLANKS: dict[type[Event], dict[str, Any]] = {
    OrderCreated: {"content": "", "surroundings": None, "caller": _NOBODY},
    OrderDeclined: {"reason": ""},
    OrderReopened: {"reason": ""},
    OrderReturned: {"reason": ""},
    OrderCancelled: {"reason": ""},
    CrewAssigned: {"reason": ""},
    CrewRefused: {"reason": ""},
    RepairReplied: {"process": "", "result": "", "customer_opinion": "", "cause": ""},
}
"""What is not kept: free text and people. Indicators need neither."""

_INSERT = text(
    "INSERT INTO sla.facts (id, name, order_id, occurred_at, recorded_at, data)"
    " SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:orders AS uuid[]),"
    " CAST(:occurred AS timestamptz[]), CAST(:recorded AS timestamptz[]), CAST(:data AS jsonb[]))"
    " ON CONFLICT DO NOTHING"
)
_EXTENTS = text(
    "INSERT INTO sla.extents AS known (order_id, occurred_at, event_id, customers)"
    " SELECT * FROM unnest(CAST(:orders AS uuid[]), CAST(:occurred AS timestamptz[]), CAST(:ids AS uuid[]),"
    " CAST(:customers AS integer[]))"
    " ON CONFLICT (order_id, occurred_at) DO UPDATE"
    " SET event_id = excluded.event_id, customers = excluded.customers WHERE known.event_id < excluded.event_id"
)


async def append_facts(session: Session, heard: Sequence[Fact[Event]]) -> None:
    """Write facts to the log, in one statement; one that is there already stays as it is."""
    columns = {
        "ids": [fact.id for fact in heard],
        "names": [fact.event.name for fact in heard],
        "orders": [fact.event.order_id for fact in heard],
        "occurred": [fact.occurred_at for fact in heard],
        "recorded": [fact.recorded_at for fact in heard],
        "data": [without_people(fact.event).model_dump_json() for fact in heard],
    }
    await session.execute(_INSERT, columns)


async def write_extents(session: Session, told: Sequence[tuple[UUID, Extent]]) -> None:
    """Write how many customers were out from when on; of two at one instant the later told replaces."""
    last = {(order_id, extent.at): (order_id, extent) for order_id, extent in sorted(told, key=lambda pair: pair[1])}
    if last:
        pairs = list(last.values())
        columns = {
            "orders": [order_id for order_id, _ in pairs],
            "occurred": [extent.at for _, extent in pairs],
            "ids": [extent.event_id for _, extent in pairs],
            "customers": [extent.customers for _, extent in pairs],
        }
        await session.execute(_EXTENTS, columns)


async def list_facts(session: Session, order_ids: Sequence[UUID]) -> list[Fact[Event]]:
    """List everything heard of some orders, by order and then as told."""
    wanted = select(facts).where(facts.c.order_id.in_(order_ids)).order_by(facts.c.order_id, facts.c.id)
    return [_fact(row) for row in (await session.execute(wanted)).all()]


async def list_orders(session: Session, *, after: UUID | None, most: int) -> list[UUID]:
    """List up to `most` orders that were created according to the log, in id order, from `after` on."""
    wanted = select(facts.c.order_id).where(facts.c.name == OrderCreated.name)
    if after:
        wanted = wanted.where(facts.c.order_id > after)
    return list((await session.execute(wanted.order_by(facts.c.order_id).limit(most))).scalars())


def without_people(event: Event) -> Event:
    """Return the event without free text and personal data."""
    blanks = _BLANKS.get(type(event))
    return event.model_copy(update=blanks) if blanks else event


def _fact(row: Row[Any]) -> Fact[Event]:
    event = REGISTRY[row.name].model_validate(row.data)
    return Fact(id=row.id, event=event, occurred_at=row.occurred_at, recorded_at=row.recorded_at)
