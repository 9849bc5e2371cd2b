"""A call about something known: linked, told how it stands, and nobody sent twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import CrewAssigned, CrewDeparted, EstimateChanged, OrderMerged, PowerRestored
from shared.ids import new_id
from tests.intake.office import NOW, Office, count_orders, make_body, make_national

WANG = {"name": "王芳", "phone": "13900000001", "address": "青澜县春风路8号2单元301"}
LI = {"name": "李静", "phone": "13900000002", "address": "青澜县春风路8号2单元502"}
CHEN = {"name": "陈立", "phone": "13900000003", "address": "青澜县柳荫路20号"}


async def report(office: Office, customer: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    """Let a customer report an outage now; return the answer."""
    now = office.clock.now()
    times = {
        "reported_at": format_z(now - timedelta(seconds=30)),
        "outage_started_at": format_z(now - timedelta(minutes=5)),
    }
    return await office.receive(**({"customer": customer} | times | overrides))


async def on_the_way(office: Office, order_id: str) -> None:
    await office.facts(order_id, last=CrewDeparted)
    office.clock.moment += timedelta(minutes=30)


@pytest.mark.requirement("003-025")
async def test_the_same_customer_again_is_a_consultation_and_nobody_is_sent(alert_office: Office) -> None:
    first = await report(alert_office, WANG)
    again = await report(alert_office, WANG, content="怎么还没有人来")
    order = await alert_office.order(again["id"])

    assert (first["status"], again["status"]) == ("accepted", "consultation_linked")
    assert again["duplicate_of"] == first["id"]
    assert (again["linked"]["kind"], again["linked"]["call_count"]) == ("consultation", 2)
    assert (order["business_type"], order["first_responder"]) == ("consultation", "test-agent")
    assert await alert_office.told_names(again["id"]) == ["order-created", "order-linked"]
    assert await count_orders(alert_office, business_type="fault_repair") == 1


@pytest.mark.requirement("003-025", "003-026", "003-027", "000-082")
async def test_a_call_from_the_same_transformer_while_a_crew_is_on_the_way_is_told_so(alert_office: Office) -> None:
    """Case E19."""
    first = await report(alert_office, WANG, transformer_area="TA-1")
    await on_the_way(alert_office, first["id"])
    estimate = NOW + timedelta(hours=3)
    told = EstimateChanged(
        order_id=UUID(first["id"]),
        incident_id=new_id(),
        estimated_at=alert_office.clock.now(),
        estimated_restoration_at=estimate,
    )
    await alert_office.hear(told)
    second = await report(alert_office, CHEN, transformer_area="TA-1")
    linked = second["linked"]

    assert second["status"] == "consultation_linked"
    assert (linked["order_id"], linked["basis"], linked["call_count"]) == (first["id"], "transformer_area", 2)
    assert (linked["status"], linked["estimated_restoration_at"]) == ("en_route", format_z(estimate))
    assert "正在途中" in linked["tell"]
    assert "13:00" in linked["tell"], "three hours later, in Shanghai"
    assert "order-accepted" not in await alert_office.told_names(second["id"])


async def test_until_a_crew_leaves_a_neighbours_report_is_a_child_of_the_outage(alert_office: Office) -> None:
    first = await report(alert_office, WANG, transformer_area="TA-1")
    second = await report(alert_office, CHEN, transformer_area="TA-1")
    accepted = dict(await alert_office.told(second["id"]))["order-accepted"]

    assert second["status"] == "accepted"
    assert (second["linked"]["kind"], second["duplicate_of"]) == ("child", first["id"])
    assert accepted["same_outage_as"] == first["id"]
    merge = OrderMerged(
        order_id=UUID(second["id"]), incident_id=new_id(), main_order_id=UUID(first["id"]), merged_at=NOW
    )
    await alert_office.hear(merge)
    assert (await alert_office.order(second["id"]))["status"] == "child_of_incident"
    again = await report(alert_office, CHEN, transformer_area="TA-1")
    assert (again["status"], again["duplicate_of"]) == ("consultation_linked", second["id"])


async def test_neighbours_on_one_stair_tell_of_one_outage_without_a_transformer(alert_office: Office) -> None:
    first = await report(alert_office, WANG)
    second = await report(alert_office, LI)

    assert (second["linked"]["kind"], second["linked"]["basis"]) == ("child", "building")
    assert second["duplicate_of"] == first["id"]


async def test_a_whole_feeder_without_light_takes_in_every_report_from_it(alert_office: Office) -> None:
    people = [
        {"customer_no": f"C-{n}", "name": "何安", "phone": f"1390000020{n}", "address": f"青澜县石牌街{n}号"}
        for n in range(3)
    ]
    listed = [one | {"feeder": "F-1", "transformer_area": f"TA-{n}"} for n, one in enumerate(people)]
    await alert_office.call("POST", "/customers/batch", role=Role.OPS, json={"customers": listed})
    who = [{"no": p["customer_no"], "name": p["name"], "phone": p["phone"], "address": p["address"]} for p in people]
    before = await report(alert_office, who[0])
    whole = await report(alert_office, who[1], outage_scope="area")
    after = await report(alert_office, who[2])

    assert (before["linked"], whole["linked"]) == (None, None)
    assert (after["linked"]["kind"], after["linked"]["basis"]) == ("child", "feeder")
    assert after["duplicate_of"] == whole["id"]


async def test_one_home_without_light_is_nobody_elses_outage(alert_office: Office) -> None:
    await report(alert_office, WANG, outage_scope="single_household")
    second = await report(alert_office, LI, outage_scope="single_household")

    assert second["linked"] is None


async def test_a_home_without_light_is_never_left_in_the_dark_by_a_neighbours_crew(alert_office: Office) -> None:
    """It may be a fault of its own: it follows, and is called back; it is not closed as a question."""
    first = await report(alert_office, WANG, transformer_area="TA-1")
    await on_the_way(alert_office, first["id"])
    second = await report(alert_office, CHEN, transformer_area="TA-1", outage_scope="single_household")

    assert (second["status"], second["linked"]["kind"]) == ("accepted", "child")


async def test_whoever_is_in_the_dark_again_after_light_was_back_gets_a_crew(alert_office: Office) -> None:
    first = await report(alert_office, WANG, transformer_area="TA-1")
    at = NOW + timedelta(minutes=1)
    back = PowerRestored(order_id=UUID(first["id"]), incident_id=new_id(), power_restored_at=at, is_observed=True)
    await alert_office.hear(back)
    alert_office.clock.moment += timedelta(minutes=30)
    again = await report(alert_office, WANG, transformer_area="TA-1")
    third = await report(alert_office, WANG, transformer_area="TA-1")

    assert (again["status"], again["linked"]) == ("accepted", None)
    assert third["duplicate_of"] == again["id"]


async def test_another_customer_with_the_same_phone_elsewhere_is_new(alert_office: Office) -> None:
    await report(alert_office, WANG)
    other = await report(alert_office, WANG | {"address": "青澜县柳荫路20号"})

    assert other["linked"] is None


async def test_another_phone_from_the_same_home_is_the_same_customer(alert_office: Office) -> None:
    first = await report(alert_office, WANG)
    again = await report(alert_office, WANG | {"phone": "13900000009", "address": "春风路八号二单元三〇一室"})

    assert (again["duplicate_of"], again["linked"]["basis"]) == (first["id"], "address")
    assert again["status"] == "consultation_linked"


async def test_two_customer_numbers_are_two_customers_whoever_calls(alert_office: Office) -> None:
    await report(alert_office, WANG | {"no": "C-1"}, transformer_area="TA-1")
    second = await report(alert_office, WANG | {"no": "C-2"}, transformer_area="TA-2")

    assert second["linked"] is None


async def test_a_national_order_about_a_known_outage_follows_and_is_answered_under_its_own_number(
    alert_office: Office,
) -> None:
    first = await report(alert_office, WANG)
    pushed = await alert_office.push("/orders", make_national(customer=WANG))
    second = pushed.json()

    assert pushed.status_code == 201
    assert (second["status"], second["linked"]["kind"]) == ("accepted", "child")
    assert second["duplicate_of"] == first["id"]
    assert dict(await alert_office.told(second["id"]))["order-accepted"]["same_outage_as"] == first["id"]


async def test_a_late_entry_was_told_apart_in_its_own_time(alert_office: Office) -> None:
    await report(alert_office, WANG)
    late = {"received_at": format_z(NOW - timedelta(minutes=1))}
    entered = await report(alert_office, WANG, late_entry=late, reported_at=format_z(NOW - timedelta(minutes=2)))

    assert entered["linked"] is None


@pytest.mark.requirement("003-033")
async def test_a_second_complaint_of_one_caller_urges_the_first(alert_office: Office) -> None:
    complaint = {"business_type": "complaint", "outage_scope": None, "outage_started_at": None, "surroundings": None}
    first = await report(alert_office, WANG, content="两个月停电五次，没有人解释", **complaint)
    answer = await alert_office.call(
        "POST", "/orders", json=make_body(customer=WANG, content="怎么还没有答复", **complaint)
    )
    again = answer.json()
    kinds = [line["kind"] for line in await alert_office.timeline(first["id"])]

    assert answer.status_code == 200
    assert (again["id"], again["duplicate"], again["linked"]["kind"]) == (first["id"], True, "urge")
    assert again["linked"]["call_count"] == 2
    assert "正在处理当中" in again["linked"]["tell"]
    assert "order-urged" in kinds
    assert await count_orders(alert_office, business_type="complaint") == 1


async def test_two_complaints_of_one_caller_in_one_batch_are_one_and_an_urge(alert_office: Office) -> None:
    body = make_body(
        business_type="complaint", customer=WANG, outage_scope=None, outage_started_at=None, surroundings=None
    )
    answer = await alert_office.call("POST", "/orders/batch", json={"orders": [body, body | {"content": "催一下"}]})
    first, second = [line["order"] for line in answer.json()["results"]]

    assert (second["id"], second["linked"]["kind"]) == (first["id"], "urge")
    assert await count_orders(alert_office, business_type="complaint") == 1


async def test_what_else_is_about_an_order_can_be_looked_up_from_both_sides(alert_office: Office) -> None:
    first = await report(alert_office, WANG)
    again = await report(alert_office, WANG)
    of_first = (await alert_office.call("GET", f"/orders/{first['id']}/duplicates")).json()
    of_again = (await alert_office.call("GET", f"/orders/{again['id']}/duplicates")).json()

    assert (of_first["call_count"], of_first["duplicate_of"]) == (2, None)
    assert (await alert_office.order(first["id"]))["call_count"] == 2
    assert (await alert_office.order(again["id"]))["duplicate_of"] == first["id"]
    assert [line["order_id"] for line in of_first["linked"]] == [again["id"]]
    assert (of_again["duplicate_of"], of_again["kind"], of_again["basis"]) == (first["id"], "consultation", "phone")
    assert first["order_no"] in of_again["tell"]
    assert "call-repeated" in [line["kind"] for line in await alert_office.timeline(first["id"])]


async def test_a_dispatcher_links_what_the_system_did_not_recognise(alert_office: Office) -> None:
    first, second = await report(alert_office, WANG), await report(alert_office, CHEN)
    body = {"lead_order_id": first["id"], "reason": "同一户，两部手机"}
    answer = await alert_office.call("POST", f"/orders/{second['id']}/link", role=Role.DISPATCHER, json=body)

    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["linked"]["basis"]) == ("consultation_linked", "desk")
    assert (await alert_office.told_names(second["id"]))[-1] == "order-linked"


async def test_an_order_is_linked_to_no_other_that_cannot_lead_it(alert_office: Office) -> None:
    first = await report(alert_office, WANG)
    again = await report(alert_office, WANG)
    other = await report(alert_office, CHEN)

    async def link(order_id: str, lead: str) -> tuple[int, str]:
        body = {"lead_order_id": lead, "reason": "同一户"}
        answer = await alert_office.call("POST", f"/orders/{order_id}/link", role=Role.DISPATCHER, json=body)
        return answer.status_code, answer.json()["code"]

    assert await link(other["id"], again["id"]) == (409, "order.cannot_lead")
    assert await link(other["id"], other["id"]) == (409, "order.cannot_lead")
    assert await link(other["id"], str(new_id())) == (404, "order.unknown")
    await alert_office.facts(other["id"], last=CrewAssigned)
    assert await link(other["id"], first["id"]) == (409, "order.transition_illegal")


@pytest.mark.parametrize("is_one_customer", [True, False], ids=["one customer", "sixteen neighbours"])
async def test_sixteen_calls_about_one_fault_at_once_are_one_order_and_fifteen_links(
    alert_office: Office, is_one_customer: bool
) -> None:
    def body(number: int) -> dict[str, Any]:
        other = {"name": "赵安", "phone": f"1390000{number:04d}", "address": f"青澜县学府路{number}号"}
        return make_body(customer=WANG if is_one_customer else other, transformer_area="TA-1")

    calls = [alert_office.call("POST", "/orders", json=body(number)) for number in range(1, 17)]
    answers = await asyncio.gather(*calls)
    orders = [answer.json() for answer in answers]
    new = [order for order in orders if order["linked"] is None]

    assert {answer.status_code for answer in answers} == {201}
    assert len(new) == 1
    assert {order["duplicate_of"] for order in orders} == {None, new[0]["id"]}
    assert sorted(order["linked"]["call_count"] for order in orders if order["linked"]) == list(range(2, 17))
    assert len({order["order_no"] for order in orders}) == 16


async def test_a_batch_recognises_what_repeats_within_itself(alert_office: Office) -> None:
    bodies = [make_body(customer=WANG), make_body(customer=CHEN), make_body(customer=WANG)]
    answer = await alert_office.call("POST", "/orders/batch", json={"orders": bodies})
    first, other, again = [line["order"] for line in answer.json()["results"]]

    assert "linked" not in first
    assert "linked" not in other
    assert again["duplicate_of"] == first["id"]


async def test_the_policy_can_be_switched_off(own_office: Office) -> None:
    await report(own_office, WANG)
    assert (await report(own_office, WANG))["status"] == "accepted"
