"""The bus in PostgreSQL: the contract, and what only this one has to prove."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import asyncpg
import pytest

import shared.bus
from shared.bus.postgres import PostgresBus
from shared.bus.postgres.publisher import slot_of
from shared.bus.tables import metadata
from shared.errors import Unavailable
from shared.migrate import History, find_drift, migrate
from shared.outbox import InPlace
from tests.bus.contract import (
    AT_LEAST,
    BusContract,
    becomes_true,
    fetch_some,
    fetch_without_acknowledging,
    ids,
    make_message,
    make_messages,
    new_name,
    numbers_per_key,
)
from tests.conftest import MakeDatabase

MakePostgresBus = Callable[[], Awaitable[PostgresBus]]

HISTORY = History("bus", metadata, Path(shared.bus.__path__[0]) / "migrations", has_role=False)

OWNS_A_SLOT = """
locktype = 'advisory' AND mode = 'ExclusiveLock'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module")
async def url(make_database: MakeDatabase) -> str:
    """Return the address of a database with the bus's tables."""
    address = await make_database()
    await migrate(address, [HISTORY])
    return address


@pytest.fixture
async def make_bus(url: str) -> AsyncIterator[MakePostgresBus]:
    """Make buses on the module's database, and close them after the test."""
    made: list[PostgresBus] = []

    async def make() -> PostgresBus:
        bus = PostgresBus(url)
        await bus.start()
        made.append(bus)
        return bus

    yield make
    await asyncio.gather(*(bus.close() for bus in made))


