"""Whom dispatch sends by itself: one crew an order, one incident an outage, a queue when nobody is free."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.dispatch import tables
from services.dispatch.handlers.assignment import serve_waiting_orders
from shared.events.intake import (
    OrderCancelled,
    OrderDeclined,
    OrderReopened,
    OrderReturned,
    OrderReworked,
)
from shared.glossary import BusinessType, CustomerClass, OutageScope, ReturnLevel
from tests.dispatch.centre import REPLY, Centre, make_accepted


async def crew_of(centre: Centre, order_id: UUID) -> list[str]:
    return [body["crew_code"] for name, body in await centre.told(order_id) if name == "crew-assigned"]


@pytest.mark.requirement("000-071", "000-065")
async def test_the_reason_of_a_choice_can_be_checked(centre: Centre) -> None:
    county = await centre.county(near={"lon": 116.01, "lat": 40.0}, far={"lon": 116.3, "lat": 40.0})

    order_id = await county.order()

    ((_, assigned),) = [t for t in await centre.told(order_id) if t[0] == "crew-assigned"]
    assert assigned["crew_code"] == county.code("near")
    assert assigned["distance_m"] == pytest.approx(852, abs=2)
    assert "待命，距现场约 0.9 公里" in assigned["reason"]


async def test_a_crew_starts_from_where_it_was_last_seen(centre: Centre) -> None:
    county = await centre.county(one={"lon": 116.01, "lat": 40.0}, two={"lon": 116.3, "lat": 40.0})
    seen = {"lat": 40.0, "lon": 116.001, "accuracy_m": 10.0, "observed_at": centre.clock.now().isoformat()}

    answer = await centre.call("PUT", "/mobile/position", crew=county.code("two"), json=seen)

    assert answer.status_code == 200, answer.text
    assert await crew_of(centre, await county.order()) == [county.code("two")]
    positions = tables.crew_positions
    assert len(await centre.rows(select(positions).where(positions.c.crew_code == county.code("two")))) == 1


@pytest.mark.requirement("000-067")
async def test_two_orders_at_the_same_moment_never_get_one_crew(centre: Centre) -> None:
    county = await centre.county(one={}, two={})

    orders = await asyncio.gather(*(county.order() for _ in range(6)))

    sent = [code for order_id in orders for code in await crew_of(centre, order_id)]
    assert sorted(sent) == [county.code("one"), county.code("two")]
    t = tables.waiting_orders
    assert len(await centre.rows(select(t).where(t.c.order_id.in_(orders)))) == 4


async def test_the_database_itself_refuses_a_second_order_for_a_crew_that_was_sent_by_the_machine(
    centre: Centre,
) -> None:
    """The invariant under the lock, should anybody ever forget the lock."""
    index = next(i for i in tables.open_tasks.indexes if i.name == "open_tasks_one_automatic")

    assert index.unique
    assert [c.name for c in index.columns] == ["crew_code"]


async def test_two_orders_of_one_area_in_the_same_instant_make_one_incident(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    await county.add_areas("t1")

    orders = await asyncio.gather(*(county.order(transformer_area="t1") for _ in range(5)))

    t = tables.job_orders
    counted = select(func.count(t.c.incident_id.distinct())).where(t.c.id.in_(orders))
    assert (await centre.rows(counted))[0][0] == 1
    told = [await centre.names_told(order_id) for order_id in orders]
    assert sorted(names[0] for names in told) == ["order-assessed"] + ["order-merged"] * 4
    assert sum("crew-assigned" in names for names in told) == 1


async def test_a_whole_feeder_covers_all_its_areas_and_an_area_only_itself(centre: Centre) -> None:
    county = await centre.county(one={}, two={}, three={})
    await county.add_areas("t1", "t2", "t3")

    single = await county.order(transformer_area="t1")
    feeder = await county.order(transformer_area="t2", outage_scope=OutageScope.AREA)
    follows = await county.order(transformer_area="t3")

    assert "order-assessed" in await centre.names_told(single)
    assert "order-assessed" in await centre.names_told(feeder)
    ((name, body),) = await centre.told(follows)
    assert (name, body["main_order_id"]) == ("order-merged", str(feeder))


async def test_an_old_outage_takes_no_further_orders(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    await county.add_areas("t1")
    await county.order(transformer_area="t1")
    centre.clock.moment += timedelta(hours=25)

    second = await county.order(transformer_area="t1")
    third = await county.order(transformer_area="t1")

    assert "order-assessed" in await centre.names_told(second)
    ((_, body),) = await centre.told(third)
    assert body["main_order_id"] == str(second)


async def test_after_light_is_back_the_next_report_is_a_new_outage(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    await county.add_areas("t1")
    await county.order(transformer_area="t1")
    task = (await centre.list_of(county.code("one")) or await centre.list_of(county.code("two")))[0]
    crew = county.code("one") if await centre.list_of(county.code("one")) else county.code("two")
    await centre.go(crew, task["task_id"], until="restored")

    again = await county.order(transformer_area="t1")

    assert (await centre.names_told(again))[0] == "order-assessed"


@pytest.mark.requirement("000-008")
async def test_a_freed_crew_goes_to_the_important_customer_first(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    ordinary = await county.order()
    centre.clock.moment += timedelta(minutes=5)
    hospital = await county.order(caller={"customer_class": CustomerClass.IMPORTANT_1})
    assert await crew_of(centre, hospital) == []

    task = await county.task_of("crew")
    await centre.go(county.code("crew"), task["task_id"], until="replied")

    assert await crew_of(centre, hospital) == [county.code("crew")]
    assert await crew_of(centre, ordinary) == []


async def test_a_waiting_order_is_served_when_a_crew_becomes_ready(centre: Centre) -> None:
    county = await centre.county(crew={"has_vehicle": False})
    order_id = await county.order()
    assert await crew_of(centre, order_id) == []

    ready = {"has_people": True, "has_materials": True, "has_vehicle": True}
    answer = await centre.call("PUT", f"/crews/{county.code('crew')}/readiness", json=ready)

    assert answer.status_code == 200, answer.text
    assert await crew_of(centre, order_id) == [county.code("crew")]


async def test_a_waiting_order_is_served_by_the_clock_when_a_shift_begins(centre: Centre) -> None:
    county = await centre.county(crew={})
    starts = centre.clock.now() + timedelta(hours=1)
    shift = {
        "crew_code": county.code("crew"),
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=8)).isoformat(),
    }
    await county.put("/organisation", shifts=[shift])
    order_id = await county.order()
    assert await crew_of(centre, order_id) == []

    centre.clock.moment = starts
    async with centre.runtime.database.transaction(now=starts) as session:
        await serve_waiting_orders(session, now=starts)

    assert await crew_of(centre, order_id) == [county.code("crew")]


@pytest.mark.requirement("000-083")
async def test_a_neighbouring_station_helps_out(centre: Centre) -> None:
    county = await centre.county()
    await county.add_station("next", lon=116.2)
    await county.add_station("home", neighbours=["next"])
    await county.add_crew("helper", station="next")

    order_id = await county.order()

    ((_, assigned),) = [t for t in await centre.told(order_id) if t[0] == "crew-assigned"]
    assert assigned["station_code"] == county.code("next")
    assert "互助" in assigned["reason"]


async def test_a_refusal_sends_the_next_crew(centre: Centre) -> None:
    county = await centre.county(near={"lon": 116.01, "lat": 40.0}, far={"lon": 116.3, "lat": 40.0})
    order_id = await county.order()
    task = await county.task_of("near")

    refused = centre.make_report(task["task_id"], "refused", reason="车辆故障")
    (result,) = await centre.report(county.code("near"), refused)

    assert result["outcome"] == "applied"
    assert await crew_of(centre, order_id) == [county.code("near"), county.code("far")]
    assert await centre.list_of(county.code("near")) == []


@pytest.mark.parametrize("called_off", ["cancelled", "declined"])
async def test_a_crew_is_called_off_when_the_order_falls_away(centre: Centre, called_off: str) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    waiting = await county.order()
    now = centre.clock.now()

    await centre.hear(
        OrderCancelled(order_id=order_id, cancelled_at=now, reason="误报")
        if called_off == "cancelled"
        else OrderDeclined(order_id=order_id, declined_at=now, reason="非本区域")
    )

    assert (await centre.names_told(order_id))[-1] == "task-withdrawn"
    assert await crew_of(centre, waiting) == [county.code("crew")]


async def test_when_the_main_order_falls_away_the_oldest_that_followed_it_leads(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    main = await county.order(transformer_area="t1")
    heir, third = await county.order(transformer_area="t1"), await county.order(transformer_area="t1")

    await centre.hear(OrderCancelled(order_id=main, cancelled_at=centre.clock.now(), reason="误报"))

    assert await centre.names_told(heir) == ["order-merged", "order-assessed", "crew-assigned"]
    assert (await centre.told(third))[-1][1]["main_order_id"] == str(heir)


@pytest.mark.requirement("003-023")
async def test_an_order_called_back_in_the_dark_goes_out_again_in_the_same_round(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    await centre.go(county.code("crew"), task["task_id"], until="replied")

    await centre.hear(OrderReopened(order_id=order_id, reopened_at=centre.clock.now(), reason="仍无电"))

    again = await county.task_of("crew")
    assert again["task_id"] != task["task_id"]
    assert again["round"] == 1
    await centre.go(county.code("crew"), again["task_id"], until="replied")
    assert (await centre.names_told(order_id)).count("power-restored") == 2


@pytest.mark.requirement("001-018")
async def test_a_returned_order_goes_out_in_the_next_round(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    await centre.go(county.code("crew"), task["task_id"], until="replied")

    returned = OrderReturned(
        order_id=order_id,
        level=ReturnLevel.NATIONAL,
        reason_code="not_fully_solved",
        reason="未彻底解决",
        returned_at=centre.clock.now(),
        round=2,
    )
    await centre.hear(returned)

    again = await county.task_of("crew")
    assert again["round"] == 2
    await centre.go(county.code("crew"), again["task_id"], until="replied")
    restored = [body for name, body in await centre.told(order_id) if name == "power-restored"]
    assert [body["round"] for body in restored] == [1, 2]


async def test_a_reply_given_back_is_written_anew_by_the_same_crew_that_may_be_busy_elsewhere(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    await centre.go(county.code("crew"), task["task_id"], until="replied")
    second = await county.order()
    assert await crew_of(centre, second) == [county.code("crew")]

    await centre.hear(OrderReworked(order_id=order_id, rework_at=centre.clock.now(), reason="缺处理过程"))

    first = next(t for t in await centre.list_of(county.code("crew")) if t["order_id"] == str(order_id))
    assert (first["needs_next"], first["rework_reason"]) == (["replied"], "缺处理过程")
    (result,) = await centre.report(county.code("crew"), centre.make_report(task["task_id"], "replied", **REPLY))
    assert result["outcome"] == "applied"
    assert (await centre.names_told(order_id)).count("repair-replied") == 2


async def test_a_late_entry_is_assessed_in_its_own_time_and_sent_to_nobody(centre: Centre) -> None:
    county = await centre.county(crew={})
    then = centre.clock.now() - timedelta(days=3)

    created = county.make_order(reported_at=then, received_at=then, is_late_entry=True)
    await centre.hear(created, make_accepted(created))

    ((name, body),) = await centre.told(created.order_id)
    assert (name, body["assessed_at"]) == ("order-assessed", then.isoformat().replace("+00:00", "Z"))


async def test_what_is_no_repair_is_not_ours(centre: Centre) -> None:
    county = await centre.county(crew={})

    created = county.make_order(business_type=BusinessType.COMPLAINT)
    await centre.hear(created, make_accepted(created))

    assert await centre.told(created.order_id) == []


async def test_the_owning_station_is_that_of_the_area_then_the_nearest(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    await county.add_station("mountain", lon=100.0, lat=30.0)
    await county.add_crew("climber", station="mountain")

    by_area = await county.order(transformer_area="t1", station_code=None)
    by_place = await county.order(station_code=None, caller={"lon": 100.01, "lat": 30.0})

    assert await crew_of(centre, by_area) == [county.code("crew")]
    assert await crew_of(centre, by_place) == [county.code("climber")]
