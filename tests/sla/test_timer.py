"""The timer: in the order of time, once, never early, safe against a second worker and against being killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.sla.handlers.timer import fire_due
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

ACCEPT = "repair_accept_or_return"


async def test_a_promise_is_warned_of_when_most_of_its_time_is_gone_and_broken_when_all_is(own_watch: Watch) -> None:
    order_id = new_id()
    await own_watch.hear(tell.order(order_id))

    assert await own_watch.look(at("10:02:24")) == 0
    assert await own_watch.look(at("10:02:25")) == 1
    assert await own_watch.news(order_id) == [("promise-warned", ACCEPT)]
    assert await own_watch.look(at("10:03:00")) == 0, "at the limit itself it is still kept (decision 17)"
    assert await own_watch.look(at("10:03:00") + timedelta(microseconds=1)) == 1
    assert await own_watch.look(at("12:00")) == 0

    assert await own_watch.news(order_id) == [("promise-warned", ACCEPT), ("promise-breached", ACCEPT)]
    breach = (await own_watch.told(order_id))[-1]
    assert (breach["breached_at"], breach["occurred_at"]) == ("2026-11-23T02:03:00Z", at("10:03"))


async def test_after_a_standstill_what_ran_out_is_broken_without_a_warning_first(own_watch: Watch) -> None:
    order_id = new_id()
    await own_watch.hear(tell.order(order_id))

    await own_watch.look(at("18:00"))

    assert await own_watch.news(order_id) == [("promise-breached", ACCEPT)]


async def test_promises_run_out_in_the_order_of_time(own_watch: Watch) -> None:
    orders = [new_id() for _ in range(20)]
    shuffled = sorted(range(20), key=lambda n: (n * 7) % 20)
    await own_watch.hear(*(tell.order(orders[n], TEN + timedelta(seconds=n)) for n in shuffled))

    await own_watch.look(at("10:30"))

    table = own_watch.runtime.service.outbox
    async with own_watch.runtime.database.reading(now=TEN) as session:
        told = (await session.execute(table.select().order_by(table.c.position))).all()
    assert [row.occurred_at for row in told] == [TEN + timedelta(seconds=180 + n) for n in range(20)]


async def test_two_workers_never_fire_one_clock_twice(own_watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.sla.handlers.timer.BATCH", 7)
    orders = [new_id() for _ in range(100)]
    await own_watch.hear(*(tell.order(order_id) for order_id in orders))
    now = at("10:30")

    async def work() -> int:
        fired = 0
        for _ in range(30):
            async with own_watch.runtime.database.transaction(now=now) as session:
                fired += await fire_due(session, now=now)
                await asyncio.sleep(0.001)
        return fired

    assert sum(await asyncio.gather(work(), work(), work())) == 100
    assert await own_watch.count("outbox") == 100


async def test_a_worker_that_dies_in_the_middle_leaves_everything_to_the_next(own_watch: Watch) -> None:
    orders = [new_id() for _ in range(10)]
    await own_watch.hear(*(tell.order(order_id) for order_id in orders))
    now = at("10:30")

    class Killed(BaseException):
        """What a process that is killed leaves behind: a connection that closes without a commit."""

    async def half() -> None:
        async with own_watch.runtime.database.transaction(now=now) as session:
            await fire_due(session, now=now)
            await session.flush()
            raise Killed

    with pytest.raises(Killed):
        await half()
    assert await own_watch.count("outbox") == 0

    assert await own_watch.look(now) == 10
    assert await own_watch.count("outbox") == 10


async def test_entering_old_paper_raises_no_alarm_until_its_own_time_after_entry(own_watch: Watch) -> None:
    """An order of yesterday, entered today: three minutes to enter the rest, and the verdict is by the paper."""
    order_id, yesterday = new_id(), TEN - timedelta(days=1)
    await own_watch.hear(tell.order(order_id, yesterday, recorded_at=TEN, is_late_entry=True))

    assert await own_watch.look(at("10:02:24")) == 0
    await own_watch.hear(tell.accepted(order_id, yesterday + timedelta(minutes=2)))
    assert await own_watch.look(at("11:00")) == 0
    assert (await own_watch.status(order_id))[ACCEPT] == "met"

    silent = new_id()
    await own_watch.hear(tell.order(silent, yesterday, recorded_at=at("11:00"), is_late_entry=True))
    assert await own_watch.look(at("11:03:01")) == 1
    assert await own_watch.news(silent) == [("promise-breached", ACCEPT)]
