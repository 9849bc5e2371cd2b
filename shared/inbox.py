"""The way in: each event of the bus takes effect once, in order per key, or waits where everybody can see it.

A batch is one transaction: the ids are remembered, the reactions run, their own events are written, all or nothing;
then the bus is told. When a batch fails, its events go one by one; the one that cannot go is *parked* with its key,
and later events of that key wait behind it while other orders go on (`shared/parking.py`).
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy import ARRAY, Column, DateTime, MetaData, Table, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from shared.backoff import Backoff
from shared.bus import Batch, Message, Subscriber
from shared.clock import Clock
from shared.db import Database, Session
from shared.errors import RelightError
from shared.events import REGISTRY, Event, Fact, from_message
from shared.parking import Line, NotYet, Parked, Parking
from shared.telemetry import EVENTS_CONSUMED, reason_of

log = structlog.get_logger()

MOST = 500
POISON_LIMIT = 20
"""So many dead letters with no success between them mean that we are broken, not they: the consumer stops, loudly."""

Reaction = Callable[..., Awaitable[None]]
"""`async def on_<event>(session, fact, *, now)`."""

Prefetch = Callable[[Session, Sequence[Fact[Event]]], Awaitable[None]]


@dataclass(frozen=True)
class Listening:
    """What one service listens to: its reactions by event, and how to load what a batch will touch in one go."""

    reactions: Mapping[type[Event], Reaction] = field(default_factory=dict)
    prefetch: Prefetch | None = None

    @property
    def topics(self) -> list[str]:
        """The contexts that the service hears."""
        return sorted({event.topic for event in self.reactions})


def inbox_table(metadata: MetaData) -> Table:
    """Declare a service's memory of the events that took effect here."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("type", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False, index=True),
    )


