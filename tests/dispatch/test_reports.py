"""Field reports as phones send them: on time or late, in sets, again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.dispatch import tables
from shared.glossary import OutageScope
from tests.dispatch.centre import COURSE, REPLY, SAFE, Centre, make_accepted

OFFLINE = [(kind, fields) for kind, fields in COURSE[:5]]


async def test_the_same_report_again_gets_the_same_answer_and_has_no_further_effect(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    good = centre.make_report(task["task_id"], "accepted")
    bad = centre.make_report(task["task_id"], "arrived")

    first = await centre.report(county.code("crew"), good, bad)
    again = await centre.report(county.code("crew"), good, bad)

    assert [r["outcome"] for r in first] == ["applied", "rejected"]
    assert [(r["outcome"], r["first_outcome"]) for r in again] == [("duplicate", "applied"), ("duplicate", "rejected")]
    assert again[1]["problem"] == first[1]["problem"]
    assert (await centre.names_told(order_id)).count("crew-accepted") == 1


async def test_a_report_twice_in_one_call_takes_effect_once(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    report = centre.make_report((await county.task_of("crew"))["task_id"], "accepted")

    results = await centre.report(county.code("crew"), report, report)

    assert [r["outcome"] for r in results] == ["applied", "duplicate"]
    assert (await centre.names_told(order_id)).count("crew-accepted") == 1


@pytest.mark.requirement("000-067")
async def test_a_report_on_another_crews_task_is_refused_and_blocks_no_other(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    await county.order()
    await county.order()
    mine, other = await county.task_of("one"), await county.task_of("two")

    results = await centre.report(
        county.code("one"),
        centre.make_report(other["task_id"], "accepted"),
        centre.make_report(str(uuid4()), "accepted"),
        centre.make_report(mine["task_id"], "accepted"),
    )

    assert [r["outcome"] for r in results] == ["rejected", "rejected", "applied"]
    assert [r["problem"]["code"] for r in results[:2]] == ["report.not_your_task"] * 2
    assert (await county.task_of("two"))["status"] == "dispatched"


@pytest.mark.requirement("000-080", "001-059")
async def test_reports_made_without_signal_keep_their_own_times_and_say_when_we_learned_of_them(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    set_out = centre.clock.now()
    offline = [
        centre.make_report(task["task_id"], kind, **fields)
        | {"occurred_at": (set_out + timedelta(minutes=10 * i)).isoformat()}
        for i, (kind, fields) in enumerate(OFFLINE)
    ]
    centre.clock.moment += timedelta(hours=2)

    results = await centre.report(county.code("crew"), *offline)

    assert [r["outcome"] for r in results] == ["applied"] * 5
    arrived = next(body for name, body in await centre.told(order_id) if name == "crew-arrived")
    assert arrived["arrived_at"] == "2026-11-23T02:20:00Z"
    assert arrived["arrival_recorded_at"] == "2026-11-23T04:00:00Z"


async def test_a_phone_whose_clock_runs_ahead_is_put_right(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    task = await county.task_of("crew")
    ahead = centre.clock.now() + timedelta(minutes=30)
    report = centre.make_report(task["task_id"], "accepted", occurred_at=ahead.isoformat())

    (without,) = await centre.report(county.code("crew"), report)
    report["report_id"] = str(uuid4())
    (corrected,) = await centre.report(county.code("crew"), report, headers={"x-device-time": ahead.isoformat()})

    assert (without["outcome"], without["problem"]["code"]) == ("rejected", "report.from_the_future")
    assert corrected["outcome"] == "applied"
    accepted = next(body for name, body in await centre.told(order_id) if name == "crew-accepted")
    assert accepted["crew_received_at"] == "2026-11-23T02:00:00Z"


async def test_a_phone_is_told_what_is_needed_next(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    task = await county.task_of("crew")

    (result,) = await centre.report(county.code("crew"), centre.make_report(task["task_id"], "repaired"))

    assert task["needs_next"] == ["accepted", "refused", "delayed"]
    assert result["problem"]["code"] == "report.out_of_sequence"
    assert result["problem"]["context"]["needs"] == ["accepted", "refused", "delayed"]


async def test_an_arrival_at_the_moment_of_departure_is_applied_with_a_warning(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    task = await county.task_of("crew")
    now = [centre.make_report(task["task_id"], kind) for kind in ("accepted", "departed", "arrived")]

    results = await centre.report(county.code("crew"), *now)

    assert [r["outcome"] for r in results] == ["applied"] * 3
    assert [w["code"] for w in results[2]["warnings"]] == ["report.arrived_equals_departed"]


@pytest.mark.requirement("000-087", "004-031")
async def test_work_begins_only_with_a_permit_and_a_permit_needs_the_whole_checklist(centre: Centre) -> None:
    """Worked case E32, through the doors."""
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="permit_requested")
    path = f"/tasks/{task['task_id']}/permit"

    (early,) = await centre.report(crew, centre.make_report(task["task_id"], "work_started"))
    half = await centre.call("POST", path, json={"checklist": SAFE | {"earthed": False, "voltage_tested": False}})
    listed = await centre.call("GET", "/permits?limit=200")
    whole = await centre.call("POST", path, json={"checklist": SAFE})
    (late,) = await centre.report(crew, centre.make_report(task["task_id"], "work_started"))

    assert early["problem"]["code"] == "report.no_permit"
    assert (half.status_code, half.json()["code"]) == (422, "permit.checklist_incomplete")
    assert [f["field"] for f in half.json()["fields"]] == ["checklist.voltage_tested", "checklist.earthed"]
    assert task["task_id"] in [t["task_id"] for t in listed.json()["items"]]
    assert whole.status_code == 200, whole.text
    assert late["outcome"] == "applied"
    assert "work-permitted" in await centre.names_told(order_id)


async def test_a_crew_cannot_permit_itself(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    task = await county.task_of("crew")

    answer = await centre.call(
        "POST", f"/tasks/{task['task_id']}/permit", crew=county.code("crew"), json={"checklist": SAFE}
    )

    assert answer.status_code == 403


@pytest.mark.requirement("000-088")
async def test_the_first_report_may_tell_of_an_earth_fault_and_then_the_trunk_comes_first(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="arrived")
    survey = centre.make_report(task["task_id"], "surveyed", first_report="A 相接地", is_earth_fault=True)
    await centre.report(crew, survey)
    await centre.go(crew, task["task_id"], after="surveyed", until="work_started")

    branch, trunk, then = await centre.report(
        crew, *(centre.make_report(task["task_id"], kind) for kind in ("repaired", "trunk_restored", "repaired"))
    )

    assert branch["problem"]["code"] == "report.trunk_first"
    assert (trunk["outcome"], then["outcome"]) == ("applied", "applied")


@pytest.mark.requirement("000-085")
async def test_a_crew_that_waits_for_a_switch_goes_on_when_it_is_open(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="surveyed")
    await centre.report(crew, centre.make_report(task["task_id"], "switching_requested", reason="需断开站内开关"))
    assert (await county.task_of("crew"))["needs_next"][0] == "switching_done"

    answer = await centre.call("POST", f"/tasks/{task['task_id']}/switching-done", json={})

    assert answer.status_code == 200, answer.text
    assert (await county.task_of("crew"))["needs_next"][0] == "permit_requested"
    assert "switching-done" in await centre.names_told(order_id)


@pytest.mark.requirement("000-081")
async def test_a_crew_may_ask_for_support_more_than_once(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="surveyed")

    results = [
        (await centre.report(crew, centre.make_report(task["task_id"], "support_requested", reason=reason)))[0]
        for reason in ("缺人", "缺变压器")
    ]

    assert [r["outcome"] for r in results] == ["applied", "applied"]
    assert (await centre.names_told(order_id)).count("support-requested") == 2


@pytest.mark.requirement("001-061", "004-039")
async def test_a_fault_inside_the_home_is_explained_on_site_and_replied_to(centre: Centre) -> None:
    county = await centre.county(crew={"tier": "electrician_group"})
    await county.add_areas("t1")
    order_id = await county.order(outage_scope=OutageScope.SINGLE_HOUSEHOLD, transformer_area="t1")
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="arrived")
    said: dict[str, Any] = {"onsite_explanation": "户内线路属客户产权", "asset_ownership": "customer"}

    bare, internal, replied = await centre.report(
        crew,
        centre.make_report(task["task_id"], "customer_internal"),
        centre.make_report(task["task_id"], "customer_internal", **said),
        centre.make_report(task["task_id"], "replied", **REPLY),
    )

    assert [f["field"] for f in bare["problem"]["fields"]] == ["onsite_explanation", "asset_ownership"]
    assert (internal["outcome"], replied["outcome"]) == ("applied", "applied")
    assert await centre.list_of(crew) == []
    assert (await centre.names_told(order_id))[-2:] == ["customer-internal-found", "repair-replied"]
    next_one = await county.order(outage_scope=OutageScope.SINGLE_HOUSEHOLD, transformer_area="t1")
    assert (await centre.names_told(next_one))[0] == "order-assessed", "that outage takes no further orders"


@pytest.mark.requirement("000-070")
async def test_crews_that_helped_go_home_with_the_lead_crew(centre: Centre) -> None:
    county = await centre.county(one={"lon": 116.001, "lat": 40.0}, two={"lon": 116.2, "lat": 40.0})
    order_id = await county.order()
    lead = await county.task_of("one")
    wish = {"order_id": str(order_id), "crew_code": county.code("two"), "reason": "联合抢修"}
    joined = await centre.call("POST", "/assignments", json=wish)
    assert joined.status_code == 201, joined.text
    helper = await county.task_of("two")

    await centre.go(county.code("one"), lead["task_id"], until="replied")

    assert (lead["is_lead"], helper["is_lead"]) == (True, False)
    assert await centre.list_of(county.code("two")) == []
    crews = (await centre.call("GET", "/crews?limit=1000")).json()["items"]
    assert {c["status"] for c in crews if c["code"].startswith(county.prefix)} == {"ready"}


async def test_a_crew_is_busy_until_it_has_replied(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="restored")
    second = await county.order()
    assert "crew-assigned" not in await centre.names_told(second)

    await centre.report(crew, centre.make_report(task["task_id"], "replied", **REPLY))

    assert "crew-assigned" in await centre.names_told(second)


async def test_a_late_entry_goes_its_whole_way_in_its_own_times_and_occupies_nobody(centre: Centre) -> None:
    county = await centre.county(crew={})
    crew = county.code("crew")
    start = centre.clock.now() - timedelta(days=2)
    created = county.make_order(reported_at=start, received_at=start, is_late_entry=True)
    await centre.hear(created, make_accepted(created))
    times = [(start + timedelta(minutes=5 * i)).isoformat() for i in range(20)]
    wish = {"order_id": str(created.order_id), "crew_code": crew, "reason": "补录", "dispatched_at": times[1]}

    (assigned,) = (await centre.call("POST", "/assignments/batch", json={"assignments": [wish]})).json()["results"]
    task_id = assigned["task_id"]
    kinds = [(kind, fields, times[i + 2]) for i, (kind, fields) in enumerate(COURSE)]
    make = [centre.make_report(task_id, k, **f) | {"occurred_at": at} for k, f, at in kinds if k != "work_permit"]
    first = await centre.report(crew, *make[:5])
    permit = {"task_id": task_id, "checklist": SAFE, "permitted_at": times[7]}
    permitted = await centre.call("POST", "/permits/batch", json={"permits": [permit]})
    rest = await centre.report(crew, *make[5:])
    today = await county.order()

    assert {r["outcome"] for r in first + rest} == {"applied"}
    assert permitted.json()["results"][0]["problem"] is None
    told = await centre.told(created.order_id)
    assert [name for name, _ in told][-2:] == ["power-restored", "repair-replied"]
    assert told[-2][1]["power_restored_at"] == times[11].replace("+00:00", "Z")
    assert "crew-assigned" in await centre.names_told(today)


async def test_an_id_is_one_crews_own(centre: Centre) -> None:
    """Nobody can spoil another crew's report by sending its id first."""
    county = await centre.county(one={}, two={})
    await county.order()
    await county.order()
    mine, other = await county.task_of("one"), await county.task_of("two")
    report = centre.make_report(mine["task_id"], "accepted")

    await centre.report(county.code("two"), report | {"task_id": other["task_id"]})
    (result,) = await centre.report(county.code("one"), report)

    assert result["outcome"] == "applied"


