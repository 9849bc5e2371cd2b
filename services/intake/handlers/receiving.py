"""Receiving orders: one set-based use case for a single call and for five hundred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import metrics
from services.intake.domain.addresses import Village
from services.intake.domain.customers import Customer
from services.intake.domain.duplicates import Link, LinkKind, Report, link_as_consultation, report_new
from services.intake.domain.lifecycle import Status
from services.intake.domain.new_order import NewOrder, find_broken_rules, order_number
from services.intake.domain.order import Order
from services.intake.domain.receiving import AutomaticAcceptance, receive, settle
from services.intake.handlers import customer_care, misconduct, places
from services.intake.handlers.duplicates import is_recognised, link_reports, urge_complaints, write_links
from services.intake.handlers.repeat_callers import count_contacts
from services.intake.handlers.taking import find_unknown_codes
from services.intake.repository import orders, takings
from services.intake.repository.orders import Key
from services.intake.repository.receiving import begin_receiving
from shared.clock import SHANGHAI
from shared.db import Session
from shared.errors import Conflict, Invalid, Text
from shared.glossary import BusinessType
from shared.ids import new_id

_INVALID = Text("工单内容不符合要求，未受理", "the order breaks the rules below and was not received")


@dataclass(frozen=True, slots=True)
class Received:
    """An order that stands in the books, now or since before (`is_duplicate`: nothing new was made of the call).

    `link`: what it is about, if that is known already. `ask`: the places that its address may mean, if several.
    """

    id: UUID
    order_no: str
    national_order_no: str | None
    status: Status
    received_at: datetime
    accept_by: datetime | None
    is_duplicate: bool = False
    link: Link | None = None
    ask: tuple[Village, ...] = ()


Outcome = Received | Invalid | Conflict


async def receive_orders(session: Session, new_orders: Sequence[NewOrder], *, now: datetime) -> list[Outcome]:
    """Receive a set of orders, each on its own merits; return what became of each, in their order.

    A natural key that is known answers its first order again; a bad order is refused with every rule that it breaks
    (requirements 003-015, 000-076), one whose place nobody can tell with the question to ask. What is about something
    known is linked to it (003-025); what is complete and in our area is accepted at once. A handful of statements,
    whatever the number.
    """
    outcomes: dict[int, Outcome] = {}
    good = [(i, new) for i, new in enumerate(new_orders) if not _refuse(outcomes, i, new, now)]
    unknown = await find_unknown_codes(session, good)
    outcomes |= {i: Invalid("order.invalid", _INVALID, fields=fields) for i, fields in unknown.items()}
    good = [(i, new) for i, new in good if i not in unknown]
    unclear = await places.find_ambiguous(session, dict(good))
    outcomes |= {i: question for i, new in good if i in unclear and (question := places.ask(new, unclear[i]))}
    good = [(i, new) for i, new in good if i not in outcomes]
    ids = {i: new_id() for i, _ in good}
    first_of = await _claim(session, good, ids)
    fresh = [(i, new) for i, new in good if first_of[i] == ids[i]]
    made = await _make(session, [(ids[i], new) for i, new in fresh], now=now)
    known = await orders.describe_briefly(session, {first_of[i] for i, _ in good} - made.orders.keys())
    for i, _ in good:
        order_id = first_of[i]
        received = made.say(order_id, is_first=order_id == ids[i]) or _known(known[order_id])
        outcomes[i] = replace(received, ask=tuple(unclear[i])) if i in unclear else received
    return [outcomes[i] for i in range(len(new_orders))]


def _refuse(outcomes: dict[int, Outcome], index: int, new: NewOrder, now: datetime) -> bool:
    broken = find_broken_rules(new, now=now)
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


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of fresh orders, by their ids: made, or an open complaint urged in their place; and their links."""

    orders: dict[UUID, Order] = field(default_factory=dict)
    urged: dict[UUID, Order] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)

    def say(self, order_id: UUID, *, is_first: bool) -> Received | None:
        """Return what stands for an order of this set, or None if it is not of this set."""
        order = self.orders.get(order_id) or self.urged.get(order_id)
        if order is None:
            return None
        is_duplicate = not is_first or order_id in self.urged
        return replace(_received(order, is_duplicate=is_duplicate), link=self.links.get(order_id))


