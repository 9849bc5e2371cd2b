"""The bus in Apache Kafka, through aiokafka, which only this package knows.

No idempotence and no transactions: with them aiokafka hangs while the broker is down, and the inbox dedupes anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from shared.bus.cloudevents import kafka_topic
from shared.bus.kafka.connection import REQUEST, milliseconds
from shared.bus.kafka.publisher import KafkaPublisher
from shared.bus.kafka.subscriber import KafkaSubscriber
from shared.bus.kafka.topics import Topics


class KafkaBus:
    """Publishers and subscribers over topics `relight.<topic>`, made with `partitions` and `replication` if missing."""

    def __init__(self, *, servers: str, partitions: int, replication: int, client_id: str = "relight") -> None:
        self._client = {
            "bootstrap_servers": servers,
            "client_id": client_id,
            "request_timeout_ms": milliseconds(REQUEST),
        }
        self._topics = Topics(self._client, partitions=partitions, replication=replication)
        self._publisher = KafkaPublisher(self._client, self._topics)
        self._subscribers: set[KafkaSubscriber] = set()

    async def start(self) -> None:
        """Connect; raises `Unavailable` if no broker can be reached."""
        await self._publisher.start()

    def publisher(self) -> KafkaPublisher:
        """Return this process's publisher."""
        return self._publisher

    async def subscriber(self, *, group: str, topics: Sequence[str]) -> KafkaSubscriber:
        """Join `group`, reading `topics` from where the group last acknowledged (from the beginning, if never)."""
        names = [kafka_topic(topic) for topic in topics]
        await self._topics.ensure(names)
        member = KafkaSubscriber(self._client, group=group, topics=names, on_close=self._subscribers.discard)
        await member.join()
        self._subscribers.add(member)
        return member

    async def check(self) -> None:
        """Raise `Unavailable` if no broker answers, or if a subscriber of ours has silently stopped."""
        await self._topics.check()
        for member in list(self._subscribers):
            await member.check()

    async def trim(self, *, older_than: timedelta) -> int:
        """Nothing to do: each topic's retention is the broker's."""
        return 0

    async def close(self) -> None:
        """Leave in bounded time, broker or no broker."""
        await asyncio.gather(*(member.close() for member in list(self._subscribers)))
        await self._publisher.close()
        await self._topics.close()
