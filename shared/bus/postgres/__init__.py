"""The bus as a durable log in PostgreSQL: one writer per topic, woken readers, shared work.

The log's order is the order of commits; what a reader owns dies with its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from shared.bus.patience import patience
from shared.bus.postgres.connection import LONGEST_GOODBYE, LONGEST_STEP, TROUBLES, Pool, open_pool
from shared.bus.postgres.news import Listener, News
from shared.bus.postgres.publisher import PostgresPublisher
from shared.bus.postgres.subscriber import PostgresSubscriber
from shared.bus.postgres.trim import trim

LONGEST_CHECK = timedelta(seconds=3)


class PostgresBus:
    """Publishers and subscribers over the schema `bus` of one database.

    Takes `pool_size` connections for publishing and counting, one to listen, and one per subscriber.
    """

    def __init__(self, url: str, *, pool_size: int = 4) -> None:
        self._url = url
        self._pool_size = pool_size
        self._pool: Pool | None = None
        self._listener = Listener(url)
        self._subscribers: set[PostgresSubscriber] = set()

    async def start(self) -> None:
        """Connect; raises `Unavailable` if the server cannot be reached."""
        async with patience(LONGEST_STEP, *TROUBLES):
            self._pool = await open_pool(self._url, self._pool_size)
        self._listener.start()

    def publisher(self) -> PostgresPublisher:
        """Return a publisher; they share the bus's connections."""
        return PostgresPublisher(self._open_pool())

    async def subscriber(self, *, group: str, topics: Sequence[str]) -> PostgresSubscriber:
        """Join `group`, reading `topics` from where the group last acknowledged (from the beginning, if never)."""
        news = News(group, topics)

        def forget() -> None:
            self._listener.remove(news)
            self._subscribers.discard(member)

        member = PostgresSubscriber(
            url=self._url, pool=self._open_pool(), group=group, topics=topics, news=news, on_close=forget
        )
        self._listener.add(news)
        self._subscribers.add(member)
        try:
            await member.join()
        except BaseException:
            forget()
            raise
        return member

    async def check(self) -> None:
        """Raise `Unavailable` if the server does not answer or lacks the bus's tables."""
        async with patience(LONGEST_CHECK, *TROUBLES):
            await self._open_pool().execute("SELECT FROM bus.topics, bus.log, bus.offsets LIMIT 0")

    async def trim(self, *, older_than: timedelta) -> int:
        """Delete what every group has acknowledged and is older than that; return how many messages went."""
        return await trim(self._open_pool(), older_than=older_than)

    async def close(self) -> None:
        """Close every subscriber and connection, in bounded time."""
        await asyncio.gather(*(member.close() for member in list(self._subscribers)))
        await self._listener.stop()
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(LONGEST_GOODBYE.total_seconds()):
                await pool.close()
        except (OSError, *TROUBLES):
            pool.terminate()

    def _open_pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the bus was not started, or was closed")
        return self._pool
