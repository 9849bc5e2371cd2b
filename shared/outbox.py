"""The way out: events are rows of the transaction that made them true, and a relay carries them to the bus.

The relay takes *every row that is there*, never "rows after the last one": a transaction that took its number early and
committed late is still found. A row leaves only after the bus has made its event durable; a crash between the two
publishes it again, and the listeners' inboxes drop it. What was told stands on the bus's log; here stands what waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

import asyncpg
import structlog
from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, Uuid

from shared.aggregate import Told
from shared.backoff import Backoff
from shared.bus import Message, Publisher
from shared.db import KEEPALIVES, LOST, Session
from shared.ids import new_id
from shared.telemetry import OUTBOX_PENDING, reason_of

log = structlog.get_logger()

BATCH = 1_000
COLUMNS = ("id", "topic", "type", "key", "occurred_at", "recorded_at", "data", "trace")
PATIENCE = timedelta(seconds=15)
"""With one statement of the relay's own."""

HABITS = {**KEEPALIVES, "enable_seqscan": "off"}
"""The queue is mostly short and its table mostly dead rows: whoever reads it whole reads for nothing."""

COUNT_EVERY = timedelta(seconds=2)
COUNT_AT_MOST = 10_001
"""Whether ten thousand wait or ten million: the alarm is the same, the counting is not."""

GIVE_UP_AFTER = 5
"""Failures in a row after which the relay lets another process try: the broker may be away from us alone."""

LISTEN_AGAIN = timedelta(seconds=1)
"""How long the relay sleeps at most without being woken: the answer to a lost notification."""


@runtime_checkable
class InPlace(Protocol):
    """A publisher whose log lies in the outbox's own database: what is due goes over there, exactly once."""

    async def take_over(self, connection: asyncpg.Connection[asyncpg.Record], outbox: str, *, most: int) -> int:
        """Move up to `most` rows of `outbox` (`"schema"."table"`) onto the log; return how many."""
        ...


def outbox_table(metadata: MetaData) -> Table:
    """Declare a service's outbox. `position` is taken under the aggregate's lock, so it keeps the order of each key."""
    return Table(
        "outbox",
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
        # Rows come and go by the thousand: the dead are swept soon, or every look at the queue would step over them.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 5_000},
    )


class Outbox:
    """One service's outbox: writes rows with the transaction, and knows whom to wake after the commit."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.news = asyncio.Event()

    async def write(self, session: Session, told: Sequence[Told]) -> None:
        """Write the told events as rows of this transaction, in the order in which they were told."""
        now = session.now
        rows = [
            (
                new_id(),
                t.event.topic,
                t.event.name,
                str(t.event.order_id),
                t.occurred_at,
                now,
                t.event.model_dump_json().encode(),
                t.trace,
            )
            for t in told
        ]
        # The order of the rows is kept, so positions follow the order of telling.
        await session.copy(self.table, COLUMNS, rows)

    def wake(self) -> None:
        """Say that there is news; called after a commit."""
        self.news.set()


class Relay:
    """Carries one service's outbox to the bus; among all processes of the service one at a time does (advisory lock).

    Processes that do not hold the lock pass their wake-ups on by NOTIFY, so that news travels at once wherever it
    is made.
    """

    def __init__(self, *, service: str, dsn: str, schema: str, outbox: Outbox, publisher: Publisher) -> None:
        self.service = service
        self.is_carrying = False
        self._dsn = dsn
        self._rows = f'"{schema}"."outbox"'
        self._channel = f"relight_outbox_{service}"
        self._outbox = outbox
        self._publisher = publisher
        self._in_place = publisher if isinstance(publisher, InPlace) else None
        self._failures = 0
        self._count_again_at = 0.0
        self._backoff = Backoff(first=timedelta(milliseconds=100), longest=timedelta(seconds=30))

    async def run(self) -> None:
        """Carry until cancelled; a database or broker that is away is waited for, with growing pauses."""
        while True:
            try:
                connection = await asyncpg.connect(
                    self._dsn, timeout=10, command_timeout=PATIENCE.total_seconds(), server_settings=HABITS
                )
            except (OSError, asyncpg.PostgresError, TimeoutError) as error:
                await self._pause("relay.database_away", error)
                continue
            try:
                await self._serve(connection)
            except (OSError, *LOST, TimeoutError) as error:
                self._let_go(connection)  # before the pause: another process may be luckier
                await self._pause("relay.interrupted", error)
            finally:
                self._let_go(connection)

    def _let_go(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        if self.is_carrying:
            OUTBOX_PENDING.labels(self.service).set(0)  # whoever carries next says how many wait
        self.is_carrying = False
        connection.terminate()

    async def _serve(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        while True:
            if not self.is_carrying:
                await self._try_to_carry(connection)
            if self.is_carrying:
                try:
                    while await self._carry(connection):
                        pass
                    self._failures = 0
                    await self._count_pending_if_due(connection)
                except LOST:
                    raise
                except Exception as error:
                    # The broker is away: rows wait, nothing else stops.
                    if (self._failures + 1) % GIVE_UP_AFTER == 0:
                        self._let_go(connection)
                    await self._pause("relay.broker_away", error)
                    if connection.is_closed():
                        return
                    continue
            await self._wait_for_news(connection)

    async def _pause(self, what: str, error: Exception) -> None:
        self._failures += 1
        log.warning(what, service=self.service, error=reason_of(error))
        await asyncio.sleep(self._backoff.pause(self._failures).total_seconds())

    async def _try_to_carry(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self.is_carrying = await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", self._channel)
        if self.is_carrying:
            # Only the carrier listens: others would hear, and repeat, their own calls.
            await connection.add_listener(self._channel, lambda *_: self._outbox.wake())

    async def _wait_for_news(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        try:
            async with asyncio.timeout(LISTEN_AGAIN.total_seconds()):
                await self._outbox.news.wait()
            self._outbox.news.clear()
            if not self.is_carrying:
                await connection.execute("SELECT pg_notify($1, '')", self._channel)
        except TimeoutError:
            return

    async def _carry(self, connection: asyncpg.Connection[asyncpg.Record]) -> bool:
        """Carry what is due, up to a batch; return whether there may be more."""
        self._outbox.news.clear()
        if self._in_place:
            return await self._in_place.take_over(connection, self._rows, most=BATCH) == BATCH
        rows = await connection.fetch(
            f"SELECT position, id, topic, type, key, occurred_at, recorded_at, data, trace FROM {self._rows}"  # noqa: S608
            " ORDER BY position LIMIT $1",
            BATCH,
        )
        if not rows:
            return False
        await self._publisher.publish([_message(row) for row in rows])
        await connection.execute(
            f"DELETE FROM {self._rows} WHERE position = ANY($1::bigint[])",  # noqa: S608
            [row["position"] for row in rows],
        )
        return len(rows) == BATCH

    async def _count_pending_if_due(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._count_again_at:
            return
        self._count_again_at = now + COUNT_EVERY.total_seconds()
        waiting = f"SELECT FROM {self._rows} LIMIT {COUNT_AT_MOST}"
        counting = f"SELECT count(*) FROM ({waiting}) AS waiting"  # noqa: S608
        OUTBOX_PENDING.labels(self.service).set(await connection.fetchval(counting))


def _message(row: asyncpg.Record) -> Message:
    _, *fields = row  # in the order of `Message`
    return Message(*fields)
