"""What dispatch and callback tell moves the order; late, twice or out of order it is noted and harms nothing."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.auth import Role
from shared.events.callback import CallbackPlanned, CallbackUnreachable
from shared.events.dispatch import (
    CrewAccepted,
    CrewArrived,
    CrewAssigned,
    CrewDeparted,
    CrewRefused,
    CustomerInternalFound,
    EstimateChanged,
    FaultRepaired,
    FaultSurveyed,
    OrderAssessed,
    PowerRestored,
    RepairReplied,
    SupportRequested,
    SwitchingDone,
    SwitchingRequested,
    TaskWithdrawn,
    TrunkRestored,
    WorkPermitted,
    WorkStarted,
)
from shared.ids import new_id
from tests.intake.family import make_family, observed, status_of
from tests.intake.field import field_of, only
from tests.intake.office import NOW, Office

STATUS_AFTER = {
    OrderAssessed: "assessed",
    CrewAssigned: "dispatched",
    CrewAccepted: "crew_accepted",
    CrewDeparted: "en_route",
    CrewArrived: "arrived",
    FaultSurveyed: "surveyed",
    WorkPermitted: "permitted",
    WorkStarted: "repairing",
    FaultRepaired: "repaired",
    PowerRestored: "restored",
    RepairReplied: "replied",
}


def of_task(events: list[Any]) -> dict[str, Any]:
    """Return what names the crew's job that these events are of."""
    assigned = next(event for event in events if isinstance(event, CrewAssigned))
    return {"order_id": assigned.order_id, "task_id": assigned.task_id, "crew_code": assigned.crew_code}


async def test_each_fact_moves_the_order_and_leaves_its_time(office: Office) -> None:
    order_id = (await office.receive())["id"]
    for event in field_of(UUID(order_id), start=NOW):
        await office.hear(event)
        if expected := STATUS_AFTER.get(type(event)):
            assert await status_of(office, order_id) == expected

    times = (await office.order(order_id))["times"]
    wanted = (
        "assessed_at dispatched_at crew_received_at departed_at arrived_at arrival_recorded_at surveyed_at"
        " estimated_restoration_at work_permitted_at work_started_at repaired_at ready_to_energise_at"
        " power_restored_at replied_at"
    )
    assert set(wanted.split()) <= times.keys()


@pytest.mark.requirement("000-002")
async def test_every_fact_stands_on_the_timeline_with_both_its_times(office: Office) -> None:
    order_id = (await office.receive())["id"]
    await office.facts(order_id)

    lines = await office.timeline(order_id)
    assert [line["kind"] for line in lines][:3] == ["order-created", "order-accepted", "order-assessed"]
    assert len(lines) == 2 + 12
    arrived = next(line for line in lines if line["kind"] == "crew-arrived")
    assert (arrived["actor"], arrived["recorded_at"]) == ("C-01", lines[0]["recorded_at"])
    assert "13812345678" not in str(lines)


@pytest.mark.requirement("001-063", "001-064")
async def test_a_reply_may_be_of_any_length(office: Office) -> None:
    order_id = (await office.receive())["id"]
    events = field_of(UUID(order_id), start=NOW)
    long = events[-1].model_copy(update={"process": "更换断线。" * 400})
    await office.hear(*events[:-1], long)

    assert len((await office.order(order_id))["reply_process"]) == 2000
    assert (await office.press(order_id, "send")).status_code == 422  # only its time is in the future
    office.clock.moment += timedelta(hours=2)
    assert (await office.press(order_id, "send")).status_code == 200


@pytest.mark.parametrize("seed", range(6))
async def test_facts_in_any_order_and_twice_end_where_they_must(office: Office, seed: int) -> None:
    order_id = (await office.receive())["id"]
    events = field_of(UUID(order_id), start=NOW)
    shuffled = events + events
    random.Random(seed).shuffle(shuffled)
    reached = []
    for event in shuffled:
        await office.hear(event)
        reached.append(await status_of(office, order_id))

    path = ["accepted", *dict.fromkeys(STATUS_AFTER.values())]
    assert reached[-1] == "replied"
    assert [path.index(status) for status in reached] == sorted(path.index(status) for status in reached)
    assert len([line for line in await office.timeline(order_id) if line["kind"] == "crew-arrived"]) == 2
    assert await dead_letters(office) == 0


