"""Where a report finds what it may be about: keys written and held in sets, links, and what stands beside an order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, text

from services.intake.domain.duplicates import Contact, Link, Report
from services.intake.domain.lifecycle import OVER, Status
from services.intake.domain.matters import MatterKind
from services.intake.tables import matters, order_links, orders
from shared.db import Session
from shared.glossary import BusinessType, OutageScope

_HOLD = (
    "WITH held AS (INSERT INTO intake.report_keys AS k (key, order_id, touched_at)"
    " SELECT wanted.key, wanted.id, $3 FROM unnest($1::bigint[], $2::uuid[]) AS wanted(key, id)"
    " ON CONFLICT (key) DO UPDATE SET touched_at = excluded.touched_at RETURNING k.key, k.order_id)"
    " SELECT held.key, held.order_id, last.trail_id, last.number, last.received_at FROM held"
    " LEFT JOIN LATERAL (SELECT c.trail_id, c.number, c.received_at FROM intake.caller_contacts c"
    " WHERE c.caller = held.key ORDER BY c.received_at DESC, c.number DESC LIMIT 1) AS last ON true"
    " UNION ALL SELECT key, order_id, NULL, NULL, NULL FROM intake.report_keys"
    " WHERE key = ANY($4::bigint[])"
)
_PASS_ON = text(
    "UPDATE intake.report_keys AS k SET order_id = passed.id"
    " FROM unnest(CAST(:keys AS bigint[]), CAST(:ids AS uuid[])) AS passed(key, id) WHERE k.key = passed.key"
)


@dataclass(frozen=True, slots=True)
class Held:
    """Keys that this transaction holds: who leads under each, and the latest contact of those that are callers."""

    leaders: dict[int, UUID] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)


async def hold_keys(session: Session, wanted: Mapping[int, UUID], *, looks: Collection[int] = ()) -> Held:
    """Take these keys until the commit and return who leads under each: the order that did, or the one given.
    Of `looks` only return who leads, if anybody does.

    Taken in their order, so that two sets never wait for each other. One statement, because every order pays for it; a
    contact that another process commits while we wait for its key is not seen by it.
    """
    held = Held()
    if not wanted:
        return held
    keys = sorted(wanted)
    ids, others = [wanted[key] for key in keys], sorted(set(looks) - wanted.keys())
    for key, leader, trail_id, number, received_at in await session.fetch(_HOLD, keys, ids, session.now, others):
        held.leaders[key] = leader
        if trail_id is not None:
            held.contacts[key] = Contact(trail_id, number, received_at)
    return held


async def pass_on(session: Session, leaders: Mapping[int, UUID]) -> None:
    """Let other orders lead under these keys, which this transaction holds."""
    if leaders:
        keys = sorted(leaders)
        await session.execute(_PASS_ON, {"keys": keys, "ids": [leaders[key] for key in keys]})


_o = orders.alias("o")
_m = orders.alias("m")
_is_main = _m.c.id == func.coalesce(_o.c.main_order_id, _o.c.id)

_REPORTS = select(
    _o.c.id,
    _o.c.order_no,
    _o.c.business_type,
    _o.c.customer_no,
    _o.c.caller_phone.label("phone"),
    _o.c.caller_address.label("address"),
    _o.c.transformer_area,
    _o.c.feeder,
    _o.c.outage_scope,
    _o.c.received_at,
    _o.c.national_order_no.is_not(None).label("is_national"),
    _o.c.status,
    _o.c.accepted_at.is_not(None).label("is_accepted"),
    _o.c.main_order_id,
    _m.c.status.label("main_status"),
    _m.c.estimated_restoration_at,
    func.coalesce(_o.c.power_restored_at, _m.c.power_restored_at).label("power_restored_at"),
    _m.c.departed_at,
    _m.c.arrived_at,
    _m.c.crew_code,
).join_from(_o, _m, _is_main)


async def load_reports(session: Session, ids: Collection[UUID]) -> dict[UUID, Report]:
    """Return these orders as recognition sees them, with how their main order stands."""
    if not ids:
        return {}
    rows = (await session.execute(_REPORTS.where(_o.c.id.in_(sorted(ids))))).mappings()
    return {row["id"]: _report(dict(row)) for row in rows}


def _report(row: dict[str, Any]) -> Report:
    scope = row.pop("outage_scope")
    return Report(
        business_type=BusinessType(row.pop("business_type")),
        outage_scope=OutageScope(scope) if scope else None,
        status=Status(row.pop("status")),
        main_status=Status(row.pop("main_status")),
        **row,
    )


LINK_COLUMNS = ("order_id", "lead_order_id", "kind", "basis", "told", "linked_at", "linked_by")


async def add_links(session: Session, linked: Sequence[tuple[UUID, Link, str]]) -> None:
    """Write what these orders are linked to, and by whom; nothing for what made no order."""
    rows = [
        (order_id, link.lead.id, link.kind, link.basis, link.told.zh, session.now, by) for order_id, link, by in linked
    ]
    await session.copy(order_links, LINK_COLUMNS, rows)


async def count_calls(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many calls there were about each of these orders: its own, linked ones, and urges."""
    if not lead_ids:
        return {}
    ids = sorted(lead_ids)
    linked = select(order_links.c.lead_order_id.label("id"), func.count().label("calls")).where(
        order_links.c.lead_order_id.in_(ids)
    )
    urged = select(matters.c.order_id.label("id"), func.count().label("calls")).where(
        matters.c.order_id.in_(ids), matters.c.kind == literal(str(MatterKind.URGE))
    )
    counted = linked.group_by(order_links.c.lead_order_id).union_all(urged.group_by(matters.c.order_id))
    calls = dict.fromkeys(ids, 1)
    for row in await session.execute(counted):
        calls[row.id] += row.calls
    return calls


