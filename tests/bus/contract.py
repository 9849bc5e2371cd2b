"""What every bus promises, as tests: a bus is held to it by a test class that inherits `BusContract` and makes buses.

Topics and groups are named anew by each test, so tests share a broker and never each other's messages.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

from shared.bus import Bus, Message, Subscriber
from shared.ids import new_id

MakeBus = Callable[[], Awaitable[Bus]]

AT_LEAST = timedelta(milliseconds=300)
SOON = 30.0
"""Seconds within which things must have happened; a group of a busy Kafka takes a few to settle."""

RECORDED_AT = datetime(2026, 7, 21, 11, 40, 2, 123456, tzinfo=UTC)


def make_message(topic: str, **overrides: Any) -> Message:
    """Make a message whose fields are all different from their defaults."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "topic": topic,
        "type": "order-created",
        "key": "order-1",
        "occurred_at": RECORDED_AT - timedelta(minutes=7),
        "recorded_at": RECORDED_AT,
        "data": '{"title":"整栋楼没电"}'.encode(),
        "trace": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return Message(**(fields | overrides))


def make_messages(topic: str, count: int, *, keys: int = 1, first: int = 0) -> list[Message]:
    """Make numbered messages that go round the keys; `data` is the number."""
    numbers = range(first, first + count)
    return [make_message(topic, key=f"order-{n % keys}", data=str(n).encode()) for n in numbers]


def new_name(what: str) -> str:
    """Name a topic or group that nobody has used."""
    return f"{what}-{uuid4().hex[:12]}"


async def fetch_some(subscriber: Subscriber, count: int, *, most: int = 100) -> list[Message]:
    """Fetch and acknowledge until `count` different messages have come; return them all, repeats included."""
    found: list[Message] = []
    ends = monotonic() + SOON
    while len({m.id for m in found}) < count:
        assert monotonic() < ends, f"{len({m.id for m in found})} of {count} messages came in {SOON} s"
        batch = await subscriber.fetch(most=most, wait=AT_LEAST)
        found += batch.messages
        await subscriber.acknowledge(batch)
    return found


async def fetch_without_acknowledging(subscriber: Subscriber, count: int) -> list[Message]:
    """Fetch until `count` messages have come, and acknowledge nothing."""
    found: list[Message] = []
    async with asyncio.timeout(SOON):
        while len(found) < count:
            found += (await subscriber.fetch(most=100, wait=AT_LEAST)).messages
    return found


def ids(messages: Sequence[Message]) -> list[Any]:
    """Return the ids, in order."""
    return [m.id for m in messages]


