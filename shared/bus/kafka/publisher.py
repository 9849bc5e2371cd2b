"""The way into Kafka: durable, and in order per key even when a part of it fails."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.partitioner import DefaultPartitioner

from shared.bus import Message
from shared.bus.cloudevents import kafka_topic, to_headers
from shared.bus.kafka.connection import LONGEST_STEP, end_producer, stop
from shared.bus.kafka.topics import Topics
from shared.bus.patience import away, patience

BATCH_BYTES = 512 * 1024
"""Size of a batch before it is compressed; brokers take 1 MiB unless told otherwise."""


class KafkaPublisher:
    """Writes one publish at a time, one batch per partition at a time: after a failure nothing later overtakes."""

    def __init__(self, client: dict[str, Any], topics: Topics) -> None:
        self._client, self._topics = client, topics
        self._producer: AIOKafkaProducer | None = None
        self._choose = DefaultPartitioner()
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Connect."""
        async with patience(LONGEST_STEP, KafkaError), self._turn:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._client,
                    acks="all",
                    enable_idempotence=False,
                    compression_type="zstd",
                    max_batch_size=BATCH_BYTES,
                )
                try:
                    await producer.start()
                except BaseException:
                    await stop(producer.stop, lambda: end_producer(producer))
                    raise
                self._producer = producer

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return once every in-sync replica has the messages; on failure some may have arrived, none out of order."""
        if not messages:
            return
        await self._topics.ensure([kafka_topic(message.topic) for message in messages])
        async with patience(LONGEST_STEP, KafkaError), self._turn:
            producer = self._producer
            if producer is None:
                raise away("the bus was not started, or was closed")
            batches = await self._cut(producer, messages)
            while wave := {place: queue.popleft() for place, queue in batches.items() if queue}:
                await _send(producer, wave)

    async def close(self) -> None:
        """Leave in bounded time; what was not acknowledged to the caller may be lost."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop(producer.stop, lambda: end_producer(producer))

    async def _cut(self, producer: AIOKafkaProducer, messages: Sequence[Message]) -> dict[TopicPartition, deque[Any]]:
        """Pack the messages into batches, in order per partition."""
        batches: dict[TopicPartition, deque[Any]] = defaultdict(deque)
        for message in messages:
            topic, key = kafka_topic(message.topic), message.key.encode()
            partitions = sorted(await producer.partitions_for(topic))
            queue = batches[TopicPartition(topic, self._choose(key, partitions, partitions))]
            record = {"key": key, "value": message.data, "timestamp": None, "headers": to_headers(message)}
            if not queue or queue[-1].append(**record) is None:
                queue.append(producer.create_batch())
                queue[-1].append(**record)
        return batches


async def _send(producer: AIOKafkaProducer, wave: dict[TopicPartition, Any]) -> None:
    """Send one batch to each partition and wait for all of them."""
    futures = []
    for place, batch in wave.items():
        batch.close()
        future = await producer.send_batch(batch, place.topic, partition=place.partition)
        future.add_done_callback(_look_at)
        futures.append(future)
    await asyncio.wait(futures)
    for future in futures:
        try:
            future.result()
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise ValueError("a message is larger than the broker takes") from error


def _look_at(future: asyncio.Future[Any]) -> None:
    """Take note of a failure, so that asyncio does not complain if nobody waits for it any more."""
    if not future.cancelled():
        future.exception()