async def _make(session: Session, fresh: Sequence[tuple[UUID, NewOrder]], *, now: datetime) -> _Made:
    if not fresh:
        return _Made()
    beginning = await begin_receiving(session, [new for _, new in fresh])
    acceptance, policy = beginning.acceptance, beginning.duplicates
    day = f"{now.astimezone(SHANGHAI):%Y%m%d}"
    who = {order_id: beginning.register.find(new) for order_id, new in fresh}
    reports = {
        order_id: report_new(new, who[order_id], order_id=order_id, order_no=order_number(day, number), now=now)
        for (order_id, new), number in zip(fresh, beginning.numbers, strict=True)
    }
    looked_at = [reports[order_id] for order_id, new in fresh if is_recognised(new)]
    links, known = await link_reports(session, looked_at, policy, now=now)
    urges = {order_id: new for order_id, new in fresh if order_id in links and links[order_id].kind is LinkKind.URGE}
    made = _Made(links=links)
    for order_id, new in fresh:
        if order_id not in urges:
            _make_one(made, new, who[order_id], acceptance, report=reports[order_id], now=now)
    made.urged.update(await urge_complaints(session, urges, links, made.orders, now=now))
    for order_id in [i for i in urges if i not in made.urged]:
        del made.links[order_id]
        _make_one(made, urges[order_id], who[order_id], acceptance, report=reports[order_id], now=now)
    await _write(session, made, fresh, who, now=now)
    if policy.is_enabled:
        on = {order_id: (made.urged.get(order_id) or made.orders[order_id]).id for order_id, _ in fresh}
        contacts = [(reports[order_id], new.channel, on[order_id]) for order_id, new in fresh]
        await count_contacts(session, contacts, policy, known)
    return made


def _make_one(
    made: _Made,
    new: NewOrder,
    customer: Customer | None,
    acceptance: AutomaticAcceptance,
    *,
    report: Report,
    now: datetime,
) -> None:
    link = made.links.get(report.id)
    if link is not None and link.kind is LinkKind.CONSULTATION:
        new = replace(new, business_type=BusinessType.CONSULTATION)
        order = receive(new, customer, order_id=report.id, order_no=report.order_no, now=now)
        link_as_consultation(order, link, at=now, by="system")
    else:
        order = receive(new, customer, order_id=report.id, order_no=report.order_no, now=now)
        settle(order, new, acceptance, same_outage_as=_lead_of(link, made), now=now)
    made.orders[report.id] = order


def _lead_of(link: Link | None, made: _Made) -> UUID | None:
    """Return the accepted order whose outage a child's is: dispatch joins them, and knows of no other."""
    if link is None:
        return None
    lead = made.orders.get(link.lead.id)
    is_accepted = lead.accepted_at is not None if lead else link.lead.is_accepted
    return link.lead.id if is_accepted else None


async def _write(
    session: Session,
    made: _Made,
    fresh: Sequence[tuple[UUID, NewOrder]],
    who: Mapping[UUID, Customer | None],
    *,
    now: datetime,
) -> None:
    """Write the orders that were made, and what else is known of each."""
    received = list(made.orders.values())
    await orders.add_received(session, received)
    await takings.add_taken(session, [(made.orders[i], new) for i, new in fresh if i in made.orders])
    await write_links(session, [(order, made.links[order.id]) for order in received if order.id in made.links])
    await customer_care.tell_of_orders(session, [(order, who[order.id]) for order in received], now=now)
    await misconduct.tell_supervision(session, received, now=now)
    metrics.count_received(session, received)


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
