"""Each event takes effect once and in order, or waits where everybody can see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text, update

from shared.db import Session
from shared.events import Fact
from shared.events.intake import OrderCancelled
from shared.ids import new_id
from shared.inbox import POISON_LIMIT
from shared.parking import LOOK_AT_LEAST_EVERY, TRIES, NotYet
from tests.databases import DatabaseServer
from tests.shared.toy import NOW, Toy, make_cancelled, make_message, toy_on


@pytest.fixture
async def toy(databases: DatabaseServer) -> AsyncIterator[Toy]:
    async with databases.lend() as url, toy_on(url) as service:
        yield service


async def make_due(toy: Toy) -> None:
    """Let the pause of every parked event be over."""
    async with toy.database.transaction(now=NOW) as session:
        table = toy.service.parked
        await session.execute(
            update(table).where(table.c.died_at.is_(None)).values(next_try_at=NOW - timedelta(days=999))
        )


async def test_an_event_that_is_delivered_twice_takes_effect_once(toy: Toy) -> None:
    message = make_message()
    inbox = toy.inbox()

    await inbox.take([message, message])
    await inbox.take([message])

    assert await toy.reasons() == ["false alarm"]


async def test_events_of_one_batch_take_effect_in_one_transaction(toy: Toy) -> None:
    seen: set[str] = set()

    async def note_transaction(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        seen.add((await session.execute(text("SELECT pg_current_xact_id()::text"))).scalar_one())

    await toy.inbox(note_transaction).take([make_message() for _ in range(50)])

    assert len(seen) == 1


async def test_a_poisonous_event_parks_its_key_and_lets_other_orders_go_on(toy: Toy) -> None:
    sick, healthy = new_id(), new_id()
    batch = [
        make_message(make_cancelled(sick, "poison")),
        make_message(make_cancelled(healthy, "first")),
        make_message(make_cancelled(sick, "behind the poison")),
        make_message(make_cancelled(healthy, "second")),
    ]

    inbox = toy.inbox()
    await inbox.take(batch)
    await inbox.take([make_message(make_cancelled(sick, "still behind"))])

    assert await toy.reasons() == ["first", "second"]
    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_waiting(session) == 3


async def test_what_waited_behind_a_poisonous_event_goes_on_in_order_once_it_can(toy: Toy) -> None:
    order_id = new_id()
    is_cured = False

    async def react(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        if fact.event.reason == "poison" and not is_cured:
            raise RuntimeError("not yet cured")
        row = {"event_id": fact.id, "order_id": fact.event.order_id, "reason": fact.event.reason}
        await session.execute(insert(toy.effects).values(row))

    inbox = toy.inbox(react)
    await inbox.take([make_message(make_cancelled(order_id, reason)) for reason in ("poison", "second", "third")])
    is_cured = True
    await make_due(toy)
    await inbox.retry_due()

    assert await toy.reasons(order_id) == ["poison", "second", "third"]
    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_waiting(session) == 0


async def test_what_stands_behind_a_dead_letter_in_the_middle_of_its_line_waits_for_it(toy: Toy) -> None:
    order_id = new_id()
    is_cured = False

    async def react(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        if not is_cured:
            raise RuntimeError("not yet cured")
        await toy.on_cancelled(session, fact, now=now)

    inbox = toy.inbox(react)
    one, two, three = (make_message(make_cancelled(order_id, reason)) for reason in ("one", "two", "three"))
    await inbox.take([one, replace(two, data=b"{}"), three])
    is_cured = True
    await make_due(toy)
    await inbox.retry_due()

    assert await toy.reasons(order_id) == ["one"]
    async with toy.database.transaction(now=NOW) as session:
        assert [dead.message.id for dead in await toy.parking.list_dead(session)] == [two.id]
        assert await toy.parking.time_to_next(session) == LOOK_AT_LEAST_EVERY


async def test_an_event_that_comes_too_early_waits_and_the_rest_of_its_batch_does_not(toy: Toy) -> None:
    early, other = new_id(), new_id()
    has_base = False

    async def react(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        if fact.event.order_id == early and not has_base:
            raise NotYet("order-created")
        row = {"event_id": fact.id, "order_id": fact.event.order_id, "reason": fact.event.reason}
        await session.execute(insert(toy.effects).values(row))

    inbox = toy.inbox(react)
    batch = [make_cancelled(early, "one"), make_cancelled(other, "free"), make_cancelled(early, "two")]
    await inbox.take([make_message(event) for event in batch])
    assert await toy.reasons() == ["free"]

    has_base = True
    await make_due(toy)
    await inbox.retry_due()
    assert await toy.reasons(early) == ["one", "two"]


async def test_a_redelivered_event_that_is_parked_is_not_parked_twice(toy: Toy) -> None:
    message = make_message(make_cancelled(reason="poison"))
    inbox = toy.inbox()

    await inbox.take([message])
    await inbox.take([message])

    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_waiting(session) == 1


async def test_after_its_last_try_an_event_is_a_dead_letter_that_can_be_replayed(toy: Toy) -> None:
    order_id = new_id()
    inbox = toy.inbox()
    await inbox.take([make_message(make_cancelled(order_id, "poison"))])

    for _ in range(TRIES):
        await make_due(toy)
        await inbox.retry_due()

    async with toy.database.transaction(now=NOW) as session:
        (dead,) = await toy.parking.list_dead(session)
        assert (dead.tries, dead.is_dead) == (TRIES, True)
        assert "poisonous" in dead.reason
        await toy.parking.replay(session, dead.position)
    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_dead(session) == 0


async def test_a_body_that_nobody_can_read_is_a_dead_letter_at_once(toy: Toy) -> None:
    await toy.inbox().take([replace(make_message(), data=b'{"order_id": "no uuid"}'), make_message()])

    assert await toy.reasons() == ["false alarm"]
    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_dead(session) == 1


async def test_an_event_that_nobody_here_knows_is_passed_over(toy: Toy) -> None:
    await toy.inbox().take([replace(make_message(), type="order-praised-in-verse")])

    async with toy.database.transaction(now=NOW) as session:
        assert await toy.parking.count_waiting(session) == 0


async def test_too_many_dead_letters_in_a_row_stop_the_consumer(toy: Toy) -> None:
    inbox = toy.inbox()
    await inbox.take([replace(make_message(), data=b"{}") for _ in range(POISON_LIMIT)])

    assert inbox.is_stopped_by_poison


async def test_topics_of_one_batch_are_taken_in_the_order_in_which_they_were_recorded(toy: Toy) -> None:
    order_id = new_id()
    later = replace(
        make_message(make_cancelled(order_id, "later")), topic="dispatch", recorded_at=NOW + timedelta(seconds=1)
    )
    sooner = replace(make_message(make_cancelled(order_id, "sooner")), topic="intake")
    taken: list[str] = []

    async def react(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
        taken.append(fact.event.reason)

    await toy.inbox(react).take([later, sooner])

    assert taken == ["sooner", "later"]
