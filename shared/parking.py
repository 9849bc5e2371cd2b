"""Where events wait that could not take effect: each with its key, its reason and its next try.

A parked line is tried again with growing pauses, all of it or else its first event; those behind wait their turn.
After the last try it is a *dead letter*: it stays, and its key with it, until somebody replays or drops it
(`relight dead-letters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    and_,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from shared.backoff import Backoff
from shared.bus import Message
from shared.db import Session
from shared.errors import Conflict
from shared.errors import Text as Words
from shared.events import Event, Fact, to_message
from shared.telemetry import reason_of

log = structlog.get_logger()

Line = tuple[str, str]
"""A topic and a key in it: the bus keeps their events in order, and so do we."""

TRIES = 12
"""With the pauses below the last try comes about two minutes after the first failure."""

PATIENT_TRIES = 120
"""What only came before its cause is waited for about an hour: the cause itself may be parked, or its topic behind."""

LOOK_AT_MOST_EVERY, LOOK_AT_LEAST_EVERY = timedelta(milliseconds=100), timedelta(seconds=2)
"""How often the parked lines are looked at, with and without one that is due; whoever parks one has us look at once."""


class NotYet(Conflict):
    """An event came before the one that it builds on (from another topic): it waits a moment behind its key."""

    def __init__(self, what: str) -> None:
        sentence = Words("前置事件尚未到达：{what}", "came before what it builds on: {what}")
        super().__init__("event.too_early", sentence, what=what)


def parking_table(metadata: MetaData) -> Table:
    """Declare a service's parked events. `position` keeps the order of each key."""
    table = Table(
        "parked_events",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("id", Uuid, nullable=False),
        Column("topic", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("trace", Text, nullable=False, server_default=""),
        Column("parked_at", DateTime(timezone=True), nullable=False),
        Column("tries", Integer, nullable=False, server_default="0"),
        Column("next_try_at", DateTime(timezone=True)),
        Column("died_at", DateTime(timezone=True)),
        Column("reason", Text, nullable=False, server_default=""),
    )
    Index("parked_events_key", table.c.key, table.c.position)
    Index("parked_events_id", table.c.id, unique=True)
    return table


@dataclass(frozen=True)
class Parked:
    """One parked event and how often it was tried."""

    position: int
    message: Message
    tries: int
    reason: str
    is_dead: bool


class Parking:
    """The parked events of one service."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._backoff = Backoff(first=timedelta(milliseconds=100), longest=timedelta(seconds=30))

    async def keys_waiting(self, session: Session, lines: set[Line]) -> set[Line]:
        """Return those of `lines` that have an event parked."""
        if not lines:
            return set()
        t = self.table
        statement = select(t.c.topic, t.c.key).where(t.c.key.in_({key for _, key in lines})).distinct()
        return {(row.topic, row.key) for row in await session.execute(statement)} & lines

    async def park(self, session: Session, fact: Fact[Event], *, error: Exception) -> None:
        """Park an event that failed for the first time."""
        pause = self._backoff.pause(1)
        row = self._row(session, to_message(fact))
        again = {"tries": 1, "reason": reason_of(error), "next_try_at": func.now() + pause}
        await self._insert(session, [{**row, **again}])

    async def park_behind(self, session: Session, facts: Sequence[Fact[Event]]) -> None:
        """Let events wait behind an earlier one of their key."""
        await self._insert(
            session,
            [{**self._row(session, to_message(f)), "next_try_at": func.now(), "tries": 0, "reason": ""} for f in facts],
        )

    async def bury(self, session: Session, message: Message, *, error: Exception) -> None:
        """Make a dead letter at once of what nobody can read."""
        row = self._row(session, message)
        await self._insert(
            session, [{**row, "died_at": session.now, "tries": 1, "reason": reason_of(error), "next_try_at": None}]
        )

    async def next_line_due(self, session: Session, *, most: int) -> list[Parked]:
        """Return a line whose first event is due, in its order, up to `most`; it is locked against other processes."""
        t = self.table
        first = select(func.min(t.c.position)).group_by(t.c.topic, t.c.key).scalar_subquery()
        is_due = and_(t.c.position.in_(first), t.c.died_at.is_(None), t.c.next_try_at <= func.now())
        due = select(t.c.topic, t.c.key).where(is_due).order_by(t.c.position).limit(1).with_for_update(skip_locked=True)
        found = (await session.execute(due)).first()
        if found is None:
            return []
        same_line = and_(t.c.topic == found.topic, t.c.key == found.key)
        line = select(t).where(same_line).order_by(t.c.position).limit(most)
        parked = [_parked(row) for row in (await session.execute(line)).mappings()]
        return list(takewhile(lambda one: not one.is_dead, parked))  # what stands behind a dead letter waits for it

    async def time_to_next(self, session: Session) -> timedelta:
        """Return how long it is until the first parked event is due, `LOOK_AT_LEAST_EVERY` at the most."""
        t = self.table
        first = select(func.min(t.c.position)).group_by(t.c.topic, t.c.key).scalar_subquery()
        soonest = select(func.min(t.c.next_try_at) - func.now()).where(t.c.position.in_(first), t.c.died_at.is_(None))
        wait: timedelta | None = (await session.execute(soonest)).scalar_one()
        # A line in another process's hands is due all the time: that is no reason to ask all the time.
        return LOOK_AT_LEAST_EVERY if wait is None else min(max(wait, LOOK_AT_MOST_EVERY), LOOK_AT_LEAST_EVERY)

    async def done(self, session: Session, line: Sequence[Parked]) -> None:
        """Take parked events off: they had their effect."""
        await session.execute(delete(self.table).where(self.table.c.position.in_([parked.position for parked in line])))

    async def failed(self, session: Session, parked: Parked, *, error: Exception) -> bool:
        """Note another failure; return whether that was the last try, so that it is a dead letter now."""
        tries = parked.tries + 1
        is_dead = tries >= (PATIENT_TRIES if isinstance(error, NotYet) else TRIES)
        changes = {
            "tries": tries,
            "reason": reason_of(error),
            "next_try_at": None if is_dead else func.now() + self._backoff.pause(tries),
            "died_at": session.now if is_dead else None,
        }
        await session.execute(update(self.table).where(self.table.c.position == parked.position).values(changes))
        if is_dead:
            log.error("inbox.dead_letter", type=parked.message.type, id=str(parked.message.id), reason=reason_of(error))
        return is_dead

    async def list_dead(self, session: Session, *, most: int = 100) -> list[Parked]:
        """List dead letters, oldest first."""
        statement = (
            select(self.table).where(self.table.c.died_at.is_not(None)).order_by(self.table.c.position).limit(most)
        )
        return [_parked(row) for row in (await session.execute(statement)).mappings()]

    async def count_dead(self, session: Session) -> int:
        """Count the dead letters."""
        statement = select(func.count()).select_from(self.table).where(self.table.c.died_at.is_not(None))
        return int((await session.execute(statement)).scalar_one())

    async def count_waiting(self, session: Session) -> int:
        """Count everything that is parked, dead or waiting."""
        return int((await session.execute(select(func.count()).select_from(self.table))).scalar_one())

    async def find(self, session: Session, position: int) -> Parked | None:
        """Return one parked event by its number, or None."""
        row = (await session.execute(select(self.table).where(self.table.c.position == position))).mappings().first()
        return _parked(row) if row else None

    async def replay(self, session: Session, position: int) -> None:
        """Give a dead letter all its tries again, from now on."""
        fresh = {"tries": 0, "died_at": None, "next_try_at": func.now()}
        await session.execute(update(self.table).where(self.table.c.position == position).values(fresh))

    async def drop(self, session: Session, position: int) -> None:
        """Take a dead letter off without effect; those behind it go on."""
        await session.execute(delete(self.table).where(self.table.c.position == position))

    def _row(self, session: Session, message: Message) -> dict[str, Any]:
        return {
            "id": message.id,
            "topic": message.topic,
            "type": message.type,
            "key": message.key,
            "occurred_at": message.occurred_at,
            "recorded_at": message.recorded_at,
            "data": message.data,
            "trace": message.trace,
            "parked_at": session.now,
        }

    async def _insert(self, session: Session, rows: list[dict[str, Any]]) -> None:
        # Pauses are the database's own time: a demonstration's clock would run out of tries in a second.
        # The same event may come again before its first copy had its effect: one waits, that is enough.
        await session.execute(insert(self.table).values(rows).on_conflict_do_nothing(index_elements=["id"]))


def _parked(row: Any) -> Parked:
    message = Message(
        id=row["id"],
        topic=row["topic"],
        type=row["type"],
        key=row["key"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        data=row["data"],
        trace=row["trace"],
    )
    return Parked(row["position"], message, row["tries"], row["reason"], row["died_at"] is not None)
