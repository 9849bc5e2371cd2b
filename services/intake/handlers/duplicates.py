"""What a set of fresh orders is about: each one new, or beside one that is known. Two statements where all are new."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.domain.duplicates import (
    Alike,
    Basis,
    Contact,
    DuplicatePolicy,
    Link,
    LinkKind,
    Match,
    Report,
    keys_of,
    leads_of,
    link_as_consultation,
    looks_of,
    make_link,
    rank_alike,
    recognise,
    recognise_complaint,
    tell_progress,
)
from services.intake.domain.lifecycle import Status
from services.intake.domain.matters import Matter, MatterKind, MatterSource, note_matter
from services.intake.domain.new_order import NewOrder
from services.intake.domain.order import Happening, Order
from services.intake.domain.receiving import accept
from services.intake.domain.visibility import can_see
from services.intake.repository import alike, duplicates, orders, policies
from services.intake.repository.matters import add_matters, count_each
from services.intake.repository.orders import ORDERS
from services.intake.repository.timeline import TIMELINE
from shared.auth import Actor
from shared.db import Session
from shared.errors import Conflict, Text
from shared.glossary import BusinessType, Channel

SOURCES = {
    Channel.CITY_HOTLINE: MatterSource.CITY_HOTLINE,
    Channel.REGULATOR_HOTLINE: MatterSource.REGULATOR_HOTLINE,
}
FORGOTTEN_AT_ONCE = 5_000

_CANNOT_LEAD = Text(
    "该工单不能作为主单（{lead_order_id}）：不是等待送电的报修，或本身已关联其他工单",
    "no order can be linked to {lead_order_id}: it is no repair that waits for light, or is linked itself",
)

_NATIONAL = Text(
    "国网工单 {order_no} 须以其自身编号答复国网，不能转为咨询关联其他工单；重复派发请由调度并入同一事件",
    "{order_no} came from the national platform, which wants an answer under that number: it becomes no consultation",
)


def is_recognised(new: NewOrder) -> bool:
    """Say whether an order is looked at: not what is entered late, which was told apart in its own time, not what was
    settled on the phone, and nobody who reports misconduct.
    """
    if new.is_late_entry or new.business_type is BusinessType.MISCONDUCT_REPORT:
        return False
    return new.taking is None or new.taking.phone_resolution is None


async def link_reports(
    session: Session, reports: Sequence[Report], policy: DuplicatePolicy, *, now: datetime
) -> tuple[dict[UUID, Link], dict[int, Contact]]:
    """Return what each of these fresh reports is linked to, if to anything, and the latest contact of their callers.

    Until the commit nobody else may decide on the same keys, so of sixteen calls about one new fault one is new.
    """
    if not policy.is_enabled or not reports:
        return {}, {}
    keys = {report.id: _keys(report) for report in reports}
    held = await duplicates.hold_keys(
        session,
        duplicates.first_holders((report, keys[report.id].held) for report in reports),
        looks={key for one in keys.values() for key in one.looked_at},
    )
    known = {report.id: report for report in reports}
    known |= await duplicates.load_reports(session, set(held.leaders.values()) - known.keys())
    leaders = dict(held.leaders)
    matches = _match_each(reports, keys, leaders, known, policy, now=now)
    await duplicates.pass_on(session, {key: to for key, to in leaders.items() if held.leaders[key] != to})
    return await _count(session, matches, fresh={report.id for report in reports}), held.contacts


class _Keys(NamedTuple):
    """Under which keys a report is found, under which else it looks, and under which it leads if it is new."""

    held: Sequence[int]
    looked_at: Sequence[int]
    leading: Sequence[int]


def _keys(report: Report) -> _Keys:
    held = keys_of(report)
    return _Keys(held, looks_of(report), leads_of(report, held))


def _match_each(
    reports: Iterable[Report],
    keys: Mapping[UUID, _Keys],
    leaders: dict[int, UUID],
    known: Mapping[UUID, Report],
    policy: DuplicatePolicy,
    *,
    now: datetime,
) -> dict[UUID, Match]:
    """Match the reports one after another; `leaders` says afterwards who leads under each key."""
    matches: dict[UUID, Match] = {}
    for report in reports:
        held, looked_at, leading = keys[report.id]
        candidates = {leaders[key] for key in (*held, *looked_at) if key in leaders} - {report.id}
        found = [known[i] for i in candidates if i in known]
        match = _match(report, found, policy, now=now) if found else None
        if match is not None:
            matches[report.id] = match
        _lead_from_now_on(report, leading, match, leaders, known)
    return matches


def _match(report: Report, found: Sequence[Report], policy: DuplicatePolicy, *, now: datetime) -> Match | None:
    if report.business_type is BusinessType.FAULT_REPAIR:
        return recognise(report, found, policy, now=now)
    if report.business_type is BusinessType.COMPLAINT and not report.is_national:
        return recognise_complaint(report, found)
    return None


def _lead_from_now_on(
    report: Report,
    keys: Sequence[int],
    match: Match | None,
    leaders: dict[int, UUID],
    known: Mapping[UUID, Report],
) -> None:
    """What is new leads under all these keys, a child under those that found nobody."""
    for key in keys:
        is_free = leaders[key] == report.id or not (leader := known.get(leaders[key])) or not leader.is_in_the_dark
        if match is None or (match.kind is LinkKind.CHILD and is_free):
            leaders[key] = report.id
        elif leaders[key] == report.id:
            leaders[key] = match.lead.id


async def _count(session: Session, matches: Mapping[UUID, Match], *, fresh: set[UUID]) -> dict[UUID, Link]:
    if not matches:
        return {}
    leads = {match.lead.id for match in matches.values()}
    calls = dict.fromkeys(leads, 1) | await duplicates.count_calls(session, leads - fresh)
    links: dict[UUID, Link] = {}
    for order_id, match in matches.items():
        calls[match.lead.id] += 1
        links[order_id] = make_link(match, call_count=calls[match.lead.id])
    return links


async def write_links(session: Session, linked: Sequence[tuple[Order, Link]], *, by: str | None = None) -> None:
    """Write what these orders are linked to, by whom, and on the lead order's timeline that somebody called again."""
    if not linked:
        return
    await duplicates.add_links(session, [(order.id, link, by or order.first_responder) for order, link in linked])
    for order, link in linked:
        data = {"order_id": str(order.id), "kind": link.kind, "basis": link.basis, "call_count": link.call_count}
        line = Happening("call-repeated", order.received_at, order.first_responder, json.dumps(data))
        TIMELINE.add(session, link.lead.id, [line])