async def find_link(session: Session, order_id: UUID) -> Mapping[str, Any] | None:
    """Return what an order is linked to, or None."""
    row = (await session.execute(select(order_links).where(order_links.c.order_id == order_id))).mappings().first()
    return dict(row) if row else None


async def find_family(session: Session, report: Report) -> set[UUID]:
    """Return an order, the one that it is linked to or follows, and which one that follows."""
    family = {report.id, report.main_order_id}
    if link := await find_link(session, report.id):
        family.add(link["lead_order_id"])
        family.update(lead.main_order_id for lead in (await load_reports(session, [link["lead_order_id"]])).values())
    return {order_id for order_id in family if order_id is not None}


async def describe_repetition(session: Session, order_id: UUID) -> dict[str, Any]:
    """Return how often somebody called about an order, and which one told of the same first."""
    link = await find_link(session, order_id)
    calls = await count_calls(session, [order_id])
    return {"call_count": calls[order_id], "duplicate_of": link["lead_order_id"] if link else None}


async def list_linked(session: Session, lead_id: UUID) -> list[dict[str, Any]]:
    """Return the orders linked to one, oldest first."""
    t = order_links.c
    statement = (
        select(t.order_id, orders.c.order_no, orders.c.status, t.kind, t.basis, t.linked_at)
        .join_from(order_links, orders, orders.c.id == t.order_id)
        .where(t.lead_order_id == lead_id)
        .order_by(t.order_id)
    )
    return [dict(row) for row in (await session.execute(statement)).mappings()]


_FORGET = text(
    "DELETE FROM intake.report_keys WHERE key IN"
    " (SELECT k.key FROM intake.report_keys k WHERE k.touched_at < :before AND NOT EXISTS"
    " (SELECT 1 FROM intake.orders o WHERE o.id = k.order_id AND o.business_type = :complaint"
    " AND o.status <> ALL(CAST(:over AS text[])))"
    " LIMIT :most FOR UPDATE SKIP LOCKED)"
)


async def forget_keys(session: Session, *, untouched_for: timedelta, now: datetime, most: int) -> int:
    """Let go of at most so many keys that nobody touched for long; return how many.

    Those under which an open complaint leads stay: it is urged however old it is (003-033).
    """
    kept = {"complaint": str(BusinessType.COMPLAINT), "over": sorted(map(str, OVER))}
    result = await session.execute(_FORGET, {"before": now - untouched_for, "most": most, **kept})
    return result.rowcount


def first_holders(reports: Iterable[tuple[Report, Sequence[int]]]) -> dict[int, UUID]:
    """Return for each key the first of these reports that has it."""
    holders: dict[int, UUID] = {}
    for report, keys in reports:
        for key in keys:
            holders.setdefault(key, report.id)
    return holders
