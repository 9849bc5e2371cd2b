"""What is open now: which incident covers what, which tasks crews have, which orders wait, which ids were answered.

Small tables, written in sets. `lock_crews` is taken by whoever is about to send or free a crew, right before the
commit: one at a time, so that two orders never get one crew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, false, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.dispatch import tables
from services.dispatch.domain.assignment import LADDER
from services.dispatch.domain.crews import Crew
from services.dispatch.domain.incidents import Incident
from services.dispatch.domain.orders import LAST_IMPORTANT, JobOrder
from shared.db import Session
from shared.glossary import Tier

NEWS = "relight_dispatch_tasks"
"""The channel on which a commit tells whose task list changed."""

_LOCK_KEYS = text("SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(CAST(:keys AS text[])) AS k")
_LOCK_CREWS = text("SELECT pg_advisory_xact_lock(hashtextextended('relight dispatch crews', 0))")


async def lock_keys(session: Session, keys: Iterable[str]) -> None:
    """Hold parts of the grid until the end of the transaction, in one order everywhere so that nobody deadlocks."""
    wanted = sorted(set(keys))
    if wanted:
        await session.execute(_LOCK_KEYS, {"keys": wanted})


async def find_keys(session: Session, incident_ids: Collection[UUID]) -> set[str]:
    """Return the parts of the grid that some incidents cover; they never change."""
    if not incident_ids:
        return set()
    t = tables.incidents
    rows = await session.execute(select(t.c["keys"]).where(t.c.id.in_(incident_ids)))
    return {key for keys in rows.scalars() for key in keys}


async def lock_crews(session: Session) -> None:
    """Be the only one who sends or frees crews until the end of the transaction."""
    await session.execute(_LOCK_CREWS)


async def find_open_outages(session: Session, keys: Collection[str]) -> dict[str, tuple[UUID, datetime]]:
    """Return the open incident, and when it opened, of each part of the grid that has one."""
    if not keys:
        return {}
    t = tables.outage_keys
    rows = await session.execute(select(t.c.key, t.c.incident_id, t.c.opened_at).where(t.c.key.in_(keys)))
    return {row.key: (row.incident_id, row.opened_at) for row in rows}


async def hold_keys(session: Session, incidents: Iterable[Incident]) -> None:
    """Let open incidents hold their parts of the grid; what an older, stale incident held passes on."""
    rows = {
        key: {"key": key, "incident_id": i.id, "opened_at": i.opened_at} for i in incidents for key in sorted(i.keys)
    }
    if rows:
        new = insert(tables.outage_keys)
        taken = {"incident_id": new.excluded.incident_id, "opened_at": new.excluded.opened_at}
        statement = new.on_conflict_do_update(index_elements=["key"], set_=taken)
        await session.execute(statement, [rows[key] for key in sorted(rows)])


async def release_keys(session: Session, incident_ids: Collection[UUID]) -> None:
    """Let closed incidents go of their parts of the grid."""
    if incident_ids:
        t = tables.outage_keys
        await session.execute(delete(t).where(t.c.incident_id.in_(incident_ids)))


async def find_followers(session: Session, incident_ids: Collection[UUID]) -> set[UUID]:
    """Return the orders that follow the main orders of some outages; they stay the same while these are locked."""
    if not incident_ids:
        return set()
    t = tables.job_orders
    statement = select(t.c.id).where(t.c.incident_id.in_(incident_ids), t.c.status == "child")
    return set((await session.execute(statement)).scalars())


@dataclass(frozen=True)
class Place:
    """Where an order lies: what has to be known of it before it can be locked in its turn."""

    order_id: UUID
    incident_id: UUID | None
    transformer_area: str | None
    feeder: str | None


async def find_places(session: Session, order_ids: Collection[UUID]) -> list[Place]:
    """Return where those orders lie that are known here, without locking them."""
    t = tables.job_orders
    columns = (t.c.id, t.c.incident_id, t.c.transformer_area, t.c.feeder)
    rows = await session.execute(select(*columns).where(t.c.id.in_(order_ids)))
    return [Place(row.id, row.incident_id, row.transformer_area, row.feeder) for row in rows]


@dataclass(frozen=True)
class OpenTask:
    """A task that a crew has now. `is_occupying`: the crew is not ready for another one meanwhile."""

    task_id: UUID
    crew_code: str
    is_occupying: bool
    is_automatic: bool


async def open_tasks(session: Session, opened: Sequence[OpenTask]) -> None:
    """Give tasks to their crews."""
    if opened:
        rows = [vars(o) for o in opened]
        await session.execute(insert(tables.open_tasks).on_conflict_do_nothing(index_elements=["task_id"]), rows)


async def close_tasks(session: Session, task_ids: Collection[UUID]) -> list[str]:
    """Take tasks off their crews and return the crews that are freer now."""
    if not task_ids:
        return []
    t = tables.open_tasks
    statement = delete(t).where(t.c.task_id.in_(task_ids)).returning(t.c.crew_code, t.c.is_occupying)
    return sorted({row.crew_code for row in await session.execute(statement) if row.is_occupying})


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: 0 before 9, then who waits the longest. Nobody is sent before `waiting_since`."""

    priority: int
    waiting_since: datetime