class Inbox:
    """One service's consumer: takes batches from the bus, and retries what is parked."""

    def __init__(
        self, *, group: str, database: Database, table: Table, parking: Parking, listening: Listening, clock: Clock
    ) -> None:
        self.group = group
        self.is_stopped_by_poison = False
        self.last_progress = time.monotonic()
        """When a batch last had its effect, or none was waiting; the machine's own seconds."""
        self._database = database
        self._table = table
        self._remembering = _remembering(table)
        self._parking = parking
        self._listening = listening
        self._clock = clock
        self._dead_in_a_row = 0
        self._has_parked = asyncio.Event()
        self._backoff = Backoff(first=timedelta(milliseconds=100), longest=timedelta(seconds=30))

    async def run(self, subscriber: Subscriber) -> None:
        """Take batches until cancelled or poisoned; what fails for want of a database or broker is fetched again."""
        failures = 0
        while not self.is_stopped_by_poison:
            batch = Batch(())
            try:
                batch = await subscriber.fetch(most=MOST, wait=timedelta(seconds=1))
                if batch:
                    await self.take(batch.messages)
                    await subscriber.acknowledge(batch)
                else:
                    self.last_progress = time.monotonic()
                failures = 0
            except asyncio.CancelledError:
                raise
            except Exception as error:
                failures += 1
                log.warning("inbox.interrupted", group=self.group, error=reason_of(error), exc_info=True)
                await self._give_back(subscriber, batch)
                await asyncio.sleep(self._backoff.pause(failures).total_seconds())
        log.critical("inbox.stopped_by_poison", group=self.group, dead_in_a_row=self._dead_in_a_row)

    async def _give_back(self, subscriber: Subscriber, batch: Batch) -> None:
        try:
            if batch:
                await subscriber.rewind(batch)
        except RelightError as error:
            log.warning("inbox.rewind_failed", group=self.group, error=reason_of(error))

    async def take(self, messages: Sequence[Message]) -> None:
        """Give each message that concerns us its effect, once; after this they may be acknowledged.

        What nobody can read is buried where it stands, so that it neither overtakes nor is overtaken.
        """
        facts: list[Fact[Event]] = []
        for message in _in_causal_order(messages):
            if REGISTRY.get(message.type) not in self._listening.reactions:
                continue  # a listener ignores what it does not know
            try:
                facts.append(from_message(message))
            except ValidationError as error:
                await self._take_facts(facts)
                facts = []
                await self._bury(message, error)
        await self._take_facts(facts)
        self.last_progress = time.monotonic()

    async def _take_facts(self, facts: Sequence[Fact[Event]]) -> None:
        if not facts:
            return
        try:
            await self._apply(facts)
        except Exception as error:
            log.info("inbox.batch_split", group=self.group, size=len(facts), error=reason_of(error))
            for fact in facts:
                await self._apply_or_park(fact)

    async def retry_forever(self) -> None:
        """Try parked events again when their time has come, until cancelled."""
        while not self.is_stopped_by_poison:
            self._has_parked.clear()
            try:
                pause = await self.retry_due()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("inbox.retry_interrupted", group=self.group, error=reason_of(error))
                pause = timedelta(seconds=1)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._has_parked.wait(), pause.total_seconds())

    async def retry_due(self) -> timedelta:
        """Try each line whose first event is due; return how long to wait before looking again."""
        while (pause := await self._retry_line()) is None:
            pass
        return pause

    async def _retry_line(self) -> timedelta | None:
        """Try one line that is due, all of it or else its first event alone; if none is, return when one will be."""
        async with self._database.transaction(now=self._clock.now()) as session:
            line = await self._parking.next_line_due(session, most=MOST)
            if not line:
                return await self._parking.time_to_next(session)
            if len(line) == 1 or await self._try_again(session, line):
                first = line[:1]
                if error := await self._try_again(session, first):
                    self._count_dead(await self._parking.failed(session, first[0], error=error))
        return None

    async def _try_again(self, session: Session, line: Sequence[Parked]) -> Exception | None:
        """Give parked events their effect, all or none; return what went wrong."""
        try:
            async with session.connection.begin_nested():
                facts = [from_message(parked.message) for parked in line]
                fresh = await self._remember(session, facts)
                await self._prefetch(session, fresh)
                for fact in fresh:
                    await self._react(session, fact)
                await session.flush()
        except Exception as error:
            session.forget()
            return error
        await self._parking.done(session, line)
        self._dead_in_a_row = 0
        for fact in facts:
            self._count(fact, "retried")
        return None

    async def _apply(self, facts: Sequence[Fact[Event]]) -> None:
        now = self._clock.now()
        async with self._database.transaction(now=now) as session:
            fresh = await self._remember(session, facts)
            waiting_keys = await self._parking.keys_waiting(session, {_line_of(f) for f in fresh})
            going, behind = await self._react_in_turn(session, fresh, waiting_keys)
            if behind:
                await self._forget(session, behind)
        if behind:
            self._has_parked.set()
        for fact in going:
            self._count(fact, "applied")
        if going:
            self._dead_in_a_row = 0

    async def _react_in_turn(
        self, session: Session, facts: Sequence[Fact[Event]], waiting_keys: set[Line]
    ) -> tuple[list[Fact[Event]], list[Fact[Event]]]:
        """Run the reactions of the facts whose key is free; park the others. Return both lists."""
        await self._prefetch(session, [f for f in facts if _line_of(f) not in waiting_keys])
        going: list[Fact[Event]] = []
        behind: list[Fact[Event]] = []
        for fact in facts:
            line = _line_of(fact)
            if line in waiting_keys:
                await self._parking.park_behind(session, [fact])
                behind.append(fact)
                continue
            try:
                await self._react(session, fact)
                going.append(fact)
            except NotYet as error:
                # Raised before anything was touched, so the rest of the batch can stand.
                await self._parking.park(session, fact, error=error)
                self._count(fact, "parked")
                waiting_keys.add(line)
                behind.append(fact)
        return going, behind

    async def _apply_or_park(self, fact: Fact[Event]) -> None:
        try:
            await self._apply([fact])
        except Exception as error:
            if not isinstance(error, NotYet):
                reason = reason_of(error)
                log.warning("inbox.parked", group=self.group, type=fact.event.name, id=str(fact.id), error=reason)
            async with self._database.transaction(now=self._clock.now()) as session:
                await self._parking.park(session, fact, error=error)
            self._has_parked.set()
            self._count(fact, "parked")

    async def _prefetch(self, session: Session, facts: Sequence[Fact[Event]]) -> None:
        if facts and self._listening.prefetch:
            await self._listening.prefetch(session, facts)

    async def _react(self, session: Session, fact: Fact[Event]) -> None:
        session.trace = fact.trace
        await self._listening.reactions[type(fact.event)](session, fact, now=session.now)

    async def _remember(self, session: Session, facts: Sequence[Fact[Event]]) -> list[Fact[Event]]:
        """Note the ids as seen and return those that are seen for the first time."""
        seen = {"ids": [f.id for f in facts], "types": [f.event.name for f in facts], "taken_at": session.now}
        fresh: set[UUID] = set((await session.execute(self._remembering, seen)).scalars())
        first: list[Fact[Event]] = []
        for fact in facts:
            if fact.id in fresh:
                fresh.remove(fact.id)
                first.append(fact)
            else:
                self._count(fact, "duplicate")
        return first

    async def _forget(self, session: Session, facts: Sequence[Fact[Event]]) -> None:
        ids = [f.id for f in facts]
        await session.execute(self._table.delete().where(self._table.c.event_id.in_(ids)))

    async def _bury(self, message: Message, error: Exception) -> None:
        async with self._database.transaction(now=self._clock.now()) as session:
            await self._parking.bury(session, message, error=error)
        self._count_dead(True)

    def _count(self, fact: Fact[Any], outcome: str) -> None:
        EVENTS_CONSUMED.labels(self.group, fact.event.name, outcome).inc()

    def _count_dead(self, is_dead: bool) -> None:
        if is_dead:
            self._dead_in_a_row += 1
            self.is_stopped_by_poison = self._dead_in_a_row >= POISON_LIMIT


def _remembering(table: Table) -> ReturningInsert[Any]:
    """Write the statement that notes ids, as arrays: it is the same, and prepared once, for batches of every size."""
    ids, types = bindparam("ids", type_=ARRAY(Uuid)), bindparam("types", type_=ARRAY(Text))
    seen = func.unnest(ids, types).table_valued("event_id", "type").render_derived()
    rows = select(seen.c.event_id, seen.c.type, bindparam("taken_at", type_=DateTime(timezone=True)))
    noted = insert(table).from_select(["event_id", "type", "taken_at"], rows)
    return noted.on_conflict_do_nothing().returning(table.c.event_id)


def _line_of(fact: Fact[Event]) -> Line:
    """Name the line that a fact stands in: order holds per key within a topic; what it waits for comes by another."""
    return fact.event.topic, str(fact.event.order_id)


def _in_causal_order(messages: Sequence[Message]) -> list[Message]:
    """Weave the topics of one batch by the time at which each event was recorded; within a topic nothing moves.

    What answers an event is recorded after it, so causes come before effects as far as the batch goes; `NotYet` covers
    the rest.
    """
    by_topic = sorted(messages, key=lambda m: m.topic)
    streams = [list(group) for _, group in groupby(by_topic, key=lambda m: m.topic)]
    return list(heapq.merge(*streams, key=lambda m: m.recorded_at))
