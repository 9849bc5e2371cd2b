"""The bus in Apache Kafka, through aiokafka: the only file that knows it.

No idempotence and no transactions: with them aiokafka hangs while the broker is down, and the inbox dedupes anyway.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.partitioner import DefaultPartitioner

from shared.bus import Batch, Lag, Message
from shared.bus.cloudevents import from_record, kafka_topic, to_headers
from shared.bus.patience import AWAY, patience
from shared.bus.stall import StallWatch
from shared.errors import Unavailable

log = structlog.get_logger()

LONGEST_STEP = timedelta(seconds=15)
LONGEST_JOIN = timedelta(seconds=60)
"""Joining waits for the whole group, and every member may first finish its batch."""
LONGEST_GOODBYE = timedelta(seconds=3)
LONGEST_HANDOVER = timedelta(seconds=3)
"""How long a rebalance waits for the batch in hand; what is not acknowledged by then comes again elsewhere."""
LONGEST_STALL = timedelta(seconds=30)
REQUEST = timedelta(seconds=10)
BATCH_BYTES = 512 * 1024


class KafkaBus:
    """Publishers and subscribers over topics `relight.<topic>`, made with `partitions` and `replication` if missing."""

    def __init__(self, *, servers: str, partitions: int, replication: int, client_id: str = "relight") -> None:
        self._client = {
            "bootstrap_servers": servers,
            "client_id": client_id,
            "request_timeout_ms": _milliseconds(REQUEST),
        }
        self._topics = _Topics(self._client, partitions=partitions, replication=replication)
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

    async def trim(self, *, older_than: timedelta) -> int:  # noqa: ARG002 - Kafka forgets by its own retention
        """Nothing to do: each topic's retention is the broker's."""
        return 0

    async def close(self) -> None:
        """Leave in bounded time, broker or no broker."""
        await asyncio.gather(*(member.close() for member in list(self._subscribers)))
        await self._publisher.close()
        await self._topics.close()


class _Topics:
    """Makes sure of topics, and asks the broker whether it is there."""

    def __init__(self, client: dict[str, Any], *, partitions: int, replication: int) -> None:
        self._client, self._partitions, self._replication = client, partitions, replication
        self._admin: AIOKafkaAdminClient | None = None
        self._known: set[str] = set()
        self._turn = asyncio.Lock()

    async def ensure(self, names: Sequence[str]) -> None:
        """Make those topics that are missing."""
        missing = sorted(set(names) - self._known)
        if not missing:
            return
        async with patience(LONGEST_STEP, KafkaError), self._turn:
            admin = await self._started()
            wanted = [NewTopic(name, self._partitions, self._replication) for name in missing]
            answer = await admin.create_topics(wanted)
            for name, code, *_ in answer.topic_errors:
                error = for_code(code)
                if code and error is not TopicAlreadyExistsError:
                    raise error(name)
        self._known.update(missing)

    async def check(self) -> None:
        """Raise `Unavailable` if no broker answers."""
        try:
            async with patience(LONGEST_GOODBYE, KafkaError), self._turn:
                await (await self._started()).describe_cluster()
        except Unavailable:
            await self.close()  # the next check begins with a fresh connection
            raise

    async def close(self) -> None:
        """Hang up."""
        admin, self._admin = self._admin, None
        if admin is not None:
            await _stop(admin.close)

    async def _started(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._client)
            await admin.start()
            self._admin = admin
        return self._admin


class KafkaPublisher:
    """Writes one publish at a time, one batch per partition at a time: so a failure never lets later messages overtake."""

    def __init__(self, client: dict[str, Any], topics: _Topics) -> None:
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
                    await _stop(producer.stop)
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
                raise Unavailable("bus.unavailable", AWAY, reason="the bus was not started, or was closed")
            batches = await self._cut(producer, messages)
            while wave := {place: queue.popleft() for place, queue in batches.items() if queue}:
                await _send(producer, wave)

    async def close(self) -> None:
        """Leave in bounded time; what was not acknowledged to the caller may be lost."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer.stop, _end_producer, producer)

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


@dataclass
class _Hold:
    """One assigned partition: `done` is the next offset to acknowledge, `given` what was handed out since."""

    done: int | None = None
    given: deque[tuple[int, datetime]] = field(default_factory=deque)
    """(offset after a batch's last record, its first message's recorded_at), oldest first."""


@dataclass(frozen=True)
class _Receipt:
    """Which partitions a batch covers, from offset to offset, and in which sharing-out of partitions it was fetched."""

    sharing: int
    spans: dict[TopicPartition, tuple[int, int]]


