"""Events that were given up on: seen, tried again, or let go for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import select

from services.callback.app import SERVICE
from shared.bus import Message
from shared.db import Database, login_url, role_of
from shared.events import Fact, to_message
from shared.events.intake import Caller, OrderSent
from shared.ids import new_id
from shared.parking import Parking
from tests.cli.command import assert_one_clear_line, relight_here
from tests.conftest import MakeDatabase

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Letters:
    """The parked events of callback on one database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.database = Database(login_url(url, user=role_of("callback")), schema="callback")
        self.parking = Parking(SERVICE.parked)
        self.verb = partial(relight_here, "dead-letters", database_url=url)

    async def bury(self) -> tuple[str, Message]:
        """Make a dead letter; return its number and the message."""
        caller = Caller(name="张伟", phone="13812345678", address="兴安县界首镇 12 号")
        event = OrderSent(order_id=new_id(), sent_at=NOW, is_national=False, caller=caller, order_no="1")
        message = to_message(Fact(new_id(), event, NOW, NOW))
        async with self.database.transaction(now=NOW) as session:
            await self.parking.bury(session, message, error=RuntimeError("call 13812345678"))
            table = self.parking.table
            found = await session.execute(select(table.c.position).where(table.c.id == message.id))
            return f"callback:{found.scalar_one()}", message

    async def is_dead(self, number: str) -> bool | None:
        """Say whether a parked event is dead; None when it is not there."""
        async with self.database.transaction(now=NOW) as session:
            parked = await self.parking.find(session, int(number.split(":")[1]))
        return parked.is_dead if parked else None

    async def is_remembered(self, message: Message) -> bool:
        """Say whether the inbox would drop the message if it came again."""
        inbox = SERVICE.inbox
        async with self.database.transaction(now=NOW) as session:
            return (await session.execute(select(inbox).where(inbox.c.event_id == message.id))).first() is not None


@pytest.fixture
async def letters(make_migrated_database: MakeDatabase) -> AsyncIterator[Letters]:
    letters = Letters(await make_migrated_database())
    yield letters
    await letters.database.close()


async def test_a_dead_letter_is_listed_and_shown_without_personal_data(letters: Letters) -> None:
    number, message = await letters.bury()

    listed, shown = letters.verb("list"), letters.verb("show", number)

    assert listed.stdout.split("\t")[:3] == [number, "order-sent", message.key]
    assert '"order_no": "1"' in shown.stdout
    for secret in ("13812345678", "张伟", "界首"):
        assert secret not in listed.stdout + shown.stdout
    assert letters.verb("list", "--service", "sla").stdout == ""


async def test_a_replayed_letter_gets_all_its_tries_again(letters: Letters) -> None:
    number, message = await letters.bury()

    done = letters.verb("replay", number)

    assert (done.returncode, done.stdout.strip()) == (0, number)
    assert await letters.is_dead(number) is False
    assert not await letters.is_remembered(message)


async def test_a_dropped_letter_stays_dropped_when_the_bus_brings_it_again(letters: Letters) -> None:
    number, message = await letters.bury()
    other, _ = await letters.bury()

    done = letters.verb("drop", number.split(":")[1], "--service", "callback")

    assert (done.returncode, done.stdout.strip()) == (0, number)
    assert (await letters.is_dead(number), await letters.is_dead(other)) == (None, True)
    assert await letters.is_remembered(message)
    assert letters.verb("drop", "--all").stdout.strip() == other


async def test_numbers_that_lead_nowhere_are_one_clear_line(letters: Letters) -> None:
    assert_one_clear_line(letters.verb("show", "callback:99"), status=1, words="no dead letter callback:99")
    assert_one_clear_line(letters.verb("show", "99"), status=2, words="looks like sla:17")
    assert_one_clear_line(letters.verb("replay"), status=2, words="--all")
    assert_one_clear_line(letters.verb("list", "--service", "billing"), status=2, words="no service billing")
