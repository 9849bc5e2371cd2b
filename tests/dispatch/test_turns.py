"""Whose turn it is, who leads, and which outage an order belongs to when things go another way than planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.dispatch import tables
from services.dispatch.handlers.assignment import serve_waiting_orders
from shared.auth import Role
from shared.events.intake import GreenChannelOpened, OrderCancelled, OrderReopened, OrderReturned
from shared.glossary import AssetOwnership, CustomerClass, OutageScope, ReturnLevel, VoltageLevel
from shared.web import encode_cursor
from tests.dispatch.centre import REPLY, Centre, County

INSIDE = {"onsite_explanation": "表后线路故障", "asset_ownership": AssetOwnership.CUSTOMER}


async def crew_of(centre: Centre, order_id: UUID) -> list[str]:
    return [body["crew_code"] for name, body in await centre.told(order_id) if name == "crew-assigned"]


async def incident_of(centre: Centre, order_id: UUID) -> Any:
    i, j = tables.incidents, tables.job_orders
    (row,) = await centre.rows(select(i).join(j, j.c.incident_id == i.c.id).where(j.c.id == order_id))
    return row


def make_returned(centre: Centre, order_id: UUID, **more: Any) -> OrderReturned:
    values: dict[str, Any] = {
        "order_id": order_id,
        "level": ReturnLevel.NATIONAL,
        "reason_code": "not_fully_solved",
        "reason": "未彻底解决",
        "returned_at": centre.clock.now(),
        "round": 2,
    }
    return OrderReturned(**values | more)


@pytest.mark.requirement("000-008")
async def test_orders_that_nobody_ready_can_take_do_not_hide_those_behind_them(centre: Centre) -> None:
    county = await centre.county()
    for _ in range(11):
        await county.order(voltage_level=VoltageLevel.KV_10)
    small = await county.order(outage_scope=OutageScope.SINGLE_HOUSEHOLD)

    group = await county.add_crew("group", tier="electrician_group")

    assert await crew_of(centre, small) == [group]


async def test_the_schedule_looks_past_a_page_that_refused(centre: Centre) -> None:
    county = await centre.county(crew={})
    for _ in range(10):
        order_id = await county.order()
        task = await county.task_of("crew")
        await centre.report(county.code("crew"), centre.make_report(task["task_id"], "refused", reason="道路中断"))
        assert await crew_of(centre, order_id) == [county.code("crew")]
    centre.clock.moment += timedelta(minutes=1)
    not_ready = {"has_people": False, "has_materials": True, "has_vehicle": True}
    await centre.call("PUT", f"/crews/{county.code('crew')}/readiness", json=not_ready)
    behind = await county.order()
    await centre.rows(
        tables.crews.update().where(tables.crews.c.code == county.code("crew")).values(has_people=True).returning(1)
    )

    async with centre.runtime.database.transaction(now=centre.clock.now()) as session:
        await serve_waiting_orders(session, now=centre.clock.now())

    assert await crew_of(centre, behind) == [county.code("crew")]


@pytest.mark.requirement("000-070")
async def test_when_the_lead_refuses_its_helper_leads_and_ends_the_job(centre: Centre) -> None:
    county = await centre.county(lead={})
    order_id = await county.order()
    helper = await county.add_crew("helper", lon=116.5, lat=40.0)
    wish = {"order_id": str(order_id), "crew_code": helper, "reason": "联合抢修"}
    assert (await centre.call("POST", "/assignments", json=wish)).status_code == 201

    lead = await county.task_of("lead")
    await centre.report(county.code("lead"), centre.make_report(lead["task_id"], "refused", reason="车辆故障"))
    task = await county.task_of("helper")
    await centre.go(helper, task["task_id"], until="replied")

    assert task["is_lead"] is True
    assert (await centre.call("GET", f"/orders/{order_id}")).json()["status"] == "done"


@pytest.mark.parametrize("followers", [0, 2])
async def test_a_fault_inside_the_main_customers_home_leaves_the_outage_to_who_followed(
    centre: Centre, followers: int
) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    main = await county.order(transformer_area="t1")
    others = [await county.order(transformer_area="t1") for _ in range(followers)]
    await county.add_crew("second")
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="arrived")

    (found,) = await centre.report(crew, centre.make_report(task["task_id"], "customer_internal", **INSIDE))
    (replied,) = await centre.report(crew, centre.make_report(task["task_id"], "replied", **REPLY))

    assert [found["outcome"], replied["outcome"]] == ["applied", "applied"]
    if not followers:
        assert (await incident_of(centre, main)).status == "void"
        return
    heir, third = others
    assert await crew_of(centre, heir) == [county.code("second")]
    assert (await centre.told(third))[-1][1]["main_order_id"] == str(heir)
    await centre.hear(OrderCancelled(order_id=main, cancelled_at=centre.clock.now(), reason="误报"))
    incident = await incident_of(centre, heir)
    assert (incident.status, incident.main_order_id) == ("open", heir)


async def _restored(centre: Centre, county: County, **order: Any) -> UUID:
    order_id = await county.order(**order)
    await centre.go(county.code("crew"), (await county.task_of("crew"))["task_id"], until="replied")
    return order_id


async def test_a_neighbour_joins_an_outage_that_was_returned_days_later(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    main = await _restored(centre, county, transformer_area="t1")
    centre.clock.moment += timedelta(days=2)

    await centre.hear(make_returned(centre, main))
    neighbour = await county.order(transformer_area="t1")

    ((name, body),) = await centre.told(neighbour)
    assert (name, body["main_order_id"]) == ("order-merged", str(main))


async def test_a_follower_called_back_joins_its_neighbours_outage_instead_of_getting_a_second_crew(
    centre: Centre,
) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    main = await county.order(transformer_area="t1")
    children = [await county.order(transformer_area="t1") for _ in range(2)]
    await centre.go(county.code("crew"), (await county.task_of("crew"))["task_id"], until="replied")
    await county.add_crew("second")

    for child in children:
        await centre.hear(OrderReopened(order_id=child, reopened_at=centre.clock.now(), reason="仍无电"))

    first, second = [await centre.names_told(child) for child in children]
    assert first == ["order-merged", "order-assessed", "crew-assigned"]
    assert second == ["order-merged", "order-merged"]
    assert (await incident_of(centre, children[1])).main_order_id == children[0] != main


async def test_nobody_is_sent_before_the_order_came_back_by_the_platforms_clock(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await _restored(centre, county)
    returned_at = centre.clock.now() + timedelta(seconds=20)

    await centre.hear(make_returned(centre, order_id, returned_at=returned_at))

    sent = [body["dispatched_at"] for name, body in await centre.told(order_id) if name == "crew-assigned"]
    assert sent[-1] == returned_at.isoformat().replace("+00:00", "Z")


@pytest.mark.requirement("000-008")
async def test_a_hospital_that_follows_lets_the_waiting_main_order_come_first(centre: Centre) -> None:
    county = await centre.county()
    await county.add_areas("t1")
    earlier = await county.order()
    main = await county.order(transformer_area="t1")
    await county.order(transformer_area="t1", caller={"customer_class": CustomerClass.IMPORTANT_1})

    crew = await county.add_crew("crew")

    assert (await crew_of(centre, main), await crew_of(centre, earlier)) == ([crew], [])
    assert (await centre.call("GET", f"/orders/{main}")).json()["tier"] == "station_alliance"


@pytest.mark.requirement("000-010")
async def test_an_order_of_the_green_channel_comes_before_those_that_waited_longer(centre: Centre) -> None:
    county = await centre.county()
    earlier, urgent = await county.order(), await county.order()
    await centre.hear(GreenChannelOpened(order_id=urgent, opened_at=centre.clock.now(), leader="wang.qiang"))

    crew = await county.add_crew("crew")

    assert (await crew_of(centre, urgent), await crew_of(centre, earlier)) == ([crew], [])


@pytest.mark.requirement("000-068")
async def test_uploading_the_crews_again_keeps_what_is_in_place(centre: Centre) -> None:
    county = await centre.county(crew={})
    ready = {"has_people": True, "has_materials": True, "has_vehicle": False}
    await centre.call("PUT", f"/crews/{county.code('crew')}/readiness", json=ready)

    await county.add_crew("crew", has_materials=False)

    t = tables.crews
    (row,) = await centre.rows(select(t).where(t.c.code == county.code("crew")))
    assert (row.has_people, row.has_materials, row.has_vehicle) == (True, False, False)


@pytest.mark.parametrize("path", ["/incidents", "/permits"])
async def test_a_foreign_cursor_is_refused(centre: Centre, path: str) -> None:
    answer = await centre.call("GET", f"{path}?cursor={encode_cursor(7)}")

    assert (answer.status_code, answer.json()["fields"][0]["code"]) == (422, "cursor.unknown")


async def test_a_number_as_cursor_breaks_no_list_of_crews(centre: Centre) -> None:
    assert (await centre.call("GET", f"/crews?cursor={encode_cursor(7)}")).status_code == 200


async def test_a_time_at_the_end_of_all_calendars_is_refused_alone(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    task_id = (await county.task_of("crew"))["task_id"]
    absurd = [
        centre.make_report(task_id, "accepted", occurred_at=at)
        for at in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00")
    ]

    results = await centre.report(county.code("crew"), *absurd, centre.make_report(task_id, "accepted"))

    assert [r["outcome"] for r in results] == ["rejected", "rejected", "applied"]
    assert results[0]["problem"]["code"] == "report.time_absurd"


async def test_phone_numbers_in_a_crews_words_are_for_those_who_ring_people(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="arrived")
    said = centre.make_report(task["task_id"], "surveyed", first_report="用户电话 13812345678")
    await centre.report(crew, said, centre.make_report(task["task_id"], "permit_requested"))

    first = {
        role: (await centre.call("GET", f"/orders/{order_id}", role=role)).json()["tasks"][0]["findings"]
        for role in (Role.DISPATCHER, Role.AUDITOR)
    }
    listed = (await centre.call("GET", "/permits?limit=200")).json()["items"]

    assert first[Role.DISPATCHER]["first_report"] == "用户电话 13812345678"
    assert first[Role.AUDITOR]["first_report"] == "用户电话 138****5678"
    assert listed
    assert all("findings" not in item for item in listed)
