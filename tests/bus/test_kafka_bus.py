"""The bus in a real Kafka: the contract, and what only this one has to prove."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import monotonic

import pytest
from aiokafka import AIOKafkaConsumer

from shared.bus.kafka import KafkaBus
from shared.errors import Unavailable
from tests.bus.contract import (
    AT_LEAST,
    SOON,
    BusContract,
    fetch_some,
    ids,
    make_message,
    make_messages,
    new_name,
    numbers_per_key,
)
from tests.kafka_broker import KafkaBroker

pytestmark = pytest.mark.kafka

MakeKafkaBus = Callable[[], Awaitable[KafkaBus]]

DEAD = "127.0.0.1:1"


def make_kafka_bus(servers: str) -> KafkaBus:
    """Make a bus whose topics have four partitions."""
    return KafkaBus(servers=servers, partitions=4, replication=1, client_id="relight-test")


@pytest.fixture
async def make_bus(kafka_servers: str) -> AsyncIterator[MakeKafkaBus]:
    """Make buses on the run's Kafka, and close them after the test."""
    made: list[KafkaBus] = []

    async def make() -> KafkaBus:
        bus = make_kafka_bus(kafka_servers)
        await bus.start()
        made.append(bus)
        return bus

    yield make
    await asyncio.gather(*(bus.close() for bus in made))


@pytest.fixture
def own_broker(kafka_servers: str) -> Iterator[KafkaBroker]:
    """Lend a Kafka of the test's own, to be killed; skips where `kafka_servers` does."""
    with KafkaBroker() as broker:
        yield broker


class TestKafkaBus(BusContract):
    """The contract, held by Kafka."""


async def test_a_record_is_a_cloudevent_that_strangers_can_read(make_bus: MakeKafkaBus, kafka_servers: str) -> None:
    topic = new_name("topic")
    bus = await make_bus()
    message = make_message(topic)
    await bus.publisher().publish([message])
    stranger = AIOKafkaConsumer(f"relight.{topic}", bootstrap_servers=kafka_servers, auto_offset_reset="earliest")
    await stranger.start()

    async with asyncio.timeout(10):
        record = await stranger.getone()
    await stranger.stop()

    assert record.key == b"order-1"
    assert record.value == message.data
    assert {name: value.decode() for name, value in record.headers} == {
        "ce_specversion": "1.0",
        "ce_id": str(message.id),
        "ce_type": "order-created",
        "ce_source": f"/relight/{topic}",
        "ce_time": "2026-07-21T11:33:02.123456Z",
        "ce_subject": "order-1",
        "ce_recordedat": "2026-07-21T11:40:02.123456Z",
        "content-type": "application/json",
        "traceparent": message.trace,
    }


async def test_a_large_publish_keeps_each_key_s_order(make_bus: MakeKafkaBus) -> None:
    """More than one batch per partition: they go one after the other."""
    topic = new_name("topic")
    bus = await make_bus()
    padding = b"1" + b"0" * 2000
    sent = [make_message(topic, key=f"order-{n % 5}", data=padding + str(n).encode()) for n in range(2000)]

    await bus.publisher().publish(sent)

    found = await fetch_some(await bus.subscriber(group=new_name("group"), topics=[topic]), 2000, most=500)
    assert numbers_per_key(found) == numbers_per_key(sent)


async def test_a_message_too_large_for_the_broker_is_refused_not_retried(make_bus: MakeKafkaBus) -> None:
    bus = await make_bus()
    noise = random.Random(1).randbytes(2 * 1024 * 1024)

    with pytest.raises(ValueError, match="larger"):
        await bus.publisher().publish([make_message(new_name("topic"), data=noise)])


async def test_acknowledging_after_the_partitions_moved_commits_nothing(make_bus: MakeKafkaBus) -> None:
    """A member that was too slow does not take messages away from the one that has them now."""
    topic, group = new_name("topic"), new_name("group")
    bus, other_bus = await make_bus(), await make_bus()
    slow = await bus.subscriber(group=group, topics=[topic])
    await bus.publisher().publish(make_messages(topic, 40, keys=40))
    async with asyncio.timeout(20):
        while not (batch := await slow.fetch(most=100, wait=AT_LEAST)):
            pass
    quick = await other_bus.subscriber(group=group, topics=[topic])

    await slow.acknowledge(batch)
    await slow.close()

    assert len(set(ids(await fetch_some(quick, 40)))) == 40


async def test_a_dead_broker_is_named_so_and_holds_nobody_up() -> None:
    bus = make_kafka_bus(DEAD)
    began = monotonic()

    with pytest.raises(Unavailable):
        await bus.start()
    with pytest.raises(Unavailable):
        await bus.check()
    with pytest.raises(Unavailable):
        await bus.subscriber(group="group", topics=["topic"])
    await bus.close()

    assert monotonic() - began < 10


async def test_a_broker_that_dies_and_comes_back_loses_nothing_and_holds_nobody_up(own_broker: KafkaBroker) -> None:
    """While it is down every step fails in bounded time; afterwards the same bus goes on."""
    topic, group = new_name("topic"), new_name("group")
    bus, leaver = make_kafka_bus(own_broker.servers), make_kafka_bus(own_broker.servers)
    await bus.start()
    await leaver.start()
    subscriber = await bus.subscriber(group=group, topics=[topic])
    await leaver.subscriber(group=new_name("group"), topics=[topic])
    await bus.publisher().publish(make_messages(topic, 10))
    await leaver.publisher().publish(make_messages(topic, 10, first=10))
    before = await fetch_some(subscriber, 20)

    own_broker.kill()
    began = monotonic()
    with pytest.raises(Unavailable):
        await bus.check()
    with pytest.raises(Unavailable):
        await bus.publisher().publish(make_messages(topic, 1, first=20))
    tried = monotonic() - began
    began = monotonic()
    await leaver.close()
    left = monotonic() - began
    await asyncio.to_thread(own_broker.start)
    async with asyncio.timeout(SOON):
        await publish_until_it_works(bus, topic)
    after = await fetch_some(subscriber, 1)
    await bus.close()

    assert tried < 20
    assert left < 10
    assert {int(m.data) for m in [*before, *after]} == set(range(21))


async def publish_until_it_works(bus: KafkaBus, topic: str) -> None:
    """Do as the relay does: try the same messages again."""
    messages = make_messages(topic, 1, first=20)
    while True:
        try:
            await bus.publisher().publish(messages)
        except Unavailable:
            continue
        return
