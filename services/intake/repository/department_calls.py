"""Calls to the departments of complaints, the policy of telling, and complaints that nobody phoned about in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from services.intake.domain.complaint_telling import CallsSoFar, DepartmentCall, TellingPolicy
from services.intake.domain.notifying import NotifiedRole
from services.intake.tables import IS_OPEN, department_calls
from shared.db import Session

COMPLAINT_TELLING = "complaint_telling"
LOOKED_BACK = timedelta(days=7)
"""An alarm that nobody could give for so long, the system being down, has become history."""

_POLICY = text(
    "SELECT value FROM intake.policies WHERE name = 'complaint_telling' AND valid_from <= :now"
    " ORDER BY valid_from DESC LIMIT 1"
)


async def load_policy(session: Session) -> TellingPolicy:
    """Return how complaints are told now."""
    value: dict[str, Any] | None = (await session.execute(_POLICY, {"now": session.now})).scalar()
    if value is None:
        return TellingPolicy()
    return TellingPolicy(
        roles=tuple(NotifiedRole(role) for role in value["roles"]),
        calls_before_roles=value["calls_before_roles"],
        call_within=timedelta(minutes=value["call_within_minutes"]),
        track_within=timedelta(hours=value["track_within_hours"]),
    )


async def load_calls(session: Session, order_id: UUID, unit: str) -> CallsSoFar:
    """Return what was tried before for this order and unit. The order must be locked."""
    t = department_calls.c
    statement = select(
        func.count().filter(t.is_reached.is_(False)).label("in_vain"),
        func.coalesce(func.bool_or(t.is_roles_told), False).label("is_roles_told"),
    ).where(t.order_id == order_id, t.unit == unit)
    row = (await session.execute(statement)).one()
    return CallsSoFar(row.in_vain, row.is_roles_told)


async def add_call(session: Session, order_id: UUID, call: DepartmentCall, *, is_roles_told: bool, by: str) -> None:
    """Write one call."""
    row = {
        "id": call.id,
        "order_id": order_id,
        "unit": call.unit,
        "spoke_with": call.spoke_with,
        "is_reached": call.is_reached,
        "note": call.note,
        "called_at": call.called_at,
        "called_by": by,
        "is_roles_told": is_roles_told,
    }
    await session.execute(department_calls.insert().values(row))


async def list_calls(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return the calls about an order, oldest first."""
    t = department_calls
    statement = select(t).where(t.c.order_id == order_id).order_by(t.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


_UNTOLD = text(
    "SELECT o.id, o.station_code, o.order_no FROM intake.orders o"  # noqa: S608 - our own words
    f" WHERE o.business_type = 'complaint' AND o.{IS_OPEN} AND NOT o.is_late_entry"
    " AND o.accepted_at > :after AND o.accepted_at < :before"
    " AND NOT EXISTS (SELECT FROM intake.department_calls c WHERE c.order_id = o.id)"
    " AND NOT EXISTS (SELECT FROM intake.notifications n"
    "  WHERE n.order_id = o.id AND n.kind = 'complaint_call_missing')"
    " ORDER BY o.id LIMIT :most FOR NO KEY UPDATE OF o SKIP LOCKED"
)


async def take_untold(session: Session, policy: TellingPolicy, *, most: int) -> list[Any]:
    """Return accepted complaints that nobody has phoned about in time, locked, and not told of before."""
    before = session.now - policy.call_within
    parameters = {"after": before - LOOKED_BACK, "before": before, "most": most}
    return list((await session.execute(_UNTOLD, parameters)).all())
