"""Who calls how often: one row for each contact, read by caller, and the view of those who call again and again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.intake.domain.duplicates import Contact
from services.intake.tables import caller_contacts
from shared.db import Session

COLUMNS = ("id", "order_id", "caller", "trail_id", "number", "received_at")

_LATEST = text(
    "SELECT wanted.caller, last.trail_id, last.number, last.received_at"
    " FROM unnest(CAST(:callers AS bigint[])) AS wanted(caller)"
    " CROSS JOIN LATERAL (SELECT trail_id, number, received_at FROM intake.caller_contacts c"
    " WHERE c.caller = wanted.caller ORDER BY received_at DESC, number DESC LIMIT 1) AS last"
)


async def find_latest(session: Session, callers: Collection[int]) -> dict[int, Contact]:
    """Return the latest contact of each of these callers who had one."""
    if not callers:
        return {}
    rows = await session.execute(_LATEST, {"callers": sorted(callers)})
    return {row.caller: Contact(row.trail_id, row.number, row.received_at) for row in rows}


async def add_contacts(session: Session, contacts: Sequence[tuple[UUID, UUID, int, Contact]]) -> None:
    """Write these contacts: the id of each, the order that it is on, its caller, and its place in the trail."""
    rows = [(id_, order_id, caller, c.trail_id, c.number, c.received_at) for id_, order_id, caller, c in contacts]
    await session.copy(caller_contacts, COLUMNS, rows)


_TRAILS = text(
    """
    WITH marked AS (
        SELECT id, order_id, caller, received_at,
               received_at - lag(received_at) OVER again > CAST(:pause AS interval) AS is_after_pause
        FROM intake.caller_contacts WHERE received_at >= :start AND received_at < :end
        WINDOW again AS (PARTITION BY caller ORDER BY received_at, id)
    ), numbered AS (
        SELECT id, order_id, caller, received_at,
               count(*) FILTER (WHERE is_after_pause) OVER (PARTITION BY caller ORDER BY received_at, id) AS trail
        FROM marked
    ), trails AS (
        SELECT caller, trail, count(*) AS contact_count, min(received_at) AS first_at, max(received_at) AS last_at,
               (array_agg(order_id ORDER BY received_at DESC, id DESC))[1:CAST(:shown AS int)] AS order_ids
        FROM numbered GROUP BY caller, trail HAVING count(*) >= :least
    )
    SELECT * FROM trails
    WHERE CAST(:before_at AS timestamptz) IS NULL
       OR (last_at, caller) < (CAST(:before_at AS timestamptz), CAST(:before_caller AS bigint))
    ORDER BY last_at DESC, caller DESC LIMIT :most
    """
)
_SHOWN = text(
    """
    SELECT o.id, o.order_no, o.business_type, o.status, o.received_at, o.customer_no, o.caller_name, o.caller_phone,
           l.lead_order_id
    FROM intake.orders o LEFT JOIN intake.order_links l ON l.order_id = o.id
    WHERE o.id = ANY(CAST(:ids AS uuid[])) AND o.business_type <> 'misconduct_report'
    """
)


async def list_trails(
    session: Session,
    *,
    start: datetime,
    end: datetime,
    pause: timedelta,
    least: int,
    shown: int,
    before: tuple[datetime, int] | None,
    most: int,
) -> list[Mapping[str, Any]]:
    """Return the trails of at least `least` contacts in a period, the latest first, with their newest orders' ids."""
    parameters = {
        "start": start,
        "end": end,
        "pause": pause,
        "least": least,
        "shown": shown,
        "before_at": before[0] if before else None,
        "before_caller": before[1] if before else None,
        "most": most,
    }
    return [dict(row) for row in (await session.execute(_TRAILS, parameters)).mappings()]


async def load_shown(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what the view shows of these orders."""
    if not ids:
        return {}
    rows = (await session.execute(_SHOWN, {"ids": sorted(ids)})).mappings()
    return {row["id"]: dict(row) for row in rows}