async def dead_letters(office: Office) -> int:
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await office.runtime.parking.count_waiting(session)


async def test_a_whole_batch_of_facts_of_many_orders_is_taken_at_once(office: Office) -> None:
    ids = [(await office.receive())["id"] for _ in range(20)]
    await office.hear(*(event for order_id in ids for event in field_of(UUID(order_id), start=NOW)))

    assert {await status_of(office, order_id) for order_id in ids} == {"replied"}


async def test_a_fact_of_an_order_that_nobody_knows_is_let_go(office: Office) -> None:
    await office.hear(*field_of(new_id(), start=NOW))

    assert await dead_letters(office) == 0


async def test_support_and_switching_stand_between_survey_and_permit(office: Office) -> None:
    order_id = (await office.receive())["id"]
    events = await office.facts(order_id, FaultSurveyed)
    task = of_task(events)
    at = NOW + timedelta(minutes=26)
    for event, status in (
        (SupportRequested(**task, support_requested_at=at, reason="缺人"), "awaiting_support"),
        (SwitchingRequested(**task, switching_requested_at=at, reason="需拉闸"), "awaiting_switching"),
        (SwitchingDone(**task, switching_done_at=at, by="grid"), "surveyed"),
        (WorkPermitted(**task, work_permitted_at=at, by="grid"), "permitted"),
        (WorkStarted(**task, work_started_at=at), "repairing"),
        (TrunkRestored(**task, trunk_restored_at=at), "partially_restored"),
        (FaultRepaired(**task, repaired_at=at), "repaired"),
    ):
        await office.hear(event)
        assert await status_of(office, order_id) == status


async def test_a_crew_that_refuses_gives_the_order_to_the_next(office: Office) -> None:
    order_id = (await office.receive())["id"]
    first = await office.facts(order_id, CrewAccepted)
    await office.hear(CrewRefused(**of_task(first), refused_at=NOW + timedelta(minutes=11), reason="车辆故障"))
    assert await status_of(office, order_id) == "assessed"
    assert (await office.order(order_id))["crew_code"] is None

    office.clock.moment += timedelta(minutes=15)
    await office.facts(order_id)
    order = await office.order(order_id)
    assert (order["status"], order["crew_code"]) == ("replied", "C-01")


async def test_a_crew_that_is_called_off_gives_the_order_to_the_next(office: Office) -> None:
    order_id = (await office.receive())["id"]
    first = await office.facts(order_id, CrewArrived)
    await office.hear(TaskWithdrawn(**of_task(first), withdrawn_at=NOW + timedelta(minutes=21), reason="改派"))

    assert await status_of(office, order_id) == "assessed"


async def test_a_crew_that_comes_to_help_takes_nothing_from_the_one_in_charge(office: Office) -> None:
    order_id = (await office.receive())["id"]
    lead = await office.facts(order_id, FaultSurveyed)
    helper = field_of(UUID(order_id), start=NOW + timedelta(minutes=30))
    await office.hear(*only(helper, CrewAssigned, CrewAccepted, CrewDeparted, CrewArrived))
    assert await status_of(office, order_id) == "surveyed"

    await office.hear(*lead)
    assert await status_of(office, order_id) == "replied"


@pytest.mark.requirement("001-061")
async def test_a_fault_inside_the_customers_home_is_explained_and_replied(office: Office) -> None:
    order_id = (await office.receive())["id"]
    events = await office.facts(order_id, CrewArrived)
    found = CustomerInternalFound(
        **of_task(events), found_at=NOW + timedelta(minutes=25), onsite_explanation="表后线路，已说明产权"
    )
    await office.hear(found)
    assert await status_of(office, order_id) == "customer_internal"
    assert (await office.order(order_id))["asset_ownership"] == "customer"

    await office.hear(*only(events, RepairReplied))
    office.clock.moment += timedelta(hours=2)
    await office.press(order_id, "send")
    await office.called_back(order_id)
    assert await status_of(office, order_id) == "archived"


