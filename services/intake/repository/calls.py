"""Calls in and out of their table, and the flags of callers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, false, not_, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.calls import Call, CallerFlag, Disposition, as_unlinked
from services.intake.repository.desk_log import DESK_LOG
from services.intake.repository.visibility import visible_to
from services.intake.tables import WAITS_FOR_RING_BACK, caller_flags, calls, orders, service_requests
from shared.auth import Actor
from shared.db import Session
from shared.errors import NotFound, Text
from shared.ids import new_id
from shared.store import Store

_MISSING = Text("没有这条通话记录", "there is no such call")

COLUMNS = tuple(column.name for column in calls.columns)
FIXED = ("caller_phone", "first_agent", "rang_at", "answered_at", "recorded_at")


def _from_row(row: Mapping[str, Any]) -> Call:
    values = dict(row)
    if values["disposition"] is not None:
        values["disposition"] = Disposition(values["disposition"])
    return Call(**values)


CALLS: Store[Call] = Store(
    calls,
    to_row=lambda call: {name: getattr(call, name) for name in COLUMNS},
    from_row=_from_row,
    missing=lambda _: NotFound("call.unknown", _MISSING),
    fixed=FIXED,
)


def add(session: Session, call: Call) -> None:
    """Write a new call and its log with this transaction."""
    CALLS.add(session, call)
    DESK_LOG.add(session, call)


def save(session: Session, call: Call) -> None:
    """Write a changed call and its log with this transaction."""
    CALLS.save(session, call)
    DESK_LOG.add(session, call)


async def get_row(session: Session, call_id: UUID, actor: Actor) -> tuple[dict[str, Any], bool]:
    """Return one call as `actor` may see it, not locked, and whether it is not as it stands; raises NotFound."""
    statement = select(calls, _is_withheld(actor).label("is_withheld")).where(calls.c.id == call_id)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("call.unknown", _MISSING)
    return _as_seen(dict(row)), row["is_withheld"]


async def list_calls(
    session: Session,
    filters: Mapping[str, Any],
    actor: Actor,
    *,
    waits_for_ring_back: bool,
    before: UUID | None,
    most: int,
) -> list[dict[str, Any]]:
    """Return calls as `actor` may see them, newest first, those before `before`; those that wait to be rung back only,
    if asked. A filter finds what is seen.
    """
    withheld = _is_withheld(actor)
    statement = select(calls, withheld.label("is_withheld")).order_by(calls.c.id.desc()).limit(most)
    seen = {"disposition": case((withheld & _MADE, Disposition.ANSWERED), else_=calls.c.disposition)}
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(seen.get(name, calls.c[name]) == value)
    if waits_for_ring_back:
        statement = statement.where(text(WAITS_FOR_RING_BACK))
    if before is not None:
        statement = statement.where(calls.c.id < before)
    return [_as_seen(dict(row)) for row in (await session.execute(statement)).mappings()]


_MADE = calls.c.disposition == Disposition.ORDER_MADE


def _is_withheld(actor: Actor) -> ColumnElement[bool]:
    """Say in SQL whether a call became an order that `actor` may not know of, and did not take themselves."""
    conditions = visible_to(actor)
    if not conditions:
        return false()
    is_visible = exists().where(orders.c.id == calls.c.order_id, *conditions)
    had_it = or_(calls.c.first_agent == actor.id, calls.c.agent == actor.id)
    return and_(calls.c.order_id.is_not(None), not_(is_visible), not_(had_it))


def _as_seen(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in COLUMNS}
    return as_unlinked(shown) if row["is_withheld"] else shown


async def find_unknown_links(session: Session, *, order_id: UUID | None, service_request_id: UUID | None) -> list[str]:
    """Name the links of a call that lead nowhere."""
    unknown: list[str] = []
    for name, table, key in (
        ("order_id", orders, order_id),
        ("service_request_id", service_requests, service_request_id),
    ):
        if key is not None and (await session.execute(select(table.c.id).where(table.c.id == key))).first() is None:
            unknown.append(name)
    return unknown


async def add_flag(session: Session, phone: str, flag: CallerFlag, *, reason: str, by: str) -> bool:
    """Flag a caller; say whether the flag is new."""
    row = {"id": new_id(), "phone": phone, "flag": flag, "reason": reason, "set_by": by, "set_at": session.now}
    statement = insert(caller_flags).values(row).on_conflict_do_nothing().returning(caller_flags.c.id)
    return (await session.execute(statement)).first() is not None


async def lift_flag(session: Session, phone: str, flag: CallerFlag, *, reason: str, by: str) -> bool:
    """Lift a caller's flag; say whether there was one. It stays on record."""
    statement = (
        update(caller_flags)
        .where(caller_flags.c.phone == phone, caller_flags.c.flag == flag, caller_flags.c.lifted_at.is_(None))
        .values(lifted_at=session.now, lifted_by=by, lift_reason=reason)
    )
    return (await session.execute(statement)).rowcount > 0


async def list_flags(session: Session, phones: Iterable[str]) -> dict[str, list[str]]:
    """Return the flags in force of these callers."""
    statement = select(caller_flags.c.phone, caller_flags.c.flag).where(
        caller_flags.c.phone.in_(set(phones)), caller_flags.c.lifted_at.is_(None)
    )
    found: dict[str, list[str]] = {}
    for row in await session.execute(statement.order_by(caller_flags.c.flag)):
        found.setdefault(row.phone, []).append(row.flag)
    return found