@pytest.fixture
async def sql(url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Lend a connection of the superuser's."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


class TestPostgresBus(BusContract):
    """The contract, held by PostgreSQL."""


async def test_the_migration_makes_the_tables_that_the_code_declares(url: str) -> None:
    assert await find_drift(url, [HISTORY]) == []


async def test_writers_that_commit_late_lose_nothing(url: str, make_bus: MakePostgresBus) -> None:
    """200 writers on 40 connections, a reader that never waits: whatever order they commit in, every message comes."""
    topic = new_name("topic")
    reader = await make_bus()
    subscriber = await reader.subscriber(group=new_name("group"), topics=[topic])
    writers = PostgresBus(url, pool_size=40)
    await writers.start()
    sent = [make_messages(topic, 5, keys=13, first=5 * n) for n in range(200)]
    reading = asyncio.create_task(fetch_some(subscriber, 1000))

    await asyncio.gather(*(writers.publisher().publish(batch) for batch in sent))

    assert set(ids(await reading)) == {m.id for batch in sent for m in batch}
    await writers.close()


async def test_a_position_is_given_out_only_once_the_one_before_is_committed(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    """The race itself: while one writer holds the topic, the next waits instead of overtaking."""
    topic = new_name("topic")
    bus = await make_bus()
    publisher = bus.publisher()
    await publisher.publish(make_messages(topic, 1))
    late = sql.transaction()
    await late.start()
    await sql.execute("UPDATE bus.topics SET last_position = last_position + 1 WHERE topic = $1", topic)

    publishing = asyncio.create_task(publisher.publish(make_messages(topic, 1, first=1)))
    await asyncio.sleep(0.2)
    overtook = publishing.done()
    await late.commit()
    await publishing

    assert not overtook


async def test_a_batch_is_published_whole_or_not_at_all(make_bus: MakePostgresBus) -> None:
    topic = new_name("topic")
    bus = await make_bus()
    good = make_messages(topic, 3)
    bad = make_message(topic, type=None)

    with pytest.raises(asyncpg.NotNullViolationError):
        await bus.publisher().publish([*good, bad])

    subscriber = await bus.subscriber(group=new_name("group"), topics=[topic])
    assert not await subscriber.fetch(most=10, wait=AT_LEAST)


MAKE_OUTBOX = """
CREATE TABLE public.outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid, topic text, type text, key text,
    occurred_at timestamptz, recorded_at timestamptz, data bytea, trace text
)
"""
OUTBOX_COLUMNS = ["id", "topic", "type", "key", "occurred_at", "recorded_at", "data", "trace"]


async def test_what_waits_in_an_outbox_of_the_same_database_goes_over_once_and_in_order(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    first, second = new_name("topic"), new_name("topic")
    topics = make_messages(first, 40, keys=7), make_messages(second, 40, keys=3)
    messages = [m for pair in zip(*topics, strict=True) for m in pair]
    await sql.execute(MAKE_OUTBOX)
    rows = [[getattr(m, name) for name in OUTBOX_COLUMNS] for m in messages]
    await sql.copy_records_to_table("outbox", schema_name="public", columns=OUTBOX_COLUMNS, records=rows)
    bus = await make_bus()
    subscriber = await bus.subscriber(group=new_name("group"), topics=[first, second])

    went = [await cast("InPlace", bus.publisher()).take_over(sql, "public.outbox", most=50) for _ in range(3)]
    came = await fetch_some(subscriber, 80)

    assert went == [50, 30, 0]
    assert await sql.fetchval("SELECT count(*) FROM public.outbox") == 0
    assert sorted(came, key=lambda m: m.id) == sorted(messages, key=lambda m: m.id)
    for topic in (first, second):
        mine = [m for m in came if m.topic == topic]
        assert numbers_per_key(mine) == numbers_per_key([m for m in messages if m.topic == topic])
    slots = await sql.fetch("SELECT key, slot FROM bus.log WHERE topic = ANY($1)", [first, second])
    assert {row["key"]: row["slot"] for row in slots} == {m.key: slot_of(m.key) for m in messages}


async def test_a_member_whose_connection_is_killed_hands_over_and_comes_back(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    """The locks go with the connection: a survivor reads on; the victim joins anew and trusts no old lock."""
    topic, group = new_name("topic"), new_name("group")
    bus, other_bus = await make_bus(), await make_bus()
    victim = await bus.subscriber(group=group, topics=[topic])
    await bus.publisher().publish(make_messages(topic, 20, keys=20))
    given = await fetch_without_acknowledging(victim, 20)

    await sql.execute(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE {OWNS_A_SLOT}")

    survivor = await other_bus.subscriber(group=group, topics=[topic])
    assert sorted(ids(await fetch_some(survivor, 20))) == sorted(ids(given))
    assert not await victim.fetch(most=100, wait=timedelta(seconds=2))
    await bus.publisher().publish(make_messages(topic, 200, keys=200, first=20))
    shares = await asyncio.gather(*(member.fetch(most=200, wait=timedelta(seconds=5)) for member in (victim, survivor)))
    assert [bool(share) for share in shares] == [True, True]
    assert sum(len(share.messages) for share in shares) == 200


async def test_members_hold_their_fair_share(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    """Sixteen slots among three members: six, six and four."""
    topic, group = new_name("topic"), new_name("group")
    bus = await make_bus()
    members = [await bus.subscriber(group=group, topics=[topic]) for _ in range(3)]
    for _ in range(2):
        for member in members:
            await member.fetch(most=1, wait=timedelta(0))

    held = await sql.fetch(f"SELECT count(*) FROM pg_locks WHERE {OWNS_A_SLOT} GROUP BY pid ORDER BY 1")

    assert [row["count"] for row in held] == [4, 6, 6]


async def test_a_listener_that_was_cut_off_listens_again(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    bus = await make_bus()
    await bus.subscriber(group=new_name("group"), topics=[new_name("topic")])

    async def listeners() -> set[int]:
        query = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        return {row["pid"] for row in await sql.fetch(query)}

    async def is_listening() -> bool:
        return bool(await listeners() - gone)

    gone: set[int] = set()
    await becomes_true(is_listening, within=5)
    gone = await listeners()
    await sql.execute("SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid", list(gone))

    await becomes_true(is_listening, within=5)


async def test_trimming_takes_what_all_groups_have_read_and_nothing_else(
    make_bus: MakePostgresBus, sql: asyncpg.Connection[asyncpg.Record]
) -> None:
    topic = new_name("topic")
    bus = await make_bus()
    quick, slow = [await bus.subscriber(group=new_name("group"), topics=[topic]) for _ in range(2)]
    await bus.publisher().publish(make_messages(topic, 60, keys=20))
    await fetch_some(quick, 60)
    await fetch_some(slow, 20, most=20)
    waiting = (await slow.lag()).messages

    too_young = await bus.trim(older_than=timedelta(hours=1))
    old_enough = await bus.trim(older_than=timedelta(0))

    left = await sql.fetchval("SELECT count(*) FROM bus.log WHERE topic = $1", topic)
    assert too_young == 0
    assert left == waiting == 40
    assert old_enough >= 20
    assert len(set(ids(await fetch_some(slow, 40)))) == 40


async def test_a_closed_subscriber_lets_nobody_fetch(make_bus: MakePostgresBus) -> None:
    bus = await make_bus()
    subscriber = await bus.subscriber(group=new_name("group"), topics=[new_name("topic")])
    waiting = asyncio.create_task(subscriber.fetch(most=1, wait=timedelta(seconds=30)))
    await asyncio.sleep(0.1)

    await subscriber.close()

    with pytest.raises(Unavailable):
        await waiting


async def test_a_server_that_is_away_is_named_so(tmp_path: Path) -> None:
    bus = PostgresBus(f"postgresql://nobody@/nothing?host={tmp_path}")

    with pytest.raises(Unavailable):
        await bus.start()

    await bus.close()


async def test_a_member_finishes_its_batch_before_it_hands_over(make_bus: MakePostgresBus) -> None:
    """A newcomer gets nothing of a slot whose messages are in work, and all that follows once they are acknowledged."""
    topic, group = new_name("topic"), new_name("group")
    bus = await make_bus()
    first = await bus.subscriber(group=group, topics=[topic])
    await bus.publisher().publish(make_messages(topic, 100, keys=100))
    async with asyncio.timeout(5):
        batch = await first.fetch(most=100, wait=timedelta(seconds=5))
    second = await bus.subscriber(group=group, topics=[topic])
    await bus.publisher().publish(make_messages(topic, 100, keys=100, first=100))
    rest: list[int] = []

    meanwhile = await second.fetch(most=100, wait=timedelta(milliseconds=1500))
    await first.acknowledge(batch)

    async def read(member: shared.bus.Subscriber) -> None:
        while len(rest) < 100:
            news = await member.fetch(most=100, wait=AT_LEAST)
            rest.extend(int(m.data) for m in news.messages)
            await member.acknowledge(news)

    await asyncio.gather(read(first), read(second))
    assert not meanwhile
    assert sorted(rest) == list(range(100, 200))
