"""Service requests are no orders: routed by capacity and voltage, told everything at once, ended with an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, count_orders, fields_of, make_body


def make_request(**overrides: Any) -> dict[str, Any]:
    """Make the body of a request to reconnect; `None` takes a field out."""
    body = {"kind": "reconnect", "channel": "local_hotline", "content": "已缴清电费，申请复电"}
    body["customer"] = make_body()["customer"]
    return {name: value for name, value in (body | overrides).items() if value is not None}


async def post(office: Office, **overrides: Any) -> dict[str, Any]:
    answer = await office.call("POST", "/service-requests", json=make_request(**overrides))
    assert answer.status_code == 201, answer.text
    request: dict[str, Any] = answer.json()
    return request


async def do(office: Office, request_id: str, what: str, **body: Any) -> httpx.Response:
    return await office.call("POST", f"/service-requests/{request_id}/{what}", json=body)


async def test_a_service_request_is_no_work_order(office: Office) -> None:
    before = await count_orders(office)
    request = await post(office)

    assert request["request_no"].startswith("SR20261123")
    assert await count_orders(office) == before
    as_order = await office.call("POST", "/orders", json=make_body(business_type="service_request"))
    assert fields_of(as_order) == {"business_type": "field.enum"}


@pytest.mark.requirement("000-025")
@pytest.mark.parametrize("kind", ["new_connection", "capacity_increase"])
async def test_below_50_kw_the_supply_station_takes_it(office: Office, kind: str) -> None:
    request = await post(office, kind=kind, capacity_kw=49.9)

    assert (request["taken_by"], request["department"]) == ("supply_station", None)


@pytest.mark.requirement("000-026")
@pytest.mark.parametrize(("voltage", "department"), [("0.4kV", "marketing"), ("10kV", "development")])
async def test_from_50_kw_on_the_customer_centre_takes_it_and_passes_it_on_by_voltage(
    office: Office, voltage: str, department: str
) -> None:
    request = await post(office, kind="new_connection", capacity_kw=50.0, voltage_level=voltage)

    assert (request["taken_by"], request["department"]) == ("customer_centre", department)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"kind": "new_connection"}, {"capacity_kw": "service_request.capacity_missing"}),
        ({"kind": "new_connection", "capacity_kw": 80.0}, {"voltage_level": "service_request.voltage_missing"}),
        ({"reported_at": format_z(NOW + timedelta(hours=1))}, {"reported_at": "order.time_in_future"}),
        ({"kind": "complaint"}, {"kind": "field.enum"}),
        ({"customer": {"phone": "1"}}, {}),
    ],
)
async def test_a_request_that_breaks_a_rule_is_refused_by_name(
    office: Office, changed: dict[str, Any], named: dict[str, str]
) -> None:
    answer = await office.call("POST", "/service-requests", json=make_request(**changed))

    assert answer.status_code == 422
    assert not named or fields_of(answer) == named


@pytest.mark.requirement("002-007")
async def test_the_checklist_says_what_is_still_to_be_told(office: Office) -> None:
    request = await post(office, kind="new_connection", capacity_kw=8.0, told=["procedure"])
    assert request["still_to_tell"] == ["documents", "fees", "time_limits"]

    answer = await do(office, request["id"], "tell", told=["documents", "fees", "time_limits"])

    assert answer.json()["still_to_tell"] == []
    shown = (await office.call("GET", f"/service-requests/{request['id']}")).json()
    assert [line["kind"] for line in shown["log"]] == ["service-request-received", "service-request-told"]


async def test_a_request_ends_with_an_answer_to_the_customer(office: Office) -> None:
    request = await post(office)
    early = await do(office, request["id"], "answer", answer="已复电")
    handled = await do(office, request["id"], "handle", result="已复电")
    withdrawn = await do(office, request["id"], "withdraw", reason="不办了")
    answered = await do(office, request["id"], "answer", answer="已电话告知客户")

    assert (early.status_code, early.json()["code"]) == (409, "service_request.transition_illegal")
    assert early.json()["context"]["legal"] == ["handled", "withdrawn"]
    assert handled.json()["status"] == "handled"
    assert withdrawn.status_code == 409
    assert (answered.json()["status"], answered.json()["answered_at"]) == ("answered", format_z(NOW))


@pytest.mark.parametrize(
    ("kind", "hours", "more"),
    [
        ("reconnect", 24, {}),
        ("ev_charge_booking", 0.75, {}),
        ("ev_charge_booking", 5, {"booked_at": format_z(NOW + timedelta(hours=5))}),
    ],
)
async def test_the_time_limit_stands_on_the_request(
    office: Office, kind: str, hours: float, more: dict[str, Any]
) -> None:
    request = await post(office, kind=kind, **more)

    assert request["answer_by"] == format_z(NOW + timedelta(hours=hours))


async def test_a_limit_of_working_days_ends_at_midnight_in_shanghai(office: Office) -> None:
    request = await post(office, kind="meter_abnormal")

    # Monday 23 November 2026 and four working days.
    assert request["answer_by"] == "2026-11-27T16:00:00Z"


async def test_the_same_key_makes_one_request(office: Office) -> None:
    headers = {"idempotency-key": str(uuid4())}
    made = [
        await office.call("POST", "/service-requests", headers=headers, json=make_request(content="只此一次"))
        for _ in range(2)
    ]

    assert made[0].json()["request_no"] == made[1].json()["request_no"]


async def test_contacts_are_masked_in_the_list(office: Office) -> None:
    request = await post(office, kind="other", content="请回电 13812345678")
    listed = (await office.call("GET", "/service-requests?kind=other")).json()["items"]
    shown = (await office.call("GET", f"/service-requests/{request['id']}", role=Role.REVIEWER)).json()

    (line,) = [line for line in listed if line["id"] == request["id"]]
    for view in (line, shown):
        assert (view["caller_name"], view["caller_phone"]) == ("张**", "138****5678")
        assert view["content"] == "请回电 138****5678"
