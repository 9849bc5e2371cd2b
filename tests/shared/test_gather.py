"""The gathering door: together when there is company, at once when there is none, each answered for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from shared.clock import SystemClock
from shared.db import Database, DatabaseAway, Session
from shared.errors import Invalid, RelightError, Text
from shared.gather import SETS_AT_ONCE, Gathering
from shared.host import Runtime
from shared.once import Once
from shared.web import idempotency_table
from tests.databases import DatabaseServer

METADATA = MetaData(schema="gather")
NUMBERS = Table("numbers", METADATA, Column("number", Integer, primary_key=True))
KEYS = idempotency_table(METADATA)
REFUSED = 13
"""A number that the work refuses, without a trace."""

UNLUCKY = 666
"""A number that breaks the whole set that it is in."""


class Written(BaseModel):
    """What a caller is told."""

    number: int
    company: int


class Desk:
    """Something that writes numbers down, in sets; `gate` holds a set back while it is shut."""

    def __init__(self, database: Database) -> None:
        self.database = database
        service = SimpleNamespace(idempotency=KEYS)
        self.runtime: Runtime = SimpleNamespaceRuntime(database=database, clock=SystemClock(), service=service)  # type: ignore[assignment]
        self.sets: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.gathering: Gathering[int, Written] = Gathering(self._write, model=Written)

    async def ask(self, number: int, key: str | None = None, request_hash: str = "h") -> Written:
        once = Once(key, request_hash) if key else None
        return await self.gathering.ask(self.runtime, number, once=once)

    async def numbers(self) -> list[int]:
        async with self.database.transaction(now=SystemClock().now()) as session:
            return sorted((await session.execute(select(NUMBERS.c.number))).scalars())

    async def _write(self, session: Session, numbers: Sequence[int]) -> list[Written | RelightError]:
        self.sets.append(list(numbers))
        await self.gate.wait()
        if UNLUCKY in numbers:
            raise RuntimeError("unlucky")
        good = [{"number": number} for number in numbers if number != REFUSED]
        if good:
            await session.execute(insert(NUMBERS), good)
        no = Invalid("number.refused", Text("不", "no"))
        return [no if n == REFUSED else Written(number=n, company=len(numbers)) for n in numbers]


class SimpleNamespaceRuntime:
    """As much of a running service as the door needs."""

    def __init__(self, **parts: Any) -> None:
        self.__dict__.update(parts)


@asynccontextmanager
async def desk_on(url: str) -> AsyncIterator[Desk]:
    database = Database(url, schema="public")
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA gather"))
        await connection.run_sync(METADATA.create_all)
    try:
        yield Desk(database)
    finally:
        await database.close()


@pytest.fixture
async def desk(databases: DatabaseServer) -> AsyncIterator[Desk]:
    async with databases.lend() as url, desk_on(url) as desk:
        yield desk


async def test_a_call_that_comes_alone_goes_alone(desk: Desk) -> None:
    assert await desk.ask(1) == Written(number=1, company=1)
    assert await desk.numbers() == [1]


async def sent_off(desk: Desk, number: int, **more: str) -> asyncio.Task[Written]:
    """Let one call leave in a set of its own."""
    call = asyncio.create_task(desk.ask(number, **more))
    await asyncio.sleep(0.05)
    return call


async def test_those_who_come_while_the_sets_are_on_their_way_go_together_in_the_next(desk: Desk) -> None:
    desk.gate.clear()
    ahead = [await sent_off(desk, number) for number in range(SETS_AT_ONCE)]
    others = [asyncio.create_task(desk.ask(number)) for number in range(SETS_AT_ONCE, 10)]
    await asyncio.sleep(0.05)
    desk.gate.set()

    answers = await asyncio.gather(*ahead, *others)

    assert desk.sets == [*([n] for n in range(SETS_AT_ONCE)), list(range(SETS_AT_ONCE, 10))]
    assert [answer.number for answer in answers] == list(range(10))
    assert await desk.numbers() == list(range(10))


async def test_a_refused_item_is_refused_alone(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask(n) for n in (1, REFUSED, 2)), return_exceptions=True)

    assert [isinstance(answer, Invalid) for answer in answers] == [False, True, False]
    assert await desk.numbers() == [1, 2]


async def test_an_item_that_breaks_its_set_fails_alone(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask(n) for n in (1, UNLUCKY, 2)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [Written, RuntimeError, Written]
    assert await desk.numbers() == [1, 2]


async def test_an_item_that_the_database_refuses_fails_alone(desk: Desk) -> None:
    await desk.ask(7)
    answers = await asyncio.gather(*(desk.ask(n) for n in (1, 7, 2)), return_exceptions=True)

    assert isinstance(answers[1], SQLAlchemyError)
    assert await desk.numbers() == [1, 2, 7]


async def test_a_commit_that_fails_is_told_to_everybody_and_not_tried_again(desk: Desk) -> None:
    statements = (
        "CREATE FUNCTION gather.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no commit'; END $$",
        "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON gather.numbers DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION gather.fail()",
    )
    async with desk.database.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))

    answers = await asyncio.gather(*(desk.ask(n) for n in range(5)), return_exceptions=True)

    assert all(isinstance(answer, SQLAlchemyError) and "no commit" in str(answer) for answer in answers)
    assert sorted(number for group in desk.sets for number in group) == list(range(5))
    assert await desk.numbers() == []


async def test_a_database_that_is_away_is_told_to_everybody_at_once(desk: Desk) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", schema="public")
    desk.runtime.database = away

    answers = await asyncio.gather(*(desk.ask(n) for n in range(5)), return_exceptions=True)

    assert all(isinstance(answer, DatabaseAway) for answer in answers)
    await away.close()


@pytest.mark.parametrize(
    "error",
    [
        DatabaseAway("database.away", Text("无", "none")),
        DBAPIError("SELECT 1", None, Exception("gone"), connection_invalidated=True),
    ],
)
async def test_a_set_without_a_connection_fails_at_once(desk: Desk, error: Exception) -> None:
    tried: list[int] = []

    async def work(_: Session, numbers: Sequence[int]) -> list[Written | RelightError]:
        tried.append(len(numbers))
        raise error

    desk.gathering = Gathering(work, model=Written)
    answers = await asyncio.gather(*(desk.ask(n) for n in range(5)), return_exceptions=True)

    assert tried == [5]
    assert answers == [error] * 5


async def test_the_line_goes_on_after_a_failure(desk: Desk) -> None:
    with pytest.raises(RuntimeError):
        await desk.ask(UNLUCKY)

    assert (await desk.ask(1)).number == 1


async def test_a_caller_who_leaves_before_the_set_takes_its_item_along(desk: Desk) -> None:
    desk.gate.clear()
    ahead = [await sent_off(desk, number) for number in range(SETS_AT_ONCE)]
    leaving, staying = asyncio.create_task(desk.ask(8)), asyncio.create_task(desk.ask(9))
    await asyncio.sleep(0.05)
    leaving.cancel()
    await asyncio.sleep(0)
    desk.gate.set()

    await asyncio.gather(*ahead, staying)

    assert await desk.numbers() == [*range(SETS_AT_ONCE), 9]


async def test_a_caller_who_leaves_on_the_way_harms_nobody(desk: Desk) -> None:
    desk.gate.clear()
    leaving = asyncio.create_task(desk.ask(0))
    await asyncio.sleep(0.05)
    leaving.cancel()
    staying = asyncio.create_task(desk.ask(1))
    await asyncio.sleep(0.05)
    desk.gate.set()

    assert (await staying).number == 1
    async with asyncio.timeout(5):
        while await desk.numbers() != [0, 1]:  # noqa: ASYNC110 - nobody waits for the one who left
            await asyncio.sleep(0.01)


async def test_a_set_has_a_most(desk: Desk) -> None:
    desk.gathering = Gathering(desk._write, model=Written, most=3)
    await asyncio.gather(*(desk.ask(n) for n in range(7)))

    assert sorted(len(group) for group in desk.sets) == [1, 3, 3]


# -- the same key again ------------------------------------------------------------------------------------------------


async def test_one_key_has_one_effect_and_one_answer(desk: Desk) -> None:
    first = await desk.ask(1, key="k")
    again = await desk.ask(1, key="k")

    assert first == again
    assert await desk.numbers() == [1]


async def test_one_key_at_the_same_instant_has_one_effect(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.ask(1, key="k") for _ in range(8)))

    assert len({answer.number for answer in answers}) == 1
    assert await desk.numbers() == [1]


async def test_one_key_in_two_sets_on_their_way_has_one_effect(desk: Desk) -> None:
    desk.gate.clear()
    first = await sent_off(desk, 1, key="k")
    second = await sent_off(desk, 1, key="k")
    desk.gate.set()

    assert await first == await second
    assert await desk.numbers() == [1]


async def test_a_key_whose_first_call_is_refused_serves_the_one_that_waits_for_it(desk: Desk) -> None:
    desk.gate.clear()
    refused = await sent_off(desk, REFUSED, key="k")
    second = await sent_off(desk, 1, key="k", request_hash="another")
    desk.gate.set()

    assert isinstance((await asyncio.gather(refused, return_exceptions=True))[0], Invalid)
    assert (await second).number == 1


async def test_who_joins_as_the_last_sets_come_home_is_carried(desk: Desk) -> None:
    desk.gate.clear()
    ahead = [await sent_off(desk, number) for number in range(SETS_AT_ONCE)]
    late: list[asyncio.Task[Written]] = []
    ahead[-1].add_done_callback(lambda _: late.append(asyncio.create_task(desk.ask(8))))
    desk.gate.set()

    async with asyncio.timeout(5):
        await asyncio.gather(*ahead)
        await asyncio.sleep(0)
        assert (await late[0]).number == 8


async def test_a_key_with_another_request_is_refused_at_once_and_later(desk: Desk) -> None:
    answers = await asyncio.gather(desk.ask(1, key="k"), desk.ask(2, key="k", request_hash="x"), return_exceptions=True)
    later = await asyncio.gather(desk.ask(3, key="k", request_hash="y"), return_exceptions=True)

    for refused in (answers[1], later[0]):
        assert isinstance(refused, Invalid)
        assert refused.code == "idempotency.key_reused"
    assert await desk.numbers() == [1]


@pytest.mark.parametrize("number", [REFUSED, UNLUCKY])
async def test_a_call_that_failed_leaves_its_key_free(desk: Desk, number: int) -> None:
    failed = await asyncio.gather(desk.ask(number, key="k"), desk.ask(5, key="l"), return_exceptions=True)
    again = await desk.ask(1, key="k", request_hash="another")

    assert isinstance(failed[0], Exception)
    assert again.number == 1
    assert await desk.numbers() == [1, 5]
