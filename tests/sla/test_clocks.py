"""When clocks open, stop, fall away and are revised: by the times of events, however they come to be heard."""

from __future__ import annotations

import itertools

import pytest

from shared.glossary import AreaType, BusinessType, ReturnLevel
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch


async def test_a_late_synced_phone_turns_a_called_breach_into_a_kept_promise(watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()
    await watch.hear(tell.order(order_id), tell.accepted(order_id, TEN), tell.assigned(order_id, task_id, TEN))
    await watch.hear(tell.departed(order_id, task_id, at("10:02")))
    await watch.look(at("10:31"))
    assert (await watch.status(order_id))["repair_arrival_internal"] == "breached"

    await watch.hear(tell.arrived(order_id, task_id, at("10:20"), recorded_at=at("11:30")))

    assert (await watch.status(order_id))["repair_arrival_internal"] == "met"
    assert await watch.news(order_id) == [
        ("promise-breached", "repair_arrival_internal"),
        ("promise-revised", "repair_arrival_internal"),
    ]


async def test_what_is_judged_is_not_judged_again_when_its_end_comes_late(watch: Watch) -> None:
    order_id = new_id()
    await watch.hear(tell.order(order_id))
    await watch.look(at("10:04"))

    await watch.hear(tell.accepted(order_id, at("10:05")))
    await watch.look(at("10:06"))

    assert await watch.news(order_id) == [("promise-breached", "repair_accept_or_return")]
    assert (await watch.clocks(order_id))["repair_accept_or_return"]["stopped_at"] == "2026-11-23T02:05:00Z"


async def test_an_end_that_comes_late_by_itself_is_a_breach_told_once(watch: Watch) -> None:
    order_id = new_id()

    await watch.hear(tell.order(order_id), tell.accepted(order_id, at("10:05")))
    await watch.look(at("10:06"))

    assert await watch.news(order_id) == [("promise-breached", "repair_accept_or_return")]


async def test_a_refusal_ends_the_crews_departure_and_not_the_customers_wait(watch: Watch) -> None:
    order_id, first, second = new_id(), new_id(), new_id()

    await watch.hear(
        tell.order(order_id),
        tell.assigned(order_id, first, TEN),
        tell.refused(order_id, first, at("10:03")),
        tell.assigned(order_id, second, at("10:10")),
        tell.departed(order_id, second, at("10:14")),
        tell.arrived(order_id, second, at("10:31")),
    )

    answer = await watch.call("GET", f"/orders/{order_id}/clocks")
    departures = [c["status"] for c in answer.json()["items"] if c["promise"] == "repair_departure"]
    assert departures == ["cancelled", "met"]
    assert (await watch.status(order_id))["repair_arrival_internal"] == "breached"


async def test_a_child_of_an_incident_needs_no_crew_of_its_own(watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id), tell.assigned(order_id, task_id, TEN), tell.merged(order_id, new_id(), at("10:02"))
    )

    status = await watch.status(order_id)
    assert (status["repair_departure"], status["repair_arrival_internal"]) == ("cancelled", "cancelled")


async def test_light_that_came_back_by_itself_calls_the_crew_off(watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()

    await watch.hear(tell.order(order_id), tell.assigned(order_id, task_id, TEN), tell.restored(order_id, at("10:20")))
    assert (await watch.status(order_id))["repair_arrival_internal"] == "cancelled"
    assert (await watch.status(order_id))["repair_departure"] == "breached"

    await watch.hear(tell.arrived(order_id, task_id, at("10:15")))
    assert (await watch.status(order_id))["repair_arrival_internal"] == "met"


@pytest.mark.parametrize("again", [tell.reopened, tell.returned])
async def test_an_order_that_goes_out_again_has_an_arrival_promise_again(watch: Watch, again: type) -> None:
    order_id, first, second = new_id(), new_id(), new_id()
    facts = [
        tell.order(order_id),
        tell.assigned(order_id, first, TEN),
        tell.arrived(order_id, first, at("10:40")),
        again(order_id, at("15:00")),
        tell.assigned(order_id, second, at("15:00"), round=2),
        tell.arrived(order_id, second, at("15:20")),
    ]

    await watch.hear(*facts)

    answer = await watch.call("GET", f"/orders/{order_id}/clocks")
    arrivals = [c["status"] for c in answer.json()["items"] if c["promise"] == "repair_arrival_internal"]
    assert arrivals == ["breached", "met"]


async def test_a_cancelled_order_keeps_nobody_waiting(own_watch: Watch) -> None:
    order_id = new_id()

    await own_watch.hear(tell.order(order_id), tell.cancelled(order_id, at("10:01")))

    assert await own_watch.status(order_id) == {"repair_accept_or_return": "cancelled"}
    assert await own_watch.look(at("12:00")) == 0


async def test_only_repairs_have_repair_promises(watch: Watch) -> None:
    order_id = new_id()

    await watch.hear(tell.order(order_id, business_type=BusinessType.OPINION))

    assert await watch.status(order_id) == {}


async def test_the_limit_is_that_of_the_area_as_assessed_when_the_crew_was_sent(watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id),
        tell.assessed(order_id, TEN, AreaType.RURAL),
        tell.assigned(order_id, task_id, at("10:01")),
        tell.assessed(order_id, at("10:20"), AreaType.SPECIAL_REMOTE),
    )

    assert (await watch.clocks(order_id))["repair_arrival_internal"]["due_at"] == "2026-11-23T03:31:00Z"


async def test_a_fact_that_comes_before_its_order_waits_and_then_counts(own_watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()
    await own_watch.hear(tell.assigned(order_id, task_id, TEN), tell.arrived(order_id, task_id, at("10:20")))
    assert await own_watch.count("facts") == 0

    await own_watch.hear(tell.order(order_id))
    await own_watch.retry()

    assert (await own_watch.status(order_id))["repair_arrival_internal"] == "met"


async def test_the_log_keeps_neither_people_nor_their_words(own_watch: Watch) -> None:
    order_id = new_id()

    await own_watch.hear(tell.order(order_id), tell.returned(order_id, at("12:00"), level=ReturnLevel.PROVINCE))

    async with own_watch.runtime.database.reading(now=TEN) as session:
        kept = await session.connection.exec_driver_sql("SELECT string_agg(data::text, ' ') FROM sla.facts")
        text = str(kept.scalar_one())
    for word in ("张伟", "13812345678", "界首镇", "没电", "未彻底解决"):
        assert word not in text


async def test_whatever_the_order_of_hearing_the_verdicts_are_the_same(watch: Watch) -> None:
    """One fact a batch, every interleaving of what two services tell after the order was created."""
    verdicts = set()
    for intake_places in itertools.combinations(range(6), 2):
        order_id, task_id = new_id(), new_id()
        intake = iter([tell.accepted(order_id, at("10:04")), tell.reopened(order_id, at("12:00"))])
        dispatch = iter(
            [
                tell.assigned(order_id, task_id, at("10:05")),
                tell.crew_received(order_id, task_id, at("10:06")),
                tell.departed(order_id, task_id, at("10:11")),
                tell.arrived(order_id, task_id, at("10:36")),
            ]
        )
        await watch.hear(tell.order(order_id))
        for place in range(6):
            await watch.hear(next(intake if place in intake_places else dispatch))
        verdicts.add(tuple(sorted((await watch.status(order_id)).items())))

    assert len(verdicts) == 1