async def urge_complaints(
    session: Session,
    urges: Mapping[UUID, NewOrder],
    links: Mapping[UUID, Link],
    made: Mapping[UUID, Order],
    *,
    now: datetime,
) -> dict[UUID, Order]:
    """Put urges on the open complaints that these new ones repeat (003-033), under the new ones' ids.

    Return what each urged, without those whose complaint is over by now. Three statements, whatever the number; the
    complaints are locked in id order. `made`: complaints of the same set, which are not in the books yet.
    """
    leads = {links[order_id].lead.id for order_id in urges}
    await ORDERS.prefetch(session, leads - made.keys())
    said: dict[UUID, tuple[Order, Matter]] = {}
    for order_id, new in urges.items():
        lead_id = links[order_id].lead.id
        order = made.get(lead_id) or await ORDERS.find(session, lead_id)
        if order is not None and not order.is_over:
            said[order_id] = (order, _urge(order_id, new, order))
    if not said:
        return {}
    written = await add_matters(session, [(order.id, urge, urges[i].taken_by) for i, (order, urge) in said.items()])
    counts = await count_each(session, {order.id for order, _ in said.values()}, MatterKind.URGE)
    left = Counter(order.id for order, urge in said.values() if urge.id in written)
    for order_id, (order, urge) in said.items():
        if urge.id in written:
            left[order.id] -= 1
            note_matter(order, urge, count=counts[order.id] - left[order.id], by=urges[order_id].taken_by, now=now)
    for order in {order.id: order for order, _ in said.values() if order.id not in made}.values():
        orders.save(session, order)
    return {order_id: order for order_id, (order, _) in said.items()}