class KafkaSubscriber(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """A member of a consumer group; offsets are committed only by `acknowledge`."""

    def __init__(
        self, client: dict[str, Any], *, group: str, topics: Sequence[str], on_close: Callable[[KafkaSubscriber], None]
    ) -> None:
        self._client, self._group, self._names, self._on_close = client, group, list(topics), on_close
        self._consumer: AIOKafkaConsumer | None = None
        self._sharing = 0
        self._holds: dict[TopicPartition, _Hold] = defaultdict(_Hold)
        self._ahead: list[ConsumerRecord] = []
        self._has_nothing_given = asyncio.Event()
        self._has_nothing_given.set()
        self._is_fetching = False
        self._is_closed = False
        self._stalls = StallWatch(LONGEST_STALL.total_seconds())

    async def join(self) -> None:
        """Become a member; `fetch` does it by itself after the consumer broke."""
        async with patience(LONGEST_JOIN, KafkaError):
            await self._joined()

    async def fetch(self, *, most: int, wait: timedelta) -> Batch:
        """Return up to `most` messages that follow the last fetch, or an empty batch after `wait` without news."""
        self._is_fetching = True
        try:
            async with patience(LONGEST_JOIN, KafkaError):
                consumer = await self._joined()
            records = await self._next_records(consumer, most=most, wait=wait)
        except Unavailable:
            await self._leave()  # a broken consumer stays broken; the next fetch joins anew
            raise
        finally:
            self._is_fetching = False
        return self._hand_out(records)

    async def acknowledge(self, batch: Batch) -> None:
        """Commit the batch's offsets, unless its partitions were shared out again: then it comes again elsewhere."""
        receipt: _Receipt | None = batch.receipt
        if receipt is None:
            return
        consumer = self._consumer
        if consumer is None or receipt.sharing != self._sharing:
            log.info("bus.acknowledged_too_late", group=self._group, reason="partitions moved")
            return
        offsets = {place: after for place, (_, after) in receipt.spans.items()}
        try:
            async with patience(LONGEST_STEP, KafkaError):
                await self._commit(consumer, offsets)
        finally:
            self._take_back(offsets)

    async def rewind(self, batch: Batch) -> None:
        """Give the batch back, and with it whatever was fetched after it from the same partitions."""
        receipt: _Receipt | None = batch.receipt
        if receipt is None or self._consumer is None or receipt.sharing != self._sharing:
            return
        for place, (first, _) in receipt.spans.items():
            self._consumer.seek(place, first)
            self._holds[place].given.clear()
        self._ahead = [record for record in self._ahead if _place(record) not in receipt.spans]
        self._note_given()

    async def lag(self) -> Lag:
        """Count what waits in the partitions held right now; the oldest is exact unless a fetch is just under way."""
        consumer = self._consumer
        if consumer is None:
            return Lag(0, None)
        async with patience(LONGEST_STEP, KafkaError):
            ends = await self._ends(consumer)
            waiting = {place: end - await self._done(consumer, place) for place, end in ends.items()}
        await self._peek(consumer, [place for place, count in waiting.items() if count > 0])
        heads = [self._holds[place].given[0][1] for place in ends if self._holds[place].given]
        heads += [_message(record).recorded_at for record in self._ahead]
        return Lag(sum(max(count, 0) for count in waiting.values()), min(heads, default=None))

    async def check(self) -> None:
        """Raise `Unavailable` if messages wait and the consumer has brought none of them for too long."""
        consumer = self._consumer
        if consumer is None:
            raise Unavailable("bus.unavailable", AWAY, reason=f"group {self._group} is not joined")
        async with patience(LONGEST_STEP, KafkaError):
            for place, end in (await self._ends(consumer)).items():
                self._stalls.saw(place, position=await consumer.position(place), end=end, at=_now())
        if stalled := self._stalls.stalled():
            log.error("bus.stalled", group=self._group, partitions=[str(place) for place in stalled])
            raise Unavailable("bus.unavailable", AWAY, reason=f"group {self._group} has stopped reading")

    async def close(self) -> None:
        """Leave the group in bounded time."""
        self._is_closed = True
        self._on_close(self)
        await self._leave()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Wait for the batch in hand, then forget everything: all partitions are shared out again."""
        try:
            async with asyncio.timeout(LONGEST_HANDOVER.total_seconds()):
                await self._has_nothing_given.wait()
        except TimeoutError:
            log.info("bus.handed_over_unfinished", group=self._group, partitions=len(revoked))
        self._forget()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Begin anew with whatever is ours now."""
        self._forget()
        log.info("bus.partitions_assigned", group=self._group, partitions=len(assigned))

    async def _joined(self) -> AIOKafkaConsumer:
        if self._is_closed:
            raise Unavailable("bus.unavailable", AWAY, reason="the subscriber is closed")
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **self._client,
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                heartbeat_interval_ms=1000,
                session_timeout_ms=10_000,
            )
            consumer.subscribe(self._names, listener=self)
            try:
                await consumer.start()
            except BaseException:
                await _stop(consumer.stop, _end_consumer, consumer)
                raise
            self._consumer = consumer
        return self._consumer

    async def _next_records(self, consumer: AIOKafkaConsumer, *, most: int, wait: timedelta) -> list[ConsumerRecord]:
        if self._ahead:
            records, self._ahead = self._ahead[:most], self._ahead[most:]
            return records
        held = consumer.assignment()
        try:
            async with patience(LONGEST_STEP, KafkaError), asyncio.timeout(wait.total_seconds() + 0.1):
                found = await consumer.getmany(timeout_ms=_milliseconds(wait), max_records=most)
        except TimeoutError:  # the group is being shared out
            return []
        if sum(map(len, found.values())) < most:
            self._stalls.asked_in_vain(held - found.keys(), at=_now())
        return [record for records in found.values() for record in records]
