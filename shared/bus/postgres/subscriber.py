"""A member of a group as its reader sees it: fetch, acknowledge, rewind; a lost connection is joined anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import timedelta

import asyncpg
import structlog

from shared.bus import Batch, Lag, Message
from shared.bus.patience import patience
from shared.bus.postgres.connection import LONGEST_GOODBYE, LONGEST_STEP, TROUBLES, Pool
from shared.bus.postgres.news import News
from shared.bus.postgres.session import Hold, Place, Session

log = structlog.get_logger()

POLL = timedelta(seconds=1)
"""How long news, a death in the group included, can stay unnoticed when no notification comes through."""

ACKNOWLEDGE = """
INSERT INTO bus.offsets AS o (group_name, topic, slot, position)
SELECT $1, topic, slot, position FROM unnest($2::text[], $3::smallint[], $4::bigint[]) AS done (topic, slot, position)
ORDER BY topic, slot
ON CONFLICT (group_name, topic, slot) DO UPDATE SET position = greatest(o.position, excluded.position)
"""

COUNT_AT_MOST = 10_000
"""Waiting messages are counted up to here per slot: a reader further behind is far behind, however far."""

MEASURE_LAG = """
SELECT coalesce(sum(waiting.messages), 0)::bigint AS messages, min(oldest.recorded_at) AS oldest_recorded_at
FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS held (topic, slot, done),
LATERAL (
    SELECT count(*) AS messages FROM (
        SELECT 1 FROM bus.log
        WHERE log.topic = held.topic AND log.slot = held.slot AND log.position > held.done LIMIT $4
    ) AS one
) AS waiting
LEFT JOIN LATERAL (
    SELECT recorded_at FROM bus.log
    WHERE log.topic = held.topic AND log.slot = held.slot AND log.position > held.done
    ORDER BY log.position LIMIT 1
) AS oldest ON true
"""

MESSAGE_FIELDS = tuple(field.name for field in fields(Message))


@dataclass
class Span:
    """The stretch of one slot that a batch brought: all after `before`, up to and including `last`."""

    before: int
    last: int


class PostgresSubscriber:
    """Reads some of a group's slots; one reader task at a time, `lag` and `close` from anywhere."""

    def __init__(
        self, *, url: str, pool: Pool, group: str, topics: Sequence[str], news: News, on_close: Callable[[], None]
    ) -> None:
        self._url, self._pool, self._group, self._topics = url, pool, group, tuple(topics)
        self._news = news
        self._on_close = on_close
        self._session: Session | None = None
        self._is_mine = asyncio.Lock()  # a connection can do one thing at a time
        self._settled_at = float("-inf")
        self._is_closed = False

    async def join(self) -> None:
        """Become a member; `fetch` does it by itself after a lost connection."""
        async with self._joined():
            pass

    async def fetch(self, *, most: int, wait: timedelta) -> Batch:
        """Return up to `most` messages that follow the last fetch, or an empty batch after `wait` without news."""
        clock = asyncio.get_running_loop().time
        until = clock() + wait.total_seconds()
        while True:
            self._news.clear()
            batch = await self._read(most)
            left = until - clock()
            if batch or left <= 0:
                return batch
            await self._news.wait(min(left, POLL.total_seconds()))

    async def acknowledge(self, batch: Batch) -> None:
        """Record that the group is done with the batch. Harmless if its slots have moved on: offsets only grow."""
        spans: dict[Place, Span] = batch.receipt or {}
        if not spans:
            return
        topics, slots = [place.topic for place in spans], [place.slot for place in spans]
        done = [span.last for span in spans.values()]
        async with patience(LONGEST_STEP, *TROUBLES), self._pool.acquire() as connection:
            await connection.execute(ACKNOWLEDGE, self._group, topics, slots, done)
        for place, span in spans.items():
            if hold := self._holds().get(place):
                hold.done = max(hold.done, span.last)

    async def rewind(self, batch: Batch) -> None:
        """Give the batch back, and with it whatever was fetched after it from the same slots."""
        spans: dict[Place, Span] = batch.receipt or {}
        for place, span in spans.items():
            if hold := self._holds().get(place):
                hold.read = min(hold.read, span.before)

    async def lag(self) -> Lag:
        """Count what waits in the slots held right now, up to `COUNT_AT_MOST` in each."""
        held = [(place, hold.done) for place, hold in self._holds().items()]
        topics, slots = [place.topic for place, _ in held], [place.slot for place, _ in held]
        done = [position for _, position in held]
        async with patience(LONGEST_STEP, *TROUBLES), self._pool.acquire() as connection:
            row = await connection.fetchrow(MEASURE_LAG, topics, slots, done, COUNT_AT_MOST)
        return Lag(messages=row["messages"], oldest_recorded_at=row["oldest_recorded_at"]) if row else Lag(0, None)

    async def close(self) -> None:
        """Leave the group; a reader still in `fetch` gets `Unavailable`."""
        self._is_closed = True
        self._on_close()
        self._news.ring()
        session, self._session = self._session, None
        if session is None:
            return
        try:
            async with asyncio.timeout(LONGEST_GOODBYE.total_seconds()), self._is_mine:
                await session.leave()
        except (OSError, *TROUBLES):
            session.abandon()

    async def _read(self, most: int) -> Batch:
        async with self._joined() as session:
            await self._settle_if_due(session)
            rows = await session.read(most)
        return _batch(rows)

    @asynccontextmanager
    async def _joined(self) -> AsyncIterator[Session]:
        """Lend the session, a new one if the last was lost; nothing of the old one's slots is remembered."""
        async with patience(LONGEST_STEP, *TROUBLES), self._is_mine:
            if self._is_closed:
                raise asyncpg.InterfaceError("the subscriber is closed")
            if self._session is None or self._session.is_lost():
                if self._session is not None:
                    log.warning("bus.rejoining", group=self._group)
                self._session = None
                self._session = await Session.join(self._url, self._group, self._topics)
                self._settled_at = float("-inf")
            yield self._session

    async def _settle_if_due(self, session: Session) -> None:
        now = asyncio.get_running_loop().time()
        is_due = now - self._settled_at >= POLL.total_seconds()
        if is_due or self._news.take_group_change() or any(hold.is_leaving for hold in session.holds.values()):
            self._settled_at = now
            await session.settle()

    def _holds(self) -> dict[Place, Hold]:
        return self._session.holds if self._session is not None and not self._session.is_lost() else {}


def _batch(rows: Sequence[asyncpg.Record]) -> Batch:
    """Make messages of rows, and note per slot which stretch they cover."""
    spans: dict[Place, Span] = {}
    for row in rows:
        span = spans.setdefault(Place(row["topic"], row["slot"]), Span(before=row["position"] - 1, last=0))
        span.last = row["position"]
    in_order = sorted(rows, key=lambda row: (row["topic"], row["position"]))
    return Batch([Message(**{name: row[name] for name in MESSAGE_FIELDS}) for row in in_order], receipt=spans)