def _urge(matter_id: UUID, new: NewOrder, order: Order) -> Matter:
    return Matter(
        id=matter_id,
        kind=MatterKind.URGE,
        source=SOURCES.get(new.channel, MatterSource.CUSTOMER),
        text=new.content,
        said_at=max(new.reported_at, order.reported_at),
    )


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What is about an order, how often somebody called about it, and what whoever calls next is told."""

    report: Report
    call_count: int
    told: Text
    link: Mapping[str, Any] | None
    linked: list[dict[str, Any]]


async def find_duplicates(session: Session, order_id: UUID, *, actor: Actor) -> Duplicates:
    """Return what is known of an order's repetitions; raises NotFound, also for what the caller may not see."""
    found = await _get_visible(session, order_id, actor)
    link = await duplicates.find_link(session, order_id)
    about = found
    if link is not None and link["kind"] != LinkKind.CHILD:
        about = (await duplicates.load_reports(session, [link["lead_order_id"]]))[link["lead_order_id"]]
    calls = await duplicates.count_calls(session, [order_id])
    linked = await duplicates.list_linked(session, order_id)
    return Duplicates(about, calls[order_id], tell_progress(about), link, linked)


async def find_alike(session: Session, order_id: UUID, *, actor: Actor) -> list[Alike]:
    """Return the open repairs that may be about an order's place and are not linked with it, the nearest first.

    For a person, who asks and then links (`link_by_desk`) or does not; nothing is linked by it. Raises NotFound, also
    for what the caller may not see.
    """
    report = await _get_visible(session, order_id, actor)
    within = (await policies.get_duplicates(session)).same_outage_within
    family = await duplicates.find_family(session, report)
    candidates = await alike.find_candidates(session, report, family, within=within)
    return rank_alike(report, (await duplicates.load_reports(session, candidates)).values(), within=within)


async def _get_visible(session: Session, order_id: UUID, actor: Actor) -> Report:
    found = (await duplicates.load_reports(session, [order_id])).get(order_id)
    if found is None or not can_see(actor.roles, found.business_type):
        raise orders.missing(order_id)
    return found


async def link_by_desk(
    session: Session, order_id: UUID, lead_id: UUID, reason: str, *, now: datetime, actor: Actor
) -> tuple[Order, Link]:
    """Let a person say that a repair only repeats another: it becomes a consultation beside it.

    Raises NotFound for either, Conflict for an order of the platform, one that was assessed already, or a lead that
    cannot lead. Both are locked before the lead is looked at: two orders linked to each other at once would both end,
    and nobody would be sent.
    """
    await ORDERS.prefetch(session, {order_id, lead_id})
    order = await ORDERS.get(session, order_id)
    if order.is_national:
        raise Conflict("order.is_national", _NATIONAL, order_no=order.order_no)
    lead = (await duplicates.load_reports(session, [lead_id])).get(lead_id)
    if lead is None:
        raise orders.missing(lead_id)
    if lead_id == order_id or not lead.is_in_the_dark or await duplicates.find_link(session, lead_id):
        raise Conflict("order.cannot_lead", _CANNOT_LEAD, lead_order_id=str(lead_id))
    calls = await duplicates.count_calls(session, [lead_id])
    link = make_link(Match(LinkKind.CONSULTATION, lead, Basis.DESK), call_count=calls[lead_id] + 1)
    if order.status is Status.RECEIVED:
        accept(order, at=now, by=actor.id, now=now, needs_crew=False)
    link_as_consultation(order, link, at=now, by=actor.id, reason=reason)
    orders.save(session, order)
    await write_links(session, [(order, link)], by=actor.id)
    return order, link


async def forget_keys(session: Session, *, now: datetime) -> int:
    """Let go of keys that no report has touched for longer than any of them counts; return how many."""
    policy = await policies.get_duplicates(session)
    untouched = policy.same_customer_within + policy.same_outage_within
    return await duplicates.forget_keys(session, untouched_for=untouched, now=now, most=FORGOTTEN_AT_ONCE)
