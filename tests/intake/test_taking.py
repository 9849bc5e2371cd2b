"""Taking an order: what each type and channel must say, subtypes, dialects, and what a caller is told at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.intake.domain.taking import SUBTYPES
from services.intake.tables import takings
from shared.auth import Role
from shared.clock import format_z
from shared.glossary import BusinessType, Channel
from tests.intake.office import NOW, Office, fields_of, make_body
from tests.intake.test_triage import ask, post

CHINESE = {"accept-language": "zh-CN"}
NOBODY_ASKED = [c for c in Channel if c not in {Channel.LOCAL_HOTLINE, Channel.COUNTER}]


@pytest.mark.requirement("000-077")
@pytest.mark.parametrize("channel", ["local_hotline", "counter"])
async def test_a_repair_taken_face_to_face_asks_for_the_dangers_around(office: Office, channel: str) -> None:
    answer = await office.call("POST", "/orders", json=make_body(channel=channel, surroundings=None))

    assert (answer.status_code, fields_of(answer)) == (422, {"surroundings": "order.surroundings_missing"})


@pytest.mark.parametrize("channel", NOBODY_ASKED)
async def test_where_nobody_can_be_asked_the_dangers_may_be_unknown(office: Office, channel: Channel) -> None:
    order = await post(office, make_body(channel=channel, surroundings=None))

    assert order["status"] == "accepted"


@pytest.mark.requirement("003-003", "000-076", "000-077")
@pytest.mark.parametrize("business_type", list(BusinessType))
@pytest.mark.parametrize("field", ["name", "phone", "address"])
async def test_whoever_calls_about_anything_says_name_phone_and_address(
    office: Office, business_type: BusinessType, field: str
) -> None:
    body = make_body(business_type=business_type)
    del body["customer"][field]
    answer = await office.call("POST", "/orders", json=body)

    assert (answer.status_code, fields_of(answer)) == (422, {f"customer.{field}": "field.missing"})


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("business_type", list(BusinessType))
async def test_the_form_asks_for_exactly_what_is_mandatory(
    office: Office, business_type: BusinessType, channel: Channel
) -> None:
    form = (await office.call("GET", f"/taking/forms/{business_type}?channel={channel}")).json()
    mandatory = {field["name"] for field in form["fields"] if field["is_mandatory"]}
    empty = await office.call("POST", "/orders", json={"business_type": business_type, "channel": channel})
    placed = {"business_type": business_type, "channel": channel, "customer": {}}
    nobody = await office.call("POST", "/orders", json=placed)

    assert {"customer", "reported_at", "content"} <= set(fields_of(empty))
    assert set(fields_of(nobody)) == mandatory


@pytest.mark.requirement("003-011")
async def test_what_was_written_on_paper_when_the_system_was_down_keeps_its_true_time(office: Office) -> None:
    form = (await office.call("GET", "/taking/forms/fault_repair?is_late_entry=true")).json()
    assert "纸质表单" in (await office.call("GET", "/taking/forms/praise", headers=CHINESE)).json()["system_down"]
    paper = {
        "reported_at": format_z(NOW - timedelta(hours=6)),
        "outage_scope": "unit",
        "content": "整个单元停电",
        **{"business_type": "fault_repair", "channel": "local_hotline", "customer": make_body()["customer"]},
        "late_entry": {"received_at": format_z(NOW - timedelta(hours=6)), "origin": "paper", "origin_no": "F-0001"},
    }
    assert {f["name"].split(".")[0] for f in form["fields"] if f["is_mandatory"]} <= paper.keys()

    order = await post(office, paper)
    shown = await office.order(order["id"])
    assert (shown["reported_at"], shown["is_late_entry"]) == (paper["reported_at"], True)


@pytest.mark.parametrize("business_type", list(BusinessType))
async def test_every_type_has_its_subtypes_and_no_others(office: Office, business_type: BusinessType) -> None:
    own = sorted(SUBTYPES[business_type])[0]
    (foreign, *_) = sorted({word for words in SUBTYPES.values() for word in words} - SUBTYPES[business_type])
    body = make_body(business_type=business_type)

    good = await office.call("POST", "/orders", json=body | {"subtype": own})
    bad = await office.call("POST", "/orders", json=body | {"subtype": foreign})

    assert good.status_code == 201, good.text
    assert (bad.status_code, fields_of(bad)) == (422, {"subtype": "order.subtype_of_other_type"})


@pytest.mark.requirement("004-017")
async def test_a_broken_commitment_is_accepted_at_once_whatever_the_policy(own_office: Office) -> None:
    nobody = {"is_enabled": False, "valid_from": format_z(NOW - timedelta(hours=1))}
    await own_office.call("PUT", "/policies/automatic_acceptance", role=Role.OPS, json=nobody)
    body = make_body(business_type="complaint", outage_scope=None, outage_started_at=None)

    broken = await post(own_office, body | {"subtype": "broken_commitment"})
    caller = body["customer"] | {"phone": "13800000777", "name": "李雷"}
    other = await post(own_office, body | {"subtype": "conduct", "customer": caller, "content": "服务态度不好"})

    assert (broken["status"], other["status"]) == ("accepted", "received")


@pytest.mark.requirement("003-013")
async def test_the_language_that_a_caller_would_rather_speak_stays_with_the_order(office: Office) -> None:
    order = await post(office, make_body(language="闽南话"))
    shown = await office.call("GET", f"/orders/{order['id']}/briefing")

    assert shown.json()["language"] == "闽南话"


async def test_an_ordinary_order_leaves_no_row_of_its_taking(office: Office) -> None:
    order = await post(office, make_body())

    assert await office.rows(select(takings.c.order_id).where(takings.c.order_id == order["id"])) == []


@pytest.mark.requirement("002-007", "003-014")
async def test_what_a_caller_is_told_is_ticked_off_until_nothing_is_left(office: Office) -> None:
    order = await post(office, make_body(business_type="complaint", outage_scope=None, outage_started_at=None))

    first = await ask(office, order["id"], "notices", told=["order_number"])
    assert first["still_to_tell"] == ["answer_day"]
    second = await ask(office, order["id"], "notices", told=["answer_day"])

    assert (second["still_to_tell"], second["told"]) == ([], ["answer_day", "order_number"])
    (row,) = await office.rows(select(takings.c.answer_by).where(takings.c.order_id == order["id"]))
    assert format_z(row.answer_by) == "2026-11-30T16:00:00Z"


async def test_what_is_learned_later_completes_the_taking(office: Office) -> None:
    order = await post(office, make_body(business_type="complaint", outage_scope=None, outage_started_at=None))
    before = (await office.call("GET", f"/orders/{order['id']}/briefing")).json()
    assert [gap["field"] for gap in before["still_to_ask"]] == ["subtype"]

    after = await ask(office, order["id"], "taking", subtype="billing", language="普通话")

    assert (after["subtype"], after["language"], after["still_to_ask"]) == ("billing", "普通话", [])
    wrong = await office.press(order["id"], "taking", role=Role.AGENT, subtype="theft")
    assert (wrong.status_code, fields_of(wrong)) == (422, {"subtype": "order.subtype_of_other_type"})


async def test_bad_fields_of_the_taking_are_named_with_all_the_others(office: Office) -> None:
    body: dict[str, Any] = make_body(
        content=None,
        business_type="praise",
        subtype="theft",
        triage={"is_breaker_tripped": "perhaps"},
        phone_resolution={"outcome": "power_back"},
        notices={"told": ["everything"]},
    )
    answer = await office.call("POST", "/orders", json=body)

    assert answer.status_code == 422
    assert fields_of(answer) == {
        "content": "field.missing",
        "triage.is_breaker_tripped": "field.enum",
        "phone_resolution.guidance": "field.missing",
        "notices.told.0": "field.enum",
        "subtype": "order.subtype_of_other_type",
        "triage": "order.for_repairs_only",
    }


async def test_a_batch_explains_each_bad_taking_and_stores_the_others(office: Office) -> None:
    bodies = [
        make_body(subtype="voltage"),
        make_body(subtype="theft"),
        make_body(notices={"price_code": "P-404"}),
        make_body(notices={"told": ["order_number"]}),
    ]
    answer = await office.call("POST", "/orders/batch", json={"orders": bodies})

    lines = answer.json()["results"]
    assert [line.get("problem", {}).get("fields", [{}])[0].get("code") for line in lines] == [
        None,
        "order.subtype_of_other_type",
        "order.price_unknown",
        None,
    ]


async def test_nothing_more_is_asked_or_told_of_an_order_that_is_closed(office: Office) -> None:
    order = await post(office, make_body())
    await office.press(order["id"], "cancel", role=Role.SUPERVISOR, reason="false_alarm")

    steps: dict[str, dict[str, Any]] = {
        "triage": {"is_breaker_tripped": "yes"},
        "notices": {"told": ["safety"]},
        "taking": {"subtype": "voltage"},
        "resolve-by-phone": {"outcome": "power_back", "guidance": "已指导"},
    }
    for what, body in steps.items():
        answer = await office.press(order["id"], what, role=Role.AGENT, **body)
        assert (what, answer.status_code, answer.json()["code"]) == (what, 409, "order.already_closed")


async def test_an_order_that_is_not_there_is_not_found(office: Office) -> None:
    for what in ("triage", "notices", "taking"):
        assert (await office.press(str(uuid4()), what, role=Role.AGENT)).status_code == 404
    assert (await office.call("GET", f"/orders/{uuid4()}/briefing")).status_code == 404
