"""The command centre's own doors: assignments by hand, suggestions, the organisation, outages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import QueuePool, select, update

from services.dispatch import tables
from services.dispatch.handlers import organisation, watching
from shared.auth import Role
from shared.events.intake import OrderCancelled
from tests.dispatch.centre import Centre, County, make_accepted


async def assign(centre: Centre, order_id: UUID, crew: str, **more: Any) -> Any:
    wish = {"order_id": str(order_id), "crew_code": crew, "reason": "就近支援"} | more
    return await centre.call("POST", "/assignments", json=wish)


@pytest.mark.requirement("000-067", "000-070")
async def test_a_dispatcher_may_send_a_crew_that_is_busy_and_the_same_again_is_the_same_task(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    second = await county.order()

    first, again = [await assign(centre, second, county.code("crew")) for _ in range(2)]

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert len(await centre.list_of(county.code("crew"))) == 2
    assigned = [body for name, body in await centre.told(second) if name == "crew-assigned"]
    assert [body["reason"] for body in assigned] == ["人工派工（test-dispatcher）：就近支援"]


async def test_an_assignment_by_hand_is_refused_by_name(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    crew, now = county.code("crew"), centre.clock.now()
    main = await county.order(transformer_area="t1")
    child = await county.order(transformer_area="t1")
    gone = await county.order()
    await centre.hear(OrderCancelled(order_id=gone, cancelled_at=now, reason="误报"))
    fresh = county.make_order()
    await centre.hear(fresh)

    refused = {
        "order.unknown": await assign(centre, uuid4(), crew),
        "crew.unknown": await assign(centre, main, "nobody"),
        "assignment.order_is_child": await assign(centre, child, crew),
        "order.closed": await assign(centre, gone, crew),
        "order.not_accepted": await assign(centre, fresh.order_id, crew),
        "assignment.before_accepted": await assign(
            centre, main, await county.add_crew("b"), dispatched_at=(now - timedelta(minutes=1)).isoformat()
        ),
        "assignment.from_the_future": await assign(
            centre, main, await county.add_crew("c"), dispatched_at=(now + timedelta(minutes=2)).isoformat()
        ),
    }

    assert {code: answer.json()["code"] for code, answer in refused.items()} == {code: code for code in refused}


async def test_a_batch_sends_each_or_says_why_not(centre: Centre) -> None:
    county = await centre.county()
    orders = [await county.order() for _ in range(3)]
    crew = await county.add_crew("crew", has_people=False)
    wishes = [{"order_id": str(o), "crew_code": crew, "reason": "补录"} for o in (*orders, uuid4())]

    answer = await centre.call("POST", "/assignments/batch", json={"assignments": wishes})

    results = answer.json()["results"]
    assert [r["index"] for r in results] == [0, 1, 2, 3]
    assert [bool(r["task_id"]) for r in results] == [True, True, True, False]
    assert results[3]["problem"]["code"] == "order.unknown"


async def test_an_order_sent_by_hand_waits_no_longer(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    waiting = await county.order()
    other = await county.add_crew("other", has_vehicle=False)

    await assign(centre, waiting, other)
    await county.add_crew("third")

    assert await centre.list_of(county.code("third")) == []


@pytest.mark.requirement("000-071", "000-068")
async def test_suggestions_put_ready_and_near_crews_first_and_say_why(centre: Centre) -> None:
    county = await centre.county(
        near={"has_vehicle": False}, far={"lon": 116.3, "lat": 40.0}, middle={"lon": 116.1, "lat": 40.0}
    )
    created = county.make_order(is_late_entry=True)
    await centre.hear(created, make_accepted(created))

    answer = await centre.call("GET", f"/orders/{created.order_id}/suggestions")

    found = answer.json()["suggestions"]
    assert [s["crew_code"] for s in found] == [county.code(name) for name in ("middle", "far", "near")]
    assert [s["is_ready"] for s in found] == [True, True, False]
    assert "未全部到位" in found[2]["reason"]


@pytest.mark.requirement("000-064")
async def test_the_centre_sees_every_crew_with_status_tier_and_place(centre: Centre) -> None:
    county = await centre.county(busy={}, off={"has_people": False})
    await county.order()

    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await centre.call("GET", f"/crews?limit=7{cursor}")).json()
        items += page["items"]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    mine = {c["name"]: c for c in items if c["code"].startswith(county.prefix)}
    assert {name: c["status"] for name, c in mine.items()} == {"busy": "busy", "off": "unready"}
    assert (mine["busy"]["tier"], mine["busy"]["position"]["lon"]) == ("station_crew", 116.0)
    assert len({c["code"] for c in items}) == len(items)


async def test_a_reference_to_nothing_refuses_the_whole_organisation_and_names_the_place(centre: Centre) -> None:
    county = County(centre, "nowhere")
    station = {"code": "nowhere-S", "name": "新所", "lon": 116.0, "lat": 40.0, "area_type": "rural"}
    crews = [
        {"code": f"nowhere-{i}", "name": "队", "tier": "station_crew", "station_code": code}
        for i, code in enumerate(["nowhere-S", "missing"])
    ]

    answer = await centre.call("PUT", "/organisation", role=Role.OPS, json={"stations": [station], "crews": crews})

    assert answer.status_code == 422
    assert [f["field"] for f in answer.json()["fields"]] == ["crews.1.station_code"]
    assert await centre.rows(tables.stations.select().where(tables.stations.c.code == county.code("S"))) == []


async def test_device_secrets_are_hashed_before_any_connection_is_taken(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = cast("QueuePool", centre.runtime.database.engine.pool)
    taken: list[int] = []

    def hash_secret(secret: str) -> str:
        taken.append(pool.checkedout())
        return f"the hash of {secret}"

    monkeypatch.setattr(organisation, "hash_secret", hash_secret)
    county = await centre.county(crew={"device_secret": "a device secret"}, old={})

    t = tables.crews
    rows = await centre.rows(select(t.c.name, t.c.secret_hash).where(t.c.station_code == county.code("home")))
    assert taken == [0]
    assert {row.name: row.secret_hash for row in rows} == {"crew": "the hash of a device secret", "old": None}


async def test_five_thousand_rows_are_written_in_one_call(centre: Centre) -> None:
    county = await centre.county()
    await county.add_areas(*(f"t{i}" for i in range(5000)))

    t = tables.transformer_areas
    found = await centre.rows(t.select().where(t.c.station_code == county.code("home")))

    assert len(found) == 5000


async def test_an_outage_shows_its_orders(centre: Centre) -> None:
    county = await centre.county()
    await county.add_areas("t1")
    orders = [await county.order(transformer_area="t1") for _ in range(3)]
    incident_id = (await centre.call("GET", f"/orders/{orders[0]}")).json()["incident_id"]

    shown = (await centre.call("GET", f"/incidents/{incident_id}")).json()
    listed = (await centre.call("GET", "/incidents?status=open&limit=200")).json()["items"]

    assert [o["order_id"] for o in shown["orders"]] == [str(o) for o in orders]
    assert (shown["order_count"], shown["main_order_id"]) == (3, str(orders[0]))
    assert incident_id in [i["id"] for i in listed]
    assert (await centre.call("GET", f"/incidents/{uuid4()}")).status_code == 404


async def test_operations_see_how_many_crews_stand_where(centre: Centre) -> None:
    await centre.county(crew={"tier": "electrician_group"})

    async with centre.runtime.database.reading(now=centre.clock.now()) as session:
        await watching.observe(session)

    labels = {"tier": "electrician_group", "status": "ready"}
    assert (REGISTRY.get_sample_value("relight_crews", labels) or 0) >= 1


async def test_answers_are_forgotten_when_their_time_is_over(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    report = centre.make_report((await county.task_of("crew"))["task_id"], "accepted")
    await centre.report(county.code("crew"), report)
    now, t = centre.clock.now(), tables.answered_ids
    async with centre.runtime.database.transaction(now=now) as session:
        old = now - watching.ANSWERS_KEPT - timedelta(seconds=1)
        await session.execute(update(t).where(t.c.asked_by == county.code("crew")).values(recorded_at=old))

    async with centre.runtime.database.transaction(now=now) as session:
        gone = await watching.forget_answers(session, now=now)
    (again,) = await centre.report(county.code("crew"), report)

    assert gone == 1
    assert again["problem"]["code"] == "report.already_reported"
