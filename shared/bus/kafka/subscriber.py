"""A member of a consumer group: what is in hand is acknowledged or comes again, also when partitions move."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from shared.bus import Batch, Lag, Message
from shared.bus.cloudevents import from_record
from shared.bus.kafka.connection import LONGEST_STEP, end_consumer, milliseconds, stop
from shared.bus.kafka.stall import StallWatch
from shared.bus.patience import away, patience
from shared.errors import Unavailable

log = structlog.get_logger()

LONGEST_JOIN = timedelta(seconds=60)
"""Joining waits for the whole group, and every member may first finish its batch."""

LONGEST_HANDOVER = timedelta(seconds=3)
"""How long a rebalance waits for the batch in hand; what is not acknowledged by then comes again elsewhere."""

LONGEST_STALL = timedelta(seconds=30)


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
        self._reading = asyncio.Lock()  # `lag` must not take records past a fetch under way
        self._is_closed = False
        self._stalls = StallWatch(LONGEST_STALL.total_seconds())

    async def join(self) -> None:
        """Become a member; `fetch` does it by itself after the consumer broke."""
        async with patience(LONGEST_JOIN, KafkaError):
            await self._joined()

    async def fetch(self, *, most: int, wait: timedelta) -> Batch:
        """Return up to `most` messages that follow the last fetch, or an empty batch after `wait` without news."""
        try:
            async with patience(LONGEST_JOIN, KafkaError):
                consumer = await self._joined()
            async with self._reading:
                records = await self._next_records(consumer, most=most, wait=wait)
        except Unavailable:
            await self._leave()  # a broken consumer stays broken; the next fetch joins anew
            raise
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
            raise away(f"group {self._group} is not joined")
        async with patience(LONGEST_STEP, KafkaError):
            for place, end in (await self._ends(consumer)).items():
                position = await consumer.position(place)
                self._stalls.saw(place, position=position, end=end, at=asyncio.get_running_loop().time())
        if stalled := self._stalls.stalled():
            log.error("bus.stalled", group=self._group, partitions=[str(place) for place in stalled])
            raise away(f"group {self._group} has stopped reading")

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
            raise away("the subscriber is closed")
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
                await stop(consumer.stop, lambda: end_consumer(consumer))
                raise
            self._consumer = consumer
        return self._consumer

    async def _next_records(self, consumer: AIOKafkaConsumer, *, most: int, wait: timedelta) -> list[ConsumerRecord]:
        if self._ahead:
            records, self._ahead = self._ahead[:most], self._ahead[most:]
            return records
        held = consumer.assignment()
        async with patience(wait + LONGEST_STEP, KafkaError):
            try:
                async with asyncio.timeout(wait.total_seconds() + 0.1):
                    found = await consumer.getmany(timeout_ms=milliseconds(wait), max_records=most)
            except TimeoutError:  # partitions are being shared out; aiokafka waits for the end of that
                return []
        if sum(map(len, found.values())) < most:
            self._stalls.asked_in_vain(held - found.keys(), at=asyncio.get_running_loop().time())
        return [record for records in found.values() for record in records]

    def _hand_out(self, records: Sequence[ConsumerRecord]) -> Batch:
        spans: dict[TopicPartition, tuple[int, int]] = {}
        messages = [_message(record) for record in records]
        first_recorded_at: dict[TopicPartition, datetime] = {}
        for record, message in zip(records, messages, strict=True):
            place = _place(record)
            first_recorded_at.setdefault(place, message.recorded_at)
            spans[place] = (spans.get(place, (record.offset, 0))[0], record.offset + 1)
        for place, (first, after) in spans.items():
            hold = self._holds[place]
            hold.done = first if hold.done is None else hold.done
            hold.given.append((after, first_recorded_at[place]))
        self._note_given()
        return Batch(messages, receipt=_Receipt(self._sharing, spans) if spans else None)

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            # The group was shared out meanwhile. Whoever has the partitions now gets the messages again; the inbox
            # knows them by their ids.
            log.info("bus.acknowledged_too_late", group=self._group, reason=repr(error))

    def _take_back(self, offsets: dict[TopicPartition, int]) -> None:
        for place, after in offsets.items():
            hold = self._holds[place]
            hold.done = max(hold.done or 0, after)
            while hold.given and hold.given[0][0] <= after:
                hold.given.popleft()
        self._note_given()

    def _note_given(self) -> None:
        if any(hold.given for hold in self._holds.values()):
            self._has_nothing_given.clear()
        else:
            self._has_nothing_given.set()

    def _forget(self) -> None:
        self._sharing += 1
        self._holds.clear()
        self._ahead.clear()
        self._stalls.forget()
        self._note_given()

    async def _ends(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        held = consumer.assignment()
        return await consumer.end_offsets(held) if held else {}

    async def _done(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> int:
        known = self._holds[place].done
        return await consumer.position(place) if known is None else known

    async def _peek(self, consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> None:
        """Take the next record of each partition that has nothing given, to learn its age; `fetch` brings it first."""
        if self._reading.locked():
            return
        known = {_place(record) for record in self._ahead}
        async with self._reading, patience(LONGEST_STEP, KafkaError):
            for place in places:
                if place not in known and not self._holds[place].given and place in consumer.assignment():
                    found = await consumer.getmany(place, timeout_ms=0, max_records=1)
                    self._ahead += found.get(place, [])

    async def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._forget()
        if consumer is not None:
            await stop(consumer.stop, lambda: end_consumer(consumer))


def _place(record: ConsumerRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _message(record: ConsumerRecord) -> Message:
    return from_record(
        topic=record.topic,
        place=f"{record.topic}/{record.partition}/{record.offset}",
        key=record.key,
        value=record.value,
        headers=record.headers,
        written_at=record.timestamp,
    )