def numbers_per_key(messages: Sequence[Message]) -> dict[str, list[int]]:
    """Return each key's numbers in the order in which they first came."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for m in messages:
        if int(m.data) not in numbers[m.key]:
            numbers[m.key].append(int(m.data))
    return numbers


class Reader:
    """A member of a group that keeps reading in the background, writing what it gets into a diary that all share."""

    def __init__(self, name: str, subscriber: Subscriber, diary: list[tuple[str, Message]]) -> None:
        self.name, self.subscriber = name, subscriber
        self._diary = diary
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def leave(self) -> None:
        """Finish the batch in hand and leave the group."""
        self._stop.set()
        await self._task
        await self.subscriber.close()

    async def _read(self) -> None:
        while not self._stop.is_set():
            batch = await self.subscriber.fetch(most=20, wait=AT_LEAST)
            self._diary += [(self.name, m) for m in batch.messages]
            await self.subscriber.acknowledge(batch)


async def becomes_true(condition: Callable[[], bool | Awaitable[bool]], *, within: float = SOON) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(within):
        while True:
            holds = condition()
            if await holds if isinstance(holds, Awaitable) else holds:
                return
            await asyncio.sleep(0.02)


class BusContract:
    """The promise of `shared/bus`, sentence by sentence; the test class that inherits it brings `make_bus`."""

    async def test_a_message_arrives_as_it_was_published(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        sent = [make_message(topic), make_message(topic, key="工单-2", trace="", data=b"{}")]
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])

        await bus.publisher().publish(sent)

        found = await fetch_some(subscriber, 2)
        assert sorted(found, key=lambda m: m.id) == sent

    async def test_messages_of_one_key_arrive_in_the_order_published(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        publisher = bus.publisher()
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])

        for first in range(0, 600, 60):
            await publisher.publish(make_messages(topic, 60, keys=7, first=first))

        found = numbers_per_key(await fetch_some(subscriber, 600, most=37))
        assert found == {f"order-{key}": list(range(key, 600, 7)) for key in range(7)}

    async def test_a_group_that_never_read_begins_at_the_beginning(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        sent = make_messages(topic, 20)
        await bus.publisher().publish(sent)

        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])

        assert ids(await fetch_some(subscriber, 20)) == ids(sent)

    async def test_what_was_not_acknowledged_comes_again_to_the_next_member(self, make_bus: MakeBus) -> None:
        topic, group = new_name("topic"), new_name("group")
        bus = await make_bus()
        await bus.publisher().publish(make_messages(topic, 10))
        first = await bus.subscriber(group=group, topics=[topic])
        given = await fetch_without_acknowledging(first, 10)

        await first.close()

        second = await bus.subscriber(group=group, topics=[topic])
        assert ids(await fetch_some(second, 10)) == ids(given)

    async def test_a_group_goes_on_where_it_stopped(self, make_bus: MakeBus) -> None:
        topic, group = new_name("topic"), new_name("group")
        before = await make_bus()
        await before.publisher().publish(make_messages(topic, 30, keys=5))
        await fetch_some(await before.subscriber(group=group, topics=[topic]), 30)
        await before.close()

        after = await make_bus()
        news = make_messages(topic, 5, keys=5, first=30)
        await after.publisher().publish(news)

        found = await fetch_some(await after.subscriber(group=group, topics=[topic]), 5)
        assert sorted(ids(found)) == ids(news)

    async def test_every_group_gets_every_message(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        one = await bus.subscriber(group=new_name("group"), topics=[topic])
        other = await bus.subscriber(group=new_name("group"), topics=[topic])
        sent = make_messages(topic, 50, keys=9)

        await bus.publisher().publish(sent)

        assert sorted(ids(await fetch_some(one, 50))) == ids(sent)
        assert sorted(ids(await fetch_some(other, 50))) == ids(sent)

    async def test_one_subscriber_reads_all_its_topics(self, make_bus: MakeBus) -> None:
        topics = [new_name("topic"), new_name("topic")]
        bus = await make_bus()
        subscriber = await bus.subscriber(group=new_name("group"), topics=topics)
        sent = [m for topic in topics for m in make_messages(topic, 15, keys=3)]

        await bus.publisher().publish(sent)

        assert set(ids(await fetch_some(subscriber, 30))) == set(ids(sent))

    async def test_members_share_the_keys_and_a_leaver_s_keys_move_on(self, make_bus: MakeBus) -> None:
        """Two members come to share, one leaves: nothing is lost and no key's order breaks at either hand-over."""
        topic, group = new_name("topic"), new_name("group")
        bus, other_bus = await make_bus(), await make_bus()
        publisher = bus.publisher()
        diary: list[tuple[str, Message]] = []

        async def publish_until(condition: Callable[[], bool]) -> None:
            async with asyncio.timeout(SOON):
                while not condition():
                    published.extend(batch := make_messages(topic, 40, keys=40, first=len(published)))
                    await publisher.publish(batch)
                    await asyncio.sleep(0.05)

        def readers_of(messages: Sequence[tuple[str, Message]]) -> set[str]:
            return {name for name, _ in messages}

        published: list[Message] = []
        anna = Reader("anna", await bus.subscriber(group=group, topics=[topic]), diary)
        await publish_until(lambda: readers_of(diary) == {"anna"})
        bert = Reader("bert", await other_bus.subscriber(group=group, topics=[topic]), diary)
        await publish_until(lambda: readers_of(diary[-40:]) == {"anna", "bert"})
        await anna.leave()
        left_at = len(diary)
        await publish_until(lambda: len({m.key for name, m in diary[left_at:] if name == "bert"}) == 40)
        await becomes_true(lambda: {m.id for _, m in diary} == set(ids(published)))
        await bert.leave()

        assert numbers_per_key([m for _, m in diary]) == numbers_per_key(published)

    async def test_a_fetch_brings_no_more_than_asked_for_and_the_rest_waits(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        await bus.publisher().publish(make_messages(topic, 200, keys=11))
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
        sizes, found = [], 0

        async with asyncio.timeout(SOON):
            while found < 200:
                batch = await subscriber.fetch(most=7, wait=AT_LEAST)
                await subscriber.acknowledge(batch)
                sizes.append(len(batch.messages))
                found += len(batch.messages)

        assert max(sizes) <= 7
        assert found == 200

    async def test_a_batch_given_back_comes_again_from_its_first_message(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        sent = make_messages(topic, 30)
        await bus.publisher().publish(sent)
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
        async with asyncio.timeout(SOON):
            while not (batch := await subscriber.fetch(most=10, wait=AT_LEAST)):
                pass

        await subscriber.rewind(batch)

        assert ids(await fetch_some(subscriber, 30)) == ids(sent)

    async def test_lag_counts_what_waits_and_falls_to_nothing(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
        await bus.publisher().publish(make_messages(topic, 25))
        batch = await subscriber.fetch(most=10, wait=timedelta(seconds=SOON))
        handed_out = await subscriber.lag()

        await subscriber.acknowledge(batch)
        acknowledged = await subscriber.lag()
        await fetch_some(subscriber, 25 - len(batch.messages))

        assert handed_out.messages == 25
        assert acknowledged.messages == 25 - len(batch.messages)
        assert acknowledged.oldest_recorded_at == RECORDED_AT
        finished = await subscriber.lag()
        assert (finished.messages, finished.oldest_recorded_at) == (0, None)

    async def test_what_was_published_outlives_the_bus_that_published_it(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        first, second = await make_bus(), await make_bus()
        sent = make_messages(topic, 40)
        await first.publisher().publish(sent)
        await first.close()

        subscriber = await second.subscriber(group=new_name("group"), topics=[topic])

        assert ids(await fetch_some(subscriber, 40)) == ids(sent)

    async def test_many_publishers_at_once_lose_nothing(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus, other_bus = await make_bus(), await make_bus()
        publishers = [bus.publisher(), other_bus.publisher()]
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
        sent = [make_messages(topic, 3, first=3 * n) for n in range(200)]
        reading = asyncio.create_task(fetch_some(subscriber, 600))

        await asyncio.gather(*(publishers[n % 2].publish(batch) for n, batch in enumerate(sent)))

        assert set(ids(await reading)) == {m.id for batch in sent for m in batch}

    async def test_an_empty_fetch_returns_after_its_wait(self, make_bus: MakeBus) -> None:
        bus = await make_bus()
        subscriber = await bus.subscriber(group=new_name("group"), topics=[new_name("topic")])
        began = monotonic()

        batch = await subscriber.fetch(most=10, wait=timedelta(milliseconds=400))

        assert not batch
        assert 0.35 <= monotonic() - began < 3

    async def test_a_waiting_fetch_brings_news_at_once(self, make_bus: MakeBus) -> None:
        topic = new_name("topic")
        bus = await make_bus()
        subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
        publisher = bus.publisher()
        await publisher.publish(make_messages(topic, 1))
        await fetch_some(subscriber, 1)  # the group has settled now
        waiting = asyncio.create_task(subscriber.fetch(most=10, wait=timedelta(seconds=SOON)))
        await asyncio.sleep(0.1)
        began = monotonic()

        await publisher.publish(make_messages(topic, 1, first=1))

        assert len((await waiting).messages) == 1
        assert monotonic() - began < 0.5

    async def test_a_living_broker_passes_the_check(self, make_bus: MakeBus) -> None:
        bus = await make_bus()

        await bus.check()

    async def test_leaving_is_quick(self, make_bus: MakeBus) -> None:
        bus = await make_bus()
        subscriber = await bus.subscriber(group=new_name("group"), topics=[new_name("topic")])
        await subscriber.fetch(most=1, wait=AT_LEAST)
        began = monotonic()

        await bus.close()

        assert monotonic() - began < 10
