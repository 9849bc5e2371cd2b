"""Orders come in: one by one, many at once, from all sides, late, twice, and wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from services.intake.app import SERVICE
from shared.auth import Role
from shared.clock import format_z
from shared.glossary import BusinessType, Channel
from tests.intake.office import NOW, Office, count_orders, fields_of, make_body


def at(minutes: float) -> str:
    return format_z(NOW + timedelta(minutes=minutes))


def late(**entry: Any) -> dict[str, Any]:
    """Make the body of a late entry of the day before."""
    day_before = timedelta(days=-1).total_seconds() / 60
    return make_body(
        reported_at=at(day_before),
        outage_started_at=at(day_before - 20),
        late_entry={"received_at": at(day_before + 2), **entry},
    )


async def test_an_order_is_received_and_accepted_at_once(office: Office) -> None:
    answer = await office.call("POST", "/orders", json=make_body())

    assert answer.status_code == 201
    order = answer.json()
    assert order["status"] == "accepted"
    assert (order["received_at"], order["accept_by"]) == (at(0), at(3))
    assert (order["duplicate"], order["duplicate_of"], order["national_order_no"]) == (False, None, None)
    assert re.fullmatch(r"20261123\d{8}", order["order_no"])
    (created, told), (accepted, _) = await office.told(order["id"])
    assert (created, accepted) == ("order-created", "order-accepted")
    assert told["caller"]["phone"] == "13812345678"


async def test_an_order_after_midnight_in_shanghai_has_the_number_of_the_new_day(office: Office) -> None:
    office.clock.moment = NOW + timedelta(hours=14, minutes=5)

    assert (await office.receive())["order_no"].startswith("20261124")


@pytest.mark.requirement("001-001", "003-002")
@pytest.mark.parametrize("business_type", list(BusinessType))
async def test_any_business_type_can_be_received(office: Office, business_type: BusinessType) -> None:
    is_repair = business_type is BusinessType.FAULT_REPAIR
    extra = {} if is_repair else {"outage_scope": None, "outage_started_at": None}
    order = await office.receive(business_type=business_type, **extra)

    assert order["status"] == "accepted"
    assert (order["accept_by"] is not None) == is_repair


async def test_an_eighth_business_type_is_refused(office: Office) -> None:
    answer = await office.call("POST", "/orders", json=make_body(business_type="service_request"))

    assert (answer.status_code, fields_of(answer)) == (422, {"business_type": "field.enum"})


@pytest.mark.requirement("000-075", "003-044")
@pytest.mark.parametrize("channel", list(Channel))
async def test_an_order_comes_through_any_channel(office: Office, channel: Channel) -> None:
    order = await office.receive(channel=channel)

    assert (await office.order(order["id"]))["channel"] == channel


@pytest.mark.requirement("000-074")
@pytest.mark.parametrize("voltage", ["66kV", "35kV", "10kV", "0.4kV"])
async def test_a_fault_may_be_on_a_line_of_any_voltage(office: Office, voltage: str) -> None:
    order = await office.receive(voltage_level=voltage)
    other = await office.call("POST", "/orders", json=make_body(voltage_level="20kV"))

    assert (await office.order(order["id"]))["voltage_level"] == voltage
    assert dict(await office.told(order["id"]))["order-created"]["voltage_level"] == voltage
    assert fields_of(other) == {"voltage_level": "field.enum"}


@pytest.mark.requirement("000-076", "003-003", "003-015", "003-016")
@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_every_bad_field_is_named_at_once_in_both_languages(office: Office, language: str) -> None:
    body = make_body(content=None, outage_scope=None, outage_started_at=None, reported_at=at(9), colour="red")
    body["customer"] = {"name": "", "phone": "call me", "lat": 91}

    answer = await office.call("POST", "/orders", json=body, headers={"accept-language": language})

    assert answer.status_code == 422
    assert fields_of(answer) == {
        "content": "field.missing",
        "colour": "field.extra_forbidden",
        "customer.name": "field.string_too_short",
        "customer.phone": "field.string_pattern_mismatch",
        "customer.address": "field.missing",
        "customer.lat": "field.less_than_equal",
        "outage_scope": "order.outage_scope_missing",
        "outage_started_at": "order.outage_started_at_missing",
        "reported_at": "order.time_in_future",
    }
    details = {field["field"]: field["detail"] for field in answer.json()["fields"]}
    assert details["content"] == {"en": "is required", "zh-CN": "必填"}[language]
    assert details["outage_scope"] == {"en": "a repair needs the extent", "zh-CN": "报修必须填写停电范围"}[language]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"outage_started_at": at(0)}, {"outage_started_at": "order.times_out_of_order"}),
        ({"reported_at": at(2)}, {"reported_at": "order.time_in_future"}),
        ({"reported_at": 0}, {"reported_at": "field.datetime_type"}),
        ({"reported_at": "2026-11-23T10:00:00"}, {"reported_at": "field.timezone_aware"}),
        ({"late_entry": {"received_at": at(-2)}}, {"late_entry.received_at": "order.times_out_of_order"}),
        (
            {"late_entry": {"received_at": at(0), "origin": "paper"}},
            {"late_entry.origin_no": "order.origin_incomplete"},
        ),
        (
            {"late_entry": {"received_at": at(0), "accepted_at": at(-1)}},
            {"late_entry.accepted_at": "order.times_out_of_order"},
        ),
    ],
)
async def test_times_that_cannot_be_are_named(office: Office, changed: dict[str, Any], named: dict[str, str]) -> None:
    answer = await office.call("POST", "/orders", json=make_body(**changed))

    assert (answer.status_code, fields_of(answer)) == (422, named)


@pytest.mark.parametrize("body", [None, [], "x", {"customer": 7, "late_entry": 3}])
async def test_anything_else_than_an_order_is_refused(office: Office, body: Any) -> None:
    answer = await office.call("POST", "/orders", json=body)

    assert answer.status_code == 422
    assert answer.json()["fields"]


async def test_a_clock_that_is_a_little_ahead_is_forgiven(office: Office) -> None:
    order = await office.receive(reported_at=at(0.5))

    shown = await office.order(order["id"])
    assert shown["reported_at"] == shown["received_at"] == at(0)


@pytest.mark.requirement("003-011")
async def test_a_late_entry_keeps_its_own_times(office: Office) -> None:
    body = late(origin="paper", origin_no="P-1") | {"outage_started_at": None}
    answer = await office.call("POST", "/orders", json={k: v for k, v in body.items() if v is not None})

    order = await office.order(answer.json()["id"])
    assert order["is_late_entry"]
    assert order["reported_at"] == body["reported_at"]
    assert order["received_at"] == order["times"]["accepted_at"] == body["late_entry"]["received_at"]
    assert order["times"]["recorded_at"] == at(0)


async def test_the_same_late_entry_again_is_the_first_order(office: Office) -> None:
    body = late(origin="paper", origin_no="P-2")
    first = await office.call("POST", "/orders", json=body)
    again = await office.call("POST", "/orders", json=body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"duplicate": True, "duplicate_of": first.json()["id"]}
    assert await count_orders(office, origin_no="P-2") == 1
    assert len(await office.told(first.json()["id"])) == 2


@pytest.mark.requirement("000-001", "003-001")
async def test_who_took_the_order_stays_its_first_responder(office: Office) -> None:
    order = await office.receive()
    await office.replied(order["id"])
    await office.press(order["id"], "send")

    shown = await office.order(order["id"])
    assert shown["first_responder"] == shown["accountable"] == "test-agent"
    with pytest.raises(Exception, match="the first responder stays"):
        await office.rows(
            text(f"UPDATE intake.orders SET first_responder = 'x' WHERE id = '{order['id']}' RETURNING 1")
        )
    mine = await office.call("GET", "/orders?first_responder=test-agent&limit=200")
    assert order["id"] in [line["id"] for line in mine.json()["items"]]


# -- the register ------------------------------------------------------------------------------------------------------


def make_customer(**overrides: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "customer_no": "C-1",
        "name": "王五",
        "phone": "13700000001",
        "address": "春风路 8 号",
        "area_type": "rural",
        "transformer_area": "TA-7",
        "feeder": "F-3",
        "station_code": "S-2",
        "lon": 116.7,
        "lat": 39.5,
        "special_need": "lone_elderly",
    }
    return known | overrides


async def put_customers(office: Office, *customers: dict[str, Any]) -> httpx.Response:
    return await office.call("POST", "/customers/batch", role=Role.OPS, json={"customers": list(customers)})


@pytest.mark.requirement("000-011")
async def test_an_order_is_completed_from_the_register(office: Office) -> None:
    assert (await put_customers(office, make_customer(), make_customer())).json() == {"written": 1}

    order = await office.receive(customer=make_body()["customer"] | {"no": "C-1"})
    shown = await office.order(order["id"])

    assert (shown["transformer_area"], shown["feeder"], shown["station_code"]) == ("TA-7", "F-3", "S-2")
    assert (shown["area_type"], shown["special_need"], shown["lon"], shown["lat"]) == (
        "rural",
        "lone_elderly",
        116.7,
        39.5,
    )
    assert shown["caller_name"] == "张伟"


async def test_what_the_caller_says_goes_before_the_register(office: Office) -> None:
    await put_customers(office, make_customer())
    caller = make_body()["customer"] | {"no": "C-1", "lon": 100.0, "lat": 30.0}

    order = await office.receive(customer=caller, area_type="urban", station_code="S-9")
    shown = await office.order(order["id"])

    assert (shown["area_type"], shown["station_code"], shown["lon"], shown["lat"]) == ("urban", "S-9", 100.0, 30.0)


async def test_a_caller_is_known_by_phone_only_if_nobody_shares_it(office: Office) -> None:
    await put_customers(office, make_customer(customer_no="C-7", phone="13700000007"))
    caller = make_body()["customer"] | {"phone": "13700000007"}
    alone = await office.receive(customer=caller)
    await put_customers(office, make_customer(customer_no="C-8", phone="13700000007"))
    shared = await office.receive(customer=caller)

    assert (await office.order(alone["id"]))["customer_no"] == "C-7"
    assert (await office.order(shared["id"]))["customer_no"] is None
    assert (await office.order(shared["id"]))["area_type"] == "urban"


async def test_a_customer_is_changed_by_writing_it_again(office: Office) -> None:
    await put_customers(office, make_customer(customer_no="C-9"))
    await put_customers(office, make_customer(customer_no="C-9", station_code="S-5"))

    order = await office.receive(customer=make_body()["customer"] | {"no": "C-9"})
    assert (await office.order(order["id"]))["station_code"] == "S-5"


# -- many at once ------------------------------------------------------------------------------------------------------


async def test_a_batch_stores_the_good_and_explains_the_bad(office: Office) -> None:
    twice = late(origin="paper", origin_no="B-1")
    bodies = [make_body(), make_body(outage_scope=None), 7, twice, twice, make_body(content="")]

    answer = await office.call("POST", "/orders/batch", json={"orders": bodies})

    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [line["index"] for line in results] == [0, 1, 2, 3, 4, 5]
    assert [("order" in line) for line in results] == [True, False, False, True, True, False]
    assert results[1]["problem"]["fields"][0]["code"] == "order.outage_scope_missing"
    assert results[5]["problem"]["fields"][0]["field"] == "content"
    assert results[3]["order"]["id"] == results[4]["order"]["id"]
    assert (results[3]["order"]["duplicate"], results[4]["order"]["duplicate"]) == (False, True)


@pytest.mark.parametrize("number", [0, 501])
async def test_a_batch_has_between_one_and_five_hundred(office: Office, number: int) -> None:
    answer = await office.call("POST", "/orders/batch", json={"orders": [make_body()] * number})

    assert answer.status_code == 422


async def test_five_hundred_orders_get_numbers_that_differ_and_events_in_order(own_office: Office) -> None:
    answer = await own_office.call("POST", "/orders/batch", json={"orders": [make_body() for _ in range(500)]})

    lines = answer.json()["results"]
    assert len({line["order"]["order_no"] for line in lines}) == 500
    told = await own_office.rows(
        select(SERVICE.outbox.c.key, SERVICE.outbox.c.type).order_by(SERVICE.outbox.c.position)
    )
    expected = [(line["order"]["id"], name) for line in lines for name in ("order-created", "order-accepted")]
    assert [tuple(row) for row in told] == expected
