"""What the agent reads out: the answer day, the arrival, how far the repair is, fees, and what to ask on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.intake.domain import briefing
from services.intake.domain.briefing import THANKED, THANKS
from services.intake.domain.calls import SCRIPTS
from services.intake.domain.completeness import ASKED
from services.intake.domain.triage import QUESTIONS
from shared.auth import Role
from shared.clock import format_z
from shared.errors import Text
from shared.events.dispatch import CrewArrived, EstimateChanged
from shared.ids import new_id
from tests.intake.office import NOW, Office, make_body
from tests.intake.test_triage import alone, ask, post, put_lists

FORBIDDEN = ("不知道", "不清楚", "请问别人去", "不属我管")
"""Never said to a customer (requirement 004-010)."""


def without_outage(**overrides: Any) -> dict[str, Any]:
    return make_body(**{"outage_scope": None, "outage_started_at": None, "surroundings": None} | overrides)


async def read(office: Office, order_id: str, *, language: str = "zh-CN", role: Role = Role.AGENT) -> dict[str, Any]:
    headers = {"accept-language": language}
    answer = await office.call("GET", f"/orders/{order_id}/briefing", role=role, headers=headers)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def line(shown: dict[str, Any], kind: str) -> str:
    """Return the one line of a kind, in Chinese; empty if there is none."""
    found = [line["zh"] for line in shown["lines"] if line["kind"] == kind]
    assert len(found) <= 1
    return found[0] if found else ""


# -- the answer day ----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("003-014")
@pytest.mark.parametrize(
    ("business_type", "more", "day"),
    [
        # Monday 23 November 2026, ten in the morning.
        ("complaint", {}, "2026年11月30日"),
        ("opinion", {}, "2026年12月7日"),
        ("suggestion", {}, "2026年12月7日"),
        ("misconduct_report", {}, "2026年12月7日"),
        ("consultation", {}, "2026年11月30日"),
        ("complaint", {"subtype": "broken_commitment"}, "2026年12月3日"),
        ("opinion", {"channel": "report_box"}, "2026年12月8日"),
    ],
)
async def test_the_answer_day_is_read_out_by_type(
    office: Office, business_type: str, more: dict[str, Any], day: str
) -> None:
    order = await post(office, without_outage(business_type=business_type, **more))

    assert day in line(await read(office, order["id"]), "answer_day")


@pytest.mark.requirement("003-031")
async def test_a_complainer_is_thanked_before_anything_else(office: Office) -> None:
    order = await post(office, without_outage(business_type="complaint"))
    shown = await read(office, order["id"])

    assert [line["kind"] for line in shown["lines"]] == ["greeting", "order_number", "answer_day", "closing"]
    assert "感谢您向我们反映" in shown["lines"][0]["zh"]
    assert order["order_no"] in line(shown, "order_number")


async def test_praise_is_promised_no_answer(office: Office) -> None:
    order = await post(office, without_outage(business_type="praise"))
    shown = await read(office, order["id"])

    assert (shown["answer_by"], line(shown, "answer_day")) == (None, "")


async def test_a_day_in_a_year_without_a_holiday_table_is_said_to_be_unsure(office: Office) -> None:
    office.clock.moment = NOW + timedelta(days=35)
    reported = {"reported_at": format_z(office.clock.moment)}
    order = await post(office, without_outage(business_type="opinion", **reported))

    assert "节假日尚未公布" in line(await read(office, order["id"]), "answer_day")


async def test_an_order_keeps_the_promise_of_its_day_when_the_policy_changes(own_office: Office) -> None:
    old = await post(own_office, without_outage(business_type="complaint"))
    limits = {"days": 2, "calendar": "calendar_days"}
    policy = {
        "name": "answer_days",
        "by_type": {"complaint": limits},
        "arrival": {"urban": {"minutes": 45}},
        "services": {},
    }
    later = NOW + timedelta(hours=1)
    body = {"policy": policy, "valid_from": format_z(later)}
    assert (await own_office.call("PUT", "/policies/taking", role=Role.OPS, json=body)).status_code == 200
    own_office.clock.moment = later
    new = await post(
        own_office, without_outage(business_type="complaint", content="又一件事", reported_at=format_z(later))
    )

    assert (await read(own_office, old["id"]))["answer_by"] == "2026-11-30T16:00:00Z"
    assert (await read(own_office, new["id"]))["answer_by"] == "2026-11-25T16:00:00Z"


# -- a repair ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("area", "minutes"), [("urban", 45), ("rural", 90), ("special_remote", 120)])
async def test_a_repair_is_told_by_when_somebody_is_there(office: Office, area: str, minutes: int) -> None:
    order = await post(office, make_body(area_type=area))
    shown = await read(office, order["id"])

    assert shown["answer_by"] == format_z(NOW + timedelta(minutes=minutes))
    assert f"{10 + minutes // 60}:{minutes % 60:02d} 前到达现场" in line(shown, "arrival_limit")


@pytest.mark.requirement("003-026", "003-027")
async def test_progress_and_remaining_time_are_told_as_they_change(office: Office) -> None:
    order = await post(office, make_body())
    assert line(await read(office, order["id"]), "progress")

    await office.facts(order["id"], CrewArrived)
    now = office.clock.now()
    estimate = now + timedelta(minutes=90)
    changed = EstimateChanged(
        order_id=order["id"], incident_id=new_id(), estimated_at=now, estimated_restoration_at=estimate
    )
    await office.hear(changed)
    shown = await read(office, order["id"])

    assert "现场" in line(shown, "progress")
    assert "预计还要 90 分钟" in line(shown, "estimate")
    assert line(shown, "arrival_limit") == ""
    assert datetime.fromisoformat(shown["estimated_restoration_at"]) == estimate


@pytest.mark.requirement("003-028", "003-030")
async def test_an_internal_fault_is_told_the_fee_and_the_authority_that_set_it(office: Office) -> None:
    await put_lists(office)
    order = await post(office, alone(asset_ownership="customer"))
    shown = await read(office, order["id"])

    assert "更换空气开关 30 元/次（市发改委〔2026〕12号）" in line(shown, "paid_service")
    assert "光明电力安装队" in line(shown, "referral")
    assert "paid_service" in shown["still_to_tell"]

    told = await ask(office, order["id"], "notices", told=["paid_service"], price_code="P-01")
    assert (told["price_code"], "paid_service" in told["still_to_tell"]) == ("P-01", False)
    lines = await office.timeline(order["id"])
    assert ("caller-told", ["paid_service"]) in [(line["kind"], line["data"].get("told")) for line in lines]


@pytest.mark.requirement("003-017", "003-021")
async def test_what_is_missing_is_asked_before_anybody_is_sent(office: Office) -> None:
    national = await office.receive_national(
        outage_scope="single_household",
        surroundings=None,
        customer=make_body()["customer"] | {"address": "镇上"},
    )
    assert national["status"] == "received"

    shown = await read(office, national["id"], language="en")
    gaps = {gap["field"]: gap["is_mandatory"] for gap in shown["still_to_ask"]}
    assert gaps == {"address": True, "surroundings": False} | {f"triage.{name}": False for name in QUESTIONS}

    declined = await office.press(national["id"], "decline", role=Role.DISPATCHER, reason="incomplete")
    assert declined.json()["status"] == "declined"


@pytest.mark.requirement("003-021")
async def test_a_vague_address_with_a_known_transformer_area_leads_a_crew_there(office: Office) -> None:
    caller = make_body()["customer"] | {"address": "镇上"}
    order = await post(office, make_body(customer=caller, transformer_area="TA-7"))

    assert order["status"] == "accepted"


async def test_only_who_took_a_misconduct_report_reads_its_answer_day_out(office: Office) -> None:
    order = await post(office, without_outage(business_type="misconduct_report"))

    assert line(await read(office, order["id"]), "answer_day")
    other = await office.call("GET", f"/orders/{order['id']}/briefing", role=Role.DISPATCHER)
    told = await office.press(order["id"], "notices", role=Role.DISPATCHER, told=["answer_day"])
    assert (other.status_code, told.status_code) == (404, 404)


@pytest.mark.requirement("004-010")
def test_no_script_says_what_is_never_said_to_a_customer() -> None:
    fixed = [*THANKS.values(), THANKED, *SCRIPTS.values(), *ASKED.values(), *QUESTIONS.values()]
    fixed += [value for value in vars(briefing).values() if isinstance(value, Text)]

    assert [text.zh for text in fixed if any(word in text.zh for word in FORBIDDEN)] == []
