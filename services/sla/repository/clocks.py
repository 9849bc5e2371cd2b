"""Clocks in and out of their table, in sets: those of a batch's orders, and those whose alarm is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, func, select, tuple_, update

from services.sla.domain.clocks import ClockKey, ClockStatus
from services.sla.domain.verdicts import Clock
from services.sla.tables import clocks
from shared.db import Session
from shared.ids import first_id_at

UUID7 = 7
CLOCK_SKEW = timedelta(days=1)
"""How far the clocks of two machines that make ids may be apart, with a wide margin."""

COLUMNS = [column.name for column in clocks.columns]
_CHANGING = [name for name in COLUMNS if name not in ("id", "order_id", "promise", "layer", "subject")]
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_UPDATE = (
    update(clocks)
    .where(clocks.c.id == bindparam("row_id"))
    .values({name: bindparam(f"to_{name}") for name in _CHANGING})
)


async def lock_clocks(session: Session, order_ids: Collection[UUID]) -> dict[UUID, dict[ClockKey, Clock]]:
    """Return the clocks of some orders by order, locked in id order."""
    wanted = select(clocks).where(*_of_orders(order_ids)).order_by(clocks.c.id).with_for_update()
    found: dict[UUID, dict[ClockKey, Clock]] = {}
    for row in (await session.execute(wanted)).mappings():
        clock = read_clock(row)
        found.setdefault(clock.order_id, {})[clock.key] = clock
    return found


async def take_due(session: Session, *, now: datetime, most: int) -> list[Clock]:
    """Return up to `most` clocks whose alarm lies before `now`, earliest first, locked against every other process.

    `now` is a parameter and never `clock_timestamp()`, which PostgreSQL cannot use to bound an index scan.
    """
    due = (
        select(clocks)
        .where(clocks.c.next_alarm_at < now)
        .order_by(clocks.c.next_alarm_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [read_clock(row) for row in (await session.execute(due)).mappings()]


async def write_alarms(session: Session, spoken: Iterable[Clock], *, now: datetime) -> None:
    """Write what `Clock.run_out` and `Clock.warn` made of some clocks, in one statement for each of the two."""
    broken: list[UUID] = []
    warned: list[UUID] = []
    for clock in spoken:
        (broken if clock.status is ClockStatus.BREACHED else warned).append(clock.id)
    run_out = {"status": ClockStatus.BREACHED, "decided_at": clocks.c.due_at, "next_alarm_at": None}
    warn = {"warned_at": now, "next_alarm_at": clocks.c.due_alarm_at}
    for ids, change in ((broken, run_out), (warned, warn)):
        if ids:
            await session.execute(update(clocks).where(clocks.c.id == any_(_IDS)).values(change), {"ids": ids})


async def insert_clocks(session: Session, opened: Iterable[Clock]) -> None:
    """Write new clocks."""
    await session.copy(clocks, COLUMNS, [tuple(getattr(clock, name) for name in COLUMNS) for clock in opened])


async def update_clocks(session: Session, changed: Sequence[Clock]) -> None:
    """Write changed clocks, in id order."""
    if changed:
        await session.execute(_UPDATE, [_change(clock) for clock in sorted(changed, key=lambda clock: clock.id)])


async def list_clocks_of(session: Session, order_id: UUID) -> list[Clock]:
    """List the clocks of one order, in the order in which they started."""
    wanted = select(clocks).where(*_of_orders([order_id])).order_by(clocks.c.started_at, clocks.c.promise)
    return [read_clock(row) for row in (await session.execute(wanted)).mappings()]


async def list_clocks(
    session: Session,
    *,
    status: ClockStatus,
    promise: str | None,
    due_before: datetime | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[Clock]:
    """List up to `most` clocks of one status, those due first first."""
    wanted = select(clocks).where(clocks.c.status == status)
    if promise:
        wanted = wanted.where(clocks.c.promise == promise)
    if due_before:
        wanted = wanted.where(clocks.c.due_at < due_before)
    if after:
        wanted = wanted.where(tuple_(clocks.c.due_at, clocks.c.id) > after)
    rows = await session.execute(wanted.order_by(clocks.c.due_at, clocks.c.id).limit(most))
    return [read_clock(row) for row in rows.mappings()]


async def count_open(session: Session) -> dict[str, int]:
    """Count the open clocks of each promise."""
    counted = (
        select(clocks.c.promise, func.count().label("open"))
        .where(clocks.c.status == ClockStatus.OPEN)
        .group_by(clocks.c.promise)
    )
    return {row.promise: row.open for row in await session.execute(counted)}


def read_clock(row: Mapping[Any, Any]) -> Clock:
    """Read a clock out of its row."""
    return Clock(**{**row, "status": ClockStatus(row["status"])})


def _of_orders(order_ids: Collection[UUID]) -> list[ColumnElement[bool]]:
    """Name the clocks of some orders. No clock is opened before its order, which keeps us out of the months before."""
    wanted: list[ColumnElement[bool]] = [clocks.c.order_id.in_(sorted(order_ids))]
    eldest = min(order_ids)
    if all(order_id.version == UUID7 for order_id in order_ids):
        wanted.append(clocks.c.id >= first_id_at(datetime.fromtimestamp((eldest.int >> 80) / 1000, UTC) - CLOCK_SKEW))
    return wanted


def _change(clock: Clock) -> dict[str, Any]:
    return {"row_id": clock.id, **{f"to_{name}": getattr(clock, name) for name in _CHANGING}}
