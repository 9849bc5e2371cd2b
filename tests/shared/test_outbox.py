"""What is committed with its event leaves once at least, in order per key, whatever dies in between."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest
from sqlalchemy import func, select, text

from shared.aggregate import Told
from shared.bus import Message, Publisher
from shared.bus.postgres import PostgresBus
from shared.ids import new_id
from shared.outbox import Relay
from tests.conftest import MakeDatabase
from tests.databases import DatabaseServer
from tests.shared.toy import NOW, Toy, make_cancelled, toy_on

PATIENCE = 20.0


class Wire:
    """A publisher that we own: it keeps what it was given, and breaks when told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.breaks_before = 0
        self.breaks_after = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        """Keep the messages, or break before or after keeping them."""
        if self.breaks_before:
            self.breaks_before -= 1
            raise ConnectionError("the broker is away")
        self.messages.extend(messages)
        if self.breaks_after:
            self.breaks_after -= 1
            raise ConnectionError("died between publishing and marking")

    async def close(self) -> None:
        """Do nothing."""


@pytest.fixture
async def toy(databases: DatabaseServer) -> AsyncIterator[Toy]:
    async with databases.lend() as url, toy_on(url) as service:
        yield service


@asynccontextmanager
async def relaying(toy: Toy, wire: Publisher) -> AsyncIterator[Relay]:
    relay = Relay(service="toy", dsn=toy.database.url, schema="toy", outbox=toy.outbox, publisher=wire)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(count: int, wire: Wire) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(wire.messages) < count:  # noqa: ASYNC110 - the relay lives on a connection of its own
            await asyncio.sleep(0.01)


async def until_none_pending(toy: Toy) -> None:
    table = toy.service.outbox
    counting = select(func.count()).select_from(table)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with toy.database.transaction(now=NOW) as session:
                if (await session.execute(counting)).scalar_one() == 0:
                    return
            await asyncio.sleep(0.01)


async def test_two_hundred_concurrent_writers_lose_no_event_to_late_commits(toy: Toy) -> None:
    wire, chance = Wire(), random.Random(7)
    events = [make_cancelled(reason=str(n)) for n in range(200)]

    async with relaying(toy, wire):
        await asyncio.gather(*(toy.tell(event, slowly=chance.choice([0, 0, 0.05, 0.3])) for event in events))
        await until(200, wire)
        await until_none_pending(toy)

    assert sorted(m.key for m in wire.messages) == sorted(str(e.order_id) for e in events)


KILL_CARRIER = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objid = (hashtext('relight_outbox_toy')::bigint & 4294967295)::oid
"""
TOLD = "SELECT key, convert_from(data, 'UTF8')::jsonb ->> 'reason' AS reason FROM bus.log ORDER BY position"


async def test_on_our_own_bus_many_writers_and_relays_that_die_lose_double_and_reorder_nothing(
    make_migrated_database: MakeDatabase,
) -> None:
    """Two processes' relays, killed again and again, carry what forty writers of eight orders commit early and late."""
    chance = random.Random(11)
    keys = [new_id() for _ in range(8)]
    url = await make_migrated_database()
    bus = PostgresBus(url)
    await bus.start()
    async with toy_on(url) as toy, asyncpg.create_pool(url) as sql:

        async def write(writer: int) -> None:
            for turn in range(6):
                await toy.tell_in_turn(keys[writer % 8], reason=f"{writer}/{turn}", slowly=chance.choice([0, 0, 0.05]))

        async def kill_relays() -> None:
            for _ in range(12):
                await asyncio.sleep(0.05)
                await sql.execute(KILL_CARRIER)

        async with relaying(toy, bus.publisher()), relaying(toy, bus.publisher()):
            killing = asyncio.create_task(kill_relays())
            await asyncio.gather(*(write(writer) for writer in range(40)))
            await killing
            await until_none_pending(toy)
        told = await sql.fetch(TOLD)

    await bus.close()
    assert sorted(row["reason"] for row in told) == sorted(f"{w}/{t}" for w in range(40) for t in range(6))
    for key in keys:
        assert [row["reason"] for row in told if row["key"] == str(key)] == toy.written[key]


async def test_a_transaction_that_rolls_back_tells_nothing(toy: Toy) -> None:
    wire = Wire()
    with pytest.raises(RuntimeError):
        async with toy.database.transaction(now=NOW) as session:
            session.tell([Told(make_cancelled(reason="never"), NOW)])
            await toy.outbox.write(session, session.untold)
            raise RuntimeError("changed my mind")

    async with relaying(toy, wire):
        await toy.tell(make_cancelled(reason="good"))
        await until(1, wire)

    assert [b'"reason":"good"' in m.data for m in wire.messages] == [True]


async def test_events_of_one_key_leave_in_the_order_of_their_commits(toy: Toy) -> None:
    wire, order_id = Wire(), new_id()
    for n in range(30):
        await toy.tell(make_cancelled(order_id, str(n)))

    async with relaying(toy, wire):
        await until(30, wire)

    assert [f'"reason":"{n}"'.encode() in m.data for n, m in enumerate(wire.messages)] == [True] * 30


async def test_a_death_between_publishing_and_marking_publishes_again_and_loses_nothing(toy: Toy) -> None:
    wire = Wire()
    wire.breaks_after = 1
    await toy.tell(make_cancelled())

    async with relaying(toy, wire):
        await until(2, wire)
        await until_none_pending(toy)

    assert wire.messages[0].id == wire.messages[1].id


async def test_while_the_broker_is_away_rows_wait_and_writers_go_on(toy: Toy) -> None:
    wire = Wire()
    wire.breaks_before = 3

    async with relaying(toy, wire):
        for _ in range(5):
            await toy.tell(make_cancelled())
        await until(5, wire)

    assert len(wire.messages) == 5


async def test_one_relay_carries_at_a_time_and_another_takes_over_when_it_dies(toy: Toy) -> None:
    first, second = Wire(), Wire()
    async with relaying(toy, first) as one:
        await toy.tell(make_cancelled())
        await until(1, first)
        async with relaying(toy, second) as two:
            await asyncio.sleep(0.2)
            assert (one.is_carrying, two.is_carrying) == (True, False)
            async with toy.database.transaction(now=NOW) as session:
                lock = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                await session.execute(text(lock))
            for _ in range(3):
                await toy.tell(make_cancelled())
            async with asyncio.timeout(PATIENCE):
                while len(first.messages) + len(second.messages) < 4:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
