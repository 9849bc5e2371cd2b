"""The limits, and that the limit itself still counts as kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.sla.app import SERVICE
from services.sla.domain.promises import find_looser
from services.sla.repository.promises import list_promises
from shared.glossary import AreaType
from shared.ids import new_id
from shared.migrate import find_drift
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

ARRIVAL_LIMITS = [
    pytest.param(AreaType.COUNTY_TOWN, 30, marks=pytest.mark.requirement("000-093")),
    pytest.param(AreaType.RURAL, 90, marks=pytest.mark.requirement("000-094")),
    pytest.param(AreaType.SPECIAL_REMOTE, 120, marks=pytest.mark.requirement("000-095")),
]


async def test_the_tables_are_as_the_code_declares_them(watch: Watch) -> None:
    assert await find_drift(watch.url, [SERVICE.history]) == []


@pytest.mark.parametrize(("area", "minutes"), ARRIVAL_LIMITS)
@pytest.mark.parametrize(("seconds", "verdict"), [(-1, "met"), (0, "met"), (1, "breached")])
async def test_the_arrival_limit_of_an_area_is_inclusive(
    watch: Watch, area: AreaType, minutes: int, seconds: int, verdict: str
) -> None:
    """E10: 29:59, 30:00 and 30:01 after dispatch, and the like in the country and the mountains."""
    order_id, task_id = new_id(), new_id()
    arrival = TEN + timedelta(minutes=minutes, seconds=seconds)

    await watch.hear(
        tell.order(order_id, area_type=area),
        tell.assigned(order_id, task_id, TEN),
        tell.arrived(order_id, task_id, arrival),
    )

    assert (await watch.status(order_id))["repair_arrival_internal"] == verdict


@pytest.mark.requirement("001-056")
async def test_in_town_the_internal_target_may_be_missed_and_the_commitment_kept(watch: Watch) -> None:
    """E11: the crew receives at 10:00 and arrives at 10:40."""
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id, at("09:58")),
        tell.assigned(order_id, task_id, TEN),
        tell.crew_received(order_id, task_id, TEN),
        tell.arrived(order_id, task_id, at("10:40")),
    )

    clocks = await watch.clocks(order_id)
    internal, commitment = clocks["repair_arrival_internal"], clocks["repair_arrival_commitment"]
    assert (internal["layer"], internal["status"], internal["due_at"]) == ("INT", "breached", "2026-11-23T02:30:00Z")
    assert (commitment["layer"], commitment["status"], commitment["due_at"]) == ("EXT", "met", "2026-11-23T02:45:00Z")


@pytest.mark.requirement("001-059")
async def test_an_arrival_entered_late_breaks_the_entry_promise_and_not_the_arrival(watch: Watch) -> None:
    """E12: arrived 10:20:00, recorded 10:25:01."""
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id),
        tell.assigned(order_id, task_id, TEN),
        tell.arrived(order_id, task_id, at("10:20"), arrival_recorded_at=at("10:25:01")),
    )

    status = await watch.status(order_id)
    assert (status["repair_arrival_record"], status["repair_arrival_internal"]) == ("breached", "met")


@pytest.mark.requirement("001-055")
@pytest.mark.parametrize(("moment", "verdict"), [("10:03:00", "met"), ("10:03:01", "breached")])
@pytest.mark.parametrize("answer", [tell.accepted, tell.declined])
async def test_accepting_or_declining_within_three_minutes_keeps_the_promise(
    watch: Watch, moment: str, verdict: str, answer: type
) -> None:
    """E13."""
    order_id = new_id()

    await watch.hear(tell.order(order_id), answer(order_id, at(moment)))

    assert (await watch.status(order_id))["repair_accept_or_return"] == verdict


@pytest.mark.requirement("000-092")
@pytest.mark.parametrize(("moment", "verdict"), [("10:05:00", "met"), ("10:05:01", "breached")])
async def test_the_vehicle_leaves_within_five_minutes_of_dispatch(watch: Watch, moment: str, verdict: str) -> None:
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id), tell.assigned(order_id, task_id, TEN), tell.departed(order_id, task_id, at(moment))
    )

    assert (await watch.status(order_id))["repair_departure"] == verdict


@pytest.mark.requirement("001-060")
@pytest.mark.parametrize(("moment", "verdict"), [("11:05:00", "met"), ("11:05:01", "breached")])
async def test_the_crew_replies_within_five_minutes_of_the_repair(watch: Watch, moment: str, verdict: str) -> None:
    order_id, task_id = new_id(), new_id()

    await watch.hear(
        tell.order(order_id),
        tell.assigned(order_id, task_id, TEN),
        tell.repaired(order_id, task_id, at("11:00")),
        tell.replied(order_id, task_id, at(moment)),
    )

    assert (await watch.status(order_id))["repair_reply"] == verdict


@pytest.mark.requirement("000-072")
async def test_no_internal_target_is_looser_than_what_the_customer_was_promised(watch: Watch) -> None:
    async with watch.runtime.database.reading(now=TEN) as session:
        assert find_looser(await list_promises(session)) == []
