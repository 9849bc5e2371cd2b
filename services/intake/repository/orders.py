"""Orders in and out of their table, one by one under a lock or many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text

from services.intake.domain.lifecycle import Status
from services.intake.domain.order import Order
from services.intake.repository.alerts import ALERTS
from services.intake.repository.platform_messages import PLATFORM_MESSAGES
from services.intake.repository.timeline import TIMELINE
from services.intake.tables import FIXED, orders
from shared.db import Session
from shared.errors import NotFound, Text
from shared.glossary import (
    AreaType,
    AssetOwnership,
    BusinessType,
    Channel,
    CustomerClass,
    FaultClass,
    OutageScope,
    Satisfaction,
    SpecialNeed,
    Tier,
    VoltageLevel,
    Word,
)
from shared.store import Store

_MISSING = Text("没有这张工单", "there is no such order")

COLUMNS = tuple(column.name for column in orders.columns)

WORDS: Mapping[str, type[Word]] = {
    "status": Status,
    "business_type": BusinessType,
    "channel": Channel,
    "area_type": AreaType,
    "customer_class": CustomerClass,
    "special_need": SpecialNeed,
    "asset_ownership": AssetOwnership,
    "outage_scope": OutageScope,
    "voltage_level": VoltageLevel,
    "class_l1": FaultClass,
    "tier": Tier,
    "satisfaction": Satisfaction,
}

WHEN_RECEIVED = ("id", *FIXED, "status", "round", "accountable", "accepted_at")
"""What an order can have when it is fresh; the rest is empty or stands at its default."""

_values_of = attrgetter(*COLUMNS)
_fresh_values_of = attrgetter(*WHEN_RECEIVED)


def missing(_: UUID | str) -> NotFound:
    """Make the refusal for an order that is not there."""
    return NotFound("order.unknown", _MISSING)


def read_order(row: Mapping[str, Any]) -> Order:
    """Say a row in the domain's words, for looking at only: it is not locked and never saved."""
    return _from_row(row)


def _to_row(order: Order) -> dict[str, Any]:
    return dict(zip(COLUMNS, _values_of(order), strict=True))


def _from_row(row: Mapping[str, Any]) -> Order:
    values = dict(row)
    for name, word in WORDS.items():
        if values[name] is not None:
            values[name] = word(values[name])
    return Order(**values)


ORDERS: Store[Order] = Store(orders, to_row=_to_row, from_row=_from_row, missing=missing, fixed=FIXED)


def save(session: Session, order: Order) -> None:
    """Write a changed order, what it told and what happened to it, with this transaction; alert its people."""
    ORDERS.save(session, order)
    happened = order.take_happened()
    TIMELINE.add(session, order.id, happened)
    PLATFORM_MESSAGES.add(session, order, happened)
    ALERTS.add_from(session, order, happened)


async def add_received(session: Session, received: Sequence[Order]) -> None:
    """Write fresh orders, what they told and what happened to them: two COPYs for any number."""
    await session.copy(orders, WHEN_RECEIVED, [_fresh_values_of(order) for order in received])
    for order in received:
        session.tell(order.take_untold())
        happened = order.take_happened()
        TIMELINE.add(session, order.id, happened)
        PLATFORM_MESSAGES.add(session, order, happened)
        if order.resolved_at or order.merged_at or order.asset_ownership is not AssetOwnership.UNKNOWN:
            ORDERS.save(session, order)  # it knows more than a fresh order's columns hold


_CLAIM = text(
    "INSERT INTO intake.order_keys (kind, key, order_id)"
    " SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING kind, key"
)
_HOLDERS = text(
    "SELECT k.kind, k.key, k.order_id FROM intake.order_keys k"
    " JOIN unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS wanted(kind, key)"
    " ON k.kind = wanted.kind AND k.key = wanted.key"
)

Key = tuple[str, str]


async def claim_keys(session: Session, wanted: Mapping[Key, UUID]) -> set[Key]:
    """Give natural keys to new orders; return those that were free. Waits for whoever is taking the same one.

    Taken in their order, so that two sets never wait for each other.
    """
    if not wanted:
        return set()
    ordered = sorted(wanted)
    parameters = {
        "kinds": [kind for kind, _ in ordered],
        "keys": [key for _, key in ordered],
        "ids": [wanted[key] for key in ordered],
    }
    return {(row.kind, row.key) for row in await session.execute(_CLAIM, parameters)}


async def find_holders(session: Session, keys: Iterable[Key]) -> dict[Key, UUID]:
    """Return the orders that hold these keys."""
    listed = list(keys)
    if not listed:
        return {}
    parameters = {"kinds": [kind for kind, _ in listed], "keys": [key for _, key in listed]}
    return {(row.kind, row.key): row.order_id for row in await session.execute(_HOLDERS, parameters)}


async def get_by_national_no(session: Session, national_order_no: str) -> Order:
    """Return the platform's order, locked until the end of the transaction; raises NotFound."""
    key = ("national_order_no", national_order_no)
    holders = await find_holders(session, [key])
    if key not in holders:
        raise missing(national_order_no)
    return await ORDERS.get(session, holders[key])


async def get_by_order_no(session: Session, order_no: str) -> Order:
    """Return the order with our own number, locked until the end of the transaction; raises NotFound.

    Never by the platform's number: the two look alike, and one order's may be another's.
    """
    order_id = (await session.execute(select(orders.c.id).where(orders.c.order_no == order_no))).scalar()
    if order_id is None:
        raise missing(order_no)
    return await ORDERS.get(session, order_id)


_BRIEFLY = select(
    orders.c.id,
    orders.c.order_no,
    orders.c.national_order_no,
    orders.c.status,
    orders.c.received_at,
    orders.c.accept_by,
).where(orders.c.id.in_(bindparam("ids", expanding=True)))


async def describe_briefly(session: Session, ids: Iterable[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Return what an answer about receipt says of these orders."""
    listed = list(set(ids))
    if not listed:
        return {}
    rows = (await session.execute(_BRIEFLY, {"ids": listed})).mappings()
    return {row["id"]: dict(row) for row in rows}


_FOLLOWERS = text(
    "SELECT id FROM intake.orders WHERE main_order_id = ANY(CAST(:ids AS uuid[]))"
    " AND status IN ('child_of_incident', 'restored', 'replied')"
)


async def find_follower_ids(session: Session, main_ids: Iterable[UUID]) -> list[UUID]:
    """Return the orders that follow these and are not sent yet."""
    listed = list(main_ids)
    if not listed:
        return []
    return list((await session.execute(_FOLLOWERS, {"ids": listed})).scalars())


def held_followers(session: Session, main_id: UUID) -> list[Order]:
    """Return the followers of an order that this transaction has loaded, oldest first."""
    held: dict[UUID, Order] = session.identity.get(ORDERS, {})
    return sorted((o for o in held.values() if o.main_order_id == main_id), key=lambda order: order.id)