async def wait_in_queue(session: Session, orders: Iterable[JobOrder], turns: Mapping[UUID, Turn]) -> None:
    """Let orders wait for a crew; those that wait already keep their turn."""
    rows = [{"order_id": o.id, "owner_code": o.owner_code, **vars(turns[o.id])} for o in orders]
    if rows:
        await session.execute(insert(tables.waiting_orders).on_conflict_do_nothing(index_elements=["order_id"]), rows)


async def leave_queue(session: Session, order_ids: Collection[UUID]) -> None:
    """Let orders wait no longer."""
    if order_ids:
        t = tables.waiting_orders
        await session.execute(delete(t).where(t.c.order_id.in_(order_ids)))


async def raise_priority(session: Session, urgent: Mapping[UUID, int]) -> None:
    """Let orders that wait come earlier: somebody whose turn comes first waits with them (000-008)."""
    w = tables.waiting_orders
    for order_id, priority in sorted(urgent.items()):
        earlier = update(w).where(w.c.order_id == order_id, w.c.priority > priority)
        await session.execute(earlier.values(priority=priority))


async def is_anybody_waiting(session: Session) -> bool:
    """Say whether any order waits for a crew."""
    return (await session.execute(select(tables.waiting_orders.c.order_id).limit(1))).first() is not None


async def next_waiting(session: Session, *, ready: Collection[Crew], each: int, after: int = 0) -> dict[UUID, Turn]:
    """Return whose turn it is: important customers first, then the longest wait (000-008).

    Only orders that one of the `ready` crews may serve, of its own station or a neighbour's: `each` at most of a
    station and a tier, past the first `after`, so that neither the queue of one valley nor faults for which nobody has
    the hands hide the others. They are locked; one that somebody else is changing right now is passed over.
    """
    w, j = tables.waiting_orders, tables.job_orders
    is_urgent = w.c.priority <= LAST_IMPORTANT
    tier = case((is_urgent, Tier.STATION_ALLIANCE), else_=func.coalesce(j.c.tier, Tier.STATION_CREW)).label("tier")
    turn = (w.c.priority, w.c.waiting_since, w.c.order_id)
    place = func.row_number().over(partition_by=(w.c.owner_code, tier), order_by=turn).label("place")
    may_be_served = or_(*(and_(tier == need, _served_from(stations)) for need, stations in _hands(ready).items()))
    waiting = select(*turn, place).join(j, j.c.id == w.c.order_id).where(may_be_served).subquery()
    page = select(waiting).where(waiting.c.place > after, waiting.c.place <= after + each)
    rows = await session.execute(page.order_by(waiting.c.priority, waiting.c.waiting_since, waiting.c.order_id))
    turns = {row.order_id: Turn(row.priority, row.waiting_since) for row in rows}
    if not turns:
        return {}
    free = select(j.c.id).where(j.c.id.in_(turns)).with_for_update(skip_locked=True)
    locked = set((await session.execute(free)).scalars())
    return {order_id: turn for order_id, turn in turns.items() if order_id in locked}


def _hands(ready: Collection[Crew]) -> dict[Tier, set[str]]:
    """Name, for each tier that an order may need, the stations from which somebody could go."""
    return {need: {c.station_code for c in ready if c.tier in ladder} for need, ladder in LADDER.items()}


def _served_from(stations: Collection[str]) -> ColumnElement[bool]:
    w, s = tables.waiting_orders, tables.stations
    codes = list(stations)
    if not codes:
        return false()
    owners = select(s.c.code).where(or_(s.c.code.in_(codes), s.c.neighbours.overlap(codes)))
    return or_(w.c.owner_code.in_(owners), w.c.owner_code.is_(None))


async def find_answered(session: Session, asked_by: str, ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Return what was answered to those of `ids` that came before."""
    t = tables.answered_ids
    rows = (await session.execute(select(t).where(t.c.asked_by == asked_by, t.c.id.in_(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


async def note_answered(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember answers; raises IntegrityError if the same id is being answered by somebody else at this moment."""
    if rows:
        await session.execute(insert(tables.answered_ids), list(rows))


async def tell_crews(session: Session, crew_codes: Collection[str]) -> None:
    """Wake those who watch these crews' task lists, wherever they run, once the transaction is committed."""
    if crew_codes:
        chunk = ""
        for code in sorted(crew_codes):
            if len(chunk) + len(code) > _LONGEST_NEWS:
                await session.execute(_TELL, {"news": chunk})
                chunk = ""
            chunk += f"{code}\n"
        await session.execute(_TELL, {"news": chunk})


_TELL = text(f"SELECT pg_notify('{NEWS}', :news)")
_LONGEST_NEWS = 1_500
