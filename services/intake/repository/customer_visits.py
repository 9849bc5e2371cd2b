"""Visits at the doors of those who need care, and who is waiting for one (requirement 000-011)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from services.intake.tables import customer_visits, policies
from shared.db import Session
from shared.glossary import SpecialNeed
from shared.ids import new_id

VISIT_EVERY = "visit_every"


async def add_visit(session: Session, customer_no: str, *, visited_at: datetime, visitor: str, findings: str) -> UUID:
    """Write down a visit; return its id."""
    row = {
        "id": new_id(),
        "customer_no": customer_no,
        "visited_at": visited_at,
        "visitor": visitor,
        "findings": findings,
        "recorded_at": session.now,
    }
    await session.execute(insert(customer_visits).values(row))
    return UUID(str(row["id"]))


async def read_visit_every(session: Session) -> dict[str, int]:
    """Return after how many days each kind of need is to be visited again, as the policy in force says."""
    statement = (
        select(policies.c.value)
        .where(policies.c.name == VISIT_EVERY, policies.c.valid_from <= session.now)
        .order_by(policies.c.valid_from.desc())
        .limit(1)
    )
    found: Mapping[str, int] = (await session.execute(statement)).scalar_one()
    return {str(need): int(found[need]) for need in SpecialNeed if need in found}


_DUE = text(
    "SELECT c.customer_no, c.name, c.phone, c.address, c.special_need, c.station_code, v.visited_at,"
    " coalesce(v.visited_at + make_interval(days => w.days), c.updated_at) AS due_at"
    " FROM unnest(CAST(:needs AS text[]), CAST(:days AS int[])) AS w(need, days)"
    " JOIN intake.customers c ON c.special_need = w.need AND c.special_need <> 'none'"
    " LEFT JOIN LATERAL (SELECT max(visited_at) AS visited_at FROM intake.customer_visits"
    "  WHERE customer_no = c.customer_no) v ON true"
    " WHERE coalesce(v.visited_at + make_interval(days => w.days), c.updated_at) <= :now"
    " AND (CAST(:station AS text) IS NULL OR c.station_code = :station)"
    " AND c.customer_no > :after ORDER BY c.customer_no LIMIT :most"
)


async def list_due(
    session: Session, every: Mapping[str, int], *, station_code: str | None, after: str, most: int
) -> list[dict[str, Any]]:
    """Return whom somebody has to visit by now, by customer number; never visited is due at once."""
    parameters = {
        "needs": list(every),
        "days": list(every.values()),
        "now": session.now,
        "station": station_code,
        "after": after,
        "most": most,
    }
    return [dict(row) for row in (await session.execute(_DUE, parameters)).mappings()]