async def test_the_estimate_made_last_stands_whatever_comes_last(office: Office) -> None:
    order_id = (await office.receive())["id"]
    for made, hours in ((10, 2), (30, 4), (20, 9)):
        estimate = EstimateChanged(
            order_id=UUID(order_id),
            incident_id=new_id(),
            estimated_at=NOW + timedelta(minutes=made),
            estimated_restoration_at=NOW + timedelta(hours=hours),
        )
        await office.hear(estimate)

    assert (await office.order(order_id))["estimated_restoration_at"] == "2026-11-23T06:00:00Z"


# -- orders that follow another ----------------------------------------------------------------------------------------


async def test_light_that_the_grid_saw_before_any_crew_closes_with_the_standard_statement(office: Office) -> None:
    main, (other,) = await make_family(office, followers=1)
    await office.hear(observed(main))
    office.clock.moment += timedelta(hours=1)

    for order_id in (main, other):
        assert await status_of(office, order_id) == "restored"
        assert (await office.press(order_id, "send")).status_code == 200
        assert (await office.order(order_id))["is_standard_statement"]
        await office.called_back(order_id)
        assert await status_of(office, order_id) == "archived"


async def test_a_crew_that_is_called_off_because_light_is_back_leaves_the_order_restored(office: Office) -> None:
    order_id = (await office.receive())["id"]
    events = await office.facts(order_id, CrewDeparted)
    withdrawn = TaskWithdrawn(**of_task(events), withdrawn_at=NOW + timedelta(minutes=30), reason="监测到已恢复送电")
    await office.hear(observed(order_id), withdrawn)

    assert await status_of(office, order_id) == "restored"
    office.clock.moment += timedelta(hours=1)
    assert (await office.press(order_id, "send")).status_code == 200


# -- the callback desk -------------------------------------------------------------------------------------------------


async def test_a_plan_of_the_callback_desk_shows_on_the_order(office: Office) -> None:
    order = await office.sent()
    plan = CallbackPlanned(order_id=order["id"], plan_id=new_id(), plan="repair", due_at=office.clock.now())
    await office.hear(plan)

    assert await status_of(office, order["id"]) == "callback_pending"


async def test_no_power_sends_the_order_out_again_in_the_same_round(office: Office) -> None:
    order = await office.sent()
    await office.called_back(order["id"], is_power_restored=False)

    shown = await office.order(order["id"])
    assert (shown["status"], shown["round"], shown["crew_code"]) == ("accepted", 1, None)
    assert (await office.told_names(order["id"]))[-2:] == ["order-called-back", "order-reopened"]
    await office.replied(order["id"])
    assert await status_of(office, order["id"]) == "replied"


async def test_facts_of_the_way_before_do_not_touch_the_new_one(office: Office) -> None:
    received = await office.receive()
    events = await office.facts(received["id"])
    office.clock.moment += timedelta(hours=2)
    await office.press(received["id"], "send")
    await office.called_back(received["id"], is_power_restored=False)
    await office.hear(*events)

    shown = await office.order(received["id"])
    assert (shown["status"], shown["times"].get("arrived_at")) == ("accepted", None)


async def test_an_answer_of_another_round_or_a_second_one_is_noted_only(office: Office) -> None:
    order = await office.sent()
    await office.called_back(order["id"], number=2, is_power_restored=False)
    assert await status_of(office, order["id"]) == "sent"
    await office.called_back(order["id"])
    await office.called_back(order["id"], is_power_restored=False)

    assert await status_of(office, order["id"]) == "archived"
    assert await dead_letters(office) == 0


async def test_a_customer_who_cannot_be_reached_leaves_the_order_to_the_desk(office: Office) -> None:
    order = await office.sent()
    early = await office.press(order["id"], "archive", role=Role.AGENT)
    given_up = CallbackUnreachable(order_id=order["id"], plan_id=new_id(), given_up_at=office.clock.now(), attempts=3)
    await office.hear(given_up)
    assert await status_of(office, order["id"]) == "callback_pending"

    archived = await office.press(order["id"], "archive", role=Role.AGENT)
    assert early.json()["code"] == "order.transition_illegal"
    assert archived.json()["status"] == "archived"
