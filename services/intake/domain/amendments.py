"""Correcting a time on an order: with a reason and a name, never over what stood there (lifecycles 3.1, last line)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.closing import ATTEMPT
from services.intake.domain.handling.record import HANDLED_ORDER, OF_REPLY, Handling
from services.intake.domain.new_order import accept_by
from services.intake.domain.order import Order
from services.intake.domain.times import REQUIRED_ORDER, check_moment, out_of_order
from shared.errors import Conflict, Text
from shared.events.intake import TimeAmended
from shared.glossary import BusinessType

BESIDE: Sequence[tuple[str, str]] = (
    ("outage_started_at", "reported_at"),
    ("arrived_at", "arrival_recorded_at"),
    ("accepted_at", "answered_at"),
)
"""Pairs of times that stand beside the required order: the first is never after the second."""

AMENDABLE = tuple(dict.fromkeys([*REQUIRED_ORDER, *HANDLED_ORDER, *(name for pair in BESIDE for name in pair)]))
"""Every time that a person may correct. When we learned of something (`recorded_at`) is none of them."""

_OF_ONE_ROUND = frozenset({*ATTEMPT, *OF_REPLY, "contacted_at", "investigation_started_at"})

ON_BOTH = {"reply_drafted_at": "replied_at", "city_reviewed_at": "reviewed_at"}
"""Times of a handling that stand on its order too, for lists."""

_NOT_THERE = Text("工单上没有 {field}，无可更正", "the order has no {field} to amend")
_CHANGED = Text("{field} 现为 {stands}，与所填原值不同", "{field} is {stands}, not what was given as old")
_THE_SAME = Text("新值与原值相同", "it says that already")


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """A correction as it stands in the books."""

    id: UUID
    field: str
    old: datetime
    new: datetime
    reason: str


def amend(
    order: Order,
    handling: Handling | None,
    field: str,
    *,
    old: datetime | None,
    new: datetime,
    reason: str,
    amendment_id: UUID,
    by: str,
    now: datetime,
) -> Amendment:
    """Put another time in the place of one that was wrong; return what was done.

    Raises Conflict when there is no such time, or it is not `old`; Invalid naming the pair that would be out of order.
    """
    holder = _holder(order, handling, field)
    stands: datetime | None = getattr(holder, field)
    if stands is None:
        raise Conflict("amendment.nothing_there", _NOT_THERE, field=field)
    if old is not None and old != stands:
        raise Conflict("amendment.other_value", _CHANGED, field=field, stands=stands.isoformat())
    if new == stands:
        raise Conflict("amendment.no_change", _THE_SAME)
    _check(order, handling, field, stands, new, now=now)
    setattr(holder, field, new)
    _keep_both(order, handling, field, new)
    if field == "received_at":
        order.accept_by = accept_by(order.business_type, new)
    made = Amendment(id=amendment_id, field=field, old=stands, new=new, reason=reason)
    _say(order, made, by=by, now=now)
    return made


def _say(order: Order, made: Amendment, *, by: str, now: datetime) -> None:
    event = TimeAmended(
        order_id=order.id,
        amendment_id=made.id,
        field=made.field,
        old=made.old,
        new=made.new,
        amended_at=now,
        reason=made.reason,
        by=by,
    )
    order.say(event, occurred_at=now, actor=by)


def _keep_both(order: Order, handling: Handling | None, field: str, new: datetime) -> None:
    if handling is None:
        return
    if field in ON_BOTH:
        setattr(order, ON_BOTH[field], new)
    if field == "sent_at" and handling.submitted_at is not None:
        handling.submitted_at = new


def _chain(order: Order) -> Sequence[str]:
    return REQUIRED_ORDER if order.business_type is BusinessType.FAULT_REPAIR else HANDLED_ORDER


def _holder(order: Order, handling: Handling | None, field: str) -> Order | Handling:
    is_beside = any(field in pair for pair in BESIDE)
    if field in _chain(order) or is_beside:
        if handling is not None and hasattr(handling, field):
            return handling
        if hasattr(order, field):
            return order
    raise Conflict("amendment.nothing_there", _NOT_THERE, field=field)


def _check(
    order: Order, handling: Handling | None, field: str, stands: datetime, new: datetime, *, now: datetime
) -> None:
    """Refuse what breaks a pair that was in order; what the field told out of order may be mended bit by bit."""
    check_moment(field, new, (), now=now)
    for earlier, later in _pairs_with(order, field):
        other_name = later if field == earlier else earlier
        other: datetime | None = _known(order, handling, other_name)
        if other is None:
            continue
        is_broken = new > other if field == earlier else new < other
        was_broken = stands > other if field == earlier else stands < other
        if is_broken and not was_broken:
            raise out_of_order(earlier, later, field=field)


def _pairs_with(order: Order, field: str) -> Iterator[tuple[str, str]]:
    chain = _chain(order)
    if field in chain:
        place = chain.index(field)
        yield from ((earlier, field) for earlier in chain[:place])
        yield from ((field, later) for later in chain[place + 1 :])
    yield from (pair for pair in BESIDE if field in pair)
    if field in _OF_ONE_ROUND:
        yield "went_out_at", field


def _known(order: Order, handling: Handling | None, name: str) -> datetime | None:
    holder = handling if handling is not None and hasattr(handling, name) else order
    known: datetime | None = getattr(holder, name, None)
    return known