@pytest.mark.requirement("000-082")
async def test_the_first_estimate_stands_on_the_outage(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="arrived")
    back_at = (centre.clock.now() + timedelta(hours=2)).isoformat()

    await centre.report(
        crew,
        centre.make_report(task["task_id"], "surveyed", first_report="断线", estimated_restoration_at=back_at),
    )

    surveyed = next(body for name, body in await centre.told(order_id) if name == "fault-surveyed")
    assert surveyed["estimated_restoration_at"] == back_at.replace("+00:00", "Z")
    incident = await centre.call("GET", f"/incidents/{task['incident_id']}")
    assert incident.json()["estimated_restoration_at"] == back_at.replace("+00:00", "Z")


async def test_what_was_said_is_kept_on_the_task(centre: Centre) -> None:
    county = await centre.county(crew={})
    order_id = await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")
    await centre.go(crew, task["task_id"], until="replied")

    shown = (await centre.call("GET", f"/orders/{order_id}")).json()

    (kept,) = shown["tasks"]
    assert {name: kept["findings"][name] for name in REPLY} == REPLY
    assert shown["caller"] == {"name": "张**", "phone": "138****5678", "address": "兴安县界首镇大洞…"}
    t = tables.open_tasks
    assert await centre.rows(select(t).where(t.c.task_id == UUID(task["task_id"]))) == []
