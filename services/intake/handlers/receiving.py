"""Receiving orders: one set-based use case for a single call and for five hundred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import metrics
from services.intake.domain.lifecycle import Status
from services.intake.domain.new_order import Customer, NewOrder, find_broken_rules, order_number
from services.intake.domain.order import Order
from services.intake.domain.receiving import accept, receive
from services.intake.repository import customers, orders, policies
from services.intake.repository.orders import Key
from shared.clock import SHANGHAI
from shared.db import Session
from shared.errors import Invalid, Text
from shared.ids import new_id

_INVALID = Text("工单内容不符合要求，未受理", "the order breaks the rules below and was not received")


@dataclass(frozen=True, slots=True)
class Received:
    """An order that stands in the books, now or since before (`is_duplicate`: the same natural key came again)."""

    id: UUID
    order_no: str
    national_order_no: str | None
    status: Status
    received_at: datetime
    accept_by: datetime | None
    is_duplicate: bool = False


async def receive_orders(
    session: Session, new_orders: Sequence[NewOrder], *, now: datetime
) -> list[Received | Invalid]:
    """Receive a set of orders, each on its own merits; return what became of each, in their order.

    A natural key that is known answers its first order again; a bad order is refused with every rule that it breaks
    (requirements 003-015, 000-076). What is complete and in our area is accepted at once. A handful of statements,
    whatever the number.
    """
    outcomes: dict[int, Received | Invalid] = {}
    good = [(i, new) for i, new in enumerate(new_orders) if not _refuse(outcomes, i, new, now)]
    ids = {i: new_id() for i, _ in good}
    first_of = await _claim(session, good, ids)
    fresh = [(i, new) for i, new in good if first_of[i] == ids[i]]
    made = await _make(session, [new for _, new in fresh], [ids[i] for i, _ in fresh], now=now)
    known = await orders.describe_briefly(session, {first_of[i] for i, _ in good} - made.keys())
    for i, _ in good:
        order = made.get(first_of[i])
        is_duplicate = first_of[i] != ids[i]
        outcomes[i] = _received(order, is_duplicate=is_duplicate) if order else _known(known[first_of[i]])
    return [outcomes[i] for i in range(len(new_orders))]


def _refuse(outcomes: dict[int, Received | Invalid], index: int, new: NewOrder, now: datetime) -> bool:
    broken = find_broken_rules(
        business_type=new.business_type,
        reported_at=new.reported_at,
        outage_scope=new.outage_scope,
        outage_started_at=new.outage_started_at,
        late_entry=new.late_entry,
        is_late_entry=new.late_entry is not None,
        now=now,
    )
    if broken:
        outcomes[index] = Invalid("order.invalid", _INVALID, fields=broken)
    return bool(broken)


async def _claim(session: Session, good: Sequence[tuple[int, NewOrder]], ids: Mapping[int, UUID]) -> dict[int, UUID]:
    """Return for each order the one that stands for it: itself, or the first with the same natural key."""
    wanted: dict[Key, UUID] = {}
    for i, new in good:
        if key := new.natural_key:
            wanted.setdefault(key, ids[i])
    free = await orders.claim_keys(session, wanted)
    holders = {key: wanted[key] for key in free}
    holders |= await orders.find_holders(session, wanted.keys() - free)
    return {i: holders[key] if (key := new.natural_key) else ids[i] for i, new in good}


async def _make(
    session: Session, new_orders: Sequence[NewOrder], ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, Order]:
    if not new_orders:
        return {}
    numbers, acceptance = await policies.start_receiving(session, len(new_orders))
    register = await customers.load_register(session, new_orders)
    day = f"{now.astimezone(SHANGHAI):%Y%m%d}"
    made: dict[UUID, Order] = {}
    for new, order_id, number in zip(new_orders, ids, numbers, strict=True):
        customer: Customer | None = register.find(new)
        order = receive(new, customer, order_id=order_id, order_no=order_number(day, number), now=now)
        if acceptance.takes(order):
            accept(order, at=_accepted_at(new, now), by="system", now=now)
        made[order_id] = order
    await orders.add_received(session, list(made.values()))
    metrics.count_received(session, list(made.values()))
    return made


def _accepted_at(new: NewOrder, now: datetime) -> datetime:
    """Automatic decisions are dated now; those on a late entry belong to its own time."""
    late = new.late_entry
    return (late.accepted_at or late.received_at) if late else now


def _received(order: Order, *, is_duplicate: bool) -> Received:
    return Received(
        order.id,
        order.order_no,
        order.national_order_no,
        order.status,
        order.received_at,
        order.accept_by,
        is_duplicate,
    )


def _known(row: Mapping[str, Any]) -> Received:
    return Received(**{**row, "status": Status(row["status"])}, is_duplicate=True)
