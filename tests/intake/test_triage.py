"""Breaker and fuse: what is settled on the phone, what goes out at once, and what became of it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.triage import QUESTIONS, Said, Triage, Verdict, judge, open_questions
from services.intake.handlers.taking import release_held
from shared.auth import Role
from shared.clock import format_z
from shared.glossary import OutageScope
from tests.intake.office import NOW, Office, fields_of, make_body

TRIPPED = {"do_neighbours_have_power": "yes", "is_breaker_tripped": "yes", "is_danger_seen": "no"}
GUIDED = {"outcome": "power_back", "guidance": "指导客户合上跳闸的总开关"}


def alone(**overrides: Any) -> dict[str, Any]:
    """Make the body of a report of one home alone."""
    return make_body(outage_scope="single_household", **overrides)


async def post(office: Office, body: dict[str, Any]) -> dict[str, Any]:
    answer = await office.call("POST", "/orders", json=body)
    assert answer.status_code == 201, answer.text
    received: dict[str, Any] = answer.json()
    return received


async def ask(office: Office, order_id: str, what: str, **body: Any) -> dict[str, Any]:
    answer = await office.press(order_id, what, role=Role.AGENT, **body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def put_lists(office: Office) -> None:
    """Let the price list and the referral list begin."""
    prices = {
        "name": "price_list",
        "authority": "市发改委",
        "document_no": "〔2026〕12号",
        "items": [{"code": "P-01", "name": "更换空气开关", "unit": "次", "yuan": "30"}],
    }
    team = {"code": "T-1", "name": "光明电力安装队", "phone": "0531-5550001", "licence_no": "4-1-00001-2026"}
    for policy in (prices, {"name": "referral_list", "teams": [team]}):
        body = {"policy": policy, "valid_from": format_z(NOW - timedelta(days=1))}
        answer = await office.call("PUT", "/policies/taking", role=Role.OPS, json=body)
        assert answer.status_code == 200, answer.text


# -- the rules by themselves -------------------------------------------------------------------------------------------


@pytest.mark.requirement("003-016", "003-019")
@pytest.mark.parametrize("scope", [*OutageScope, None])
def test_only_one_home_alone_is_ever_guided_by_phone(scope: OutageScope | None) -> None:
    tripped = Triage(is_breaker_tripped=Said.YES)

    expected = Verdict.GUIDE_BY_PHONE if scope is OutageScope.SINGLE_HOUSEHOLD else Verdict.DISPATCH
    assert judge(scope, tripped) is expected


@pytest.mark.requirement("003-019")
def test_whoever_is_unsure_sends_somebody() -> None:
    for answers in itertools.product(Said, repeat=4):
        said = dict(zip(QUESTIONS, answers, strict=True))
        verdict = judge(OutageScope.SINGLE_HOUSEHOLD, Triage(**said))

        is_found = Said.YES in (said["is_breaker_tripped"], said["is_fuse_blown"])
        is_safe = said["is_danger_seen"] is not Said.YES and said["do_neighbours_have_power"] is not Said.NO
        assert (verdict is Verdict.GUIDE_BY_PHONE) == (is_found and is_safe)
    assert judge(OutageScope.SINGLE_HOUSEHOLD, None) is Verdict.DISPATCH


@pytest.mark.requirement("003-017")
def test_one_home_alone_is_asked_about_breaker_and_fuse_until_it_has_answered() -> None:
    alone, unit = OutageScope.SINGLE_HOUSEHOLD, OutageScope.UNIT

    assert open_questions(alone, None) == list(QUESTIONS)
    assert open_questions(alone, Triage(is_breaker_tripped=Said.NO)) == [
        name for name in QUESTIONS if name != "is_breaker_tripped"
    ]
    assert open_questions(unit, None) == []


# -- through the door --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("003-017", "003-018")
async def test_e20_a_breaker_that_the_customer_resets_by_phone_needs_no_crew(office: Office) -> None:
    order = await post(office, alone(is_held=True))
    assert order["status"] == "received"

    said = await ask(office, order["id"], "triage", **TRIPPED, is_held=True)
    assert (said["verdict"], said["status"], said["is_held"]) == ("guide_by_phone", "received", True)
    resolved = await ask(office, order["id"], "resolve-by-phone", **GUIDED)

    assert (resolved["status"], resolved["resolved_at"]) == ("resolved_by_phone", format_z(NOW))
    told = await office.told(order["id"])
    assert [name for name, _ in told] == [
        "order-created",
        "order-accepted",
        "order-resolved-by-phone",
        "order-sent",
    ]
    assert told[1][1]["needs_crew"] is False

    office.clock.moment += timedelta(hours=1)
    await office.called_back(order["id"])
    shown = await office.order(order["id"])
    assert (shown["status"], shown["is_power_restored_confirmed"]) == ("archived", True)
    assert shown["reply_process"] == GUIDED["guidance"]
    assert shown["crew_code"] is None


async def test_a_fault_resolved_by_phone_goes_out_if_the_customer_has_no_power_after_all(office: Office) -> None:
    order = await post(office, alone(triage=TRIPPED, phone_resolution=GUIDED))
    assert order["status"] == "resolved_by_phone"

    office.clock.moment += timedelta(hours=1)
    await office.called_back(order["id"], is_power_restored=False, satisfaction="dissatisfied")

    shown = await office.order(order["id"])
    assert (shown["status"], shown["round"], shown["reply_process"]) == ("accepted", 1, None)
    assert (await office.told_names(order["id"]))[-1] == "order-reopened"


async def test_a_fault_can_be_taken_and_settled_in_one_call(office: Office) -> None:
    body = alone(triage=TRIPPED, phone_resolution=GUIDED, asset_ownership="customer", subtype="other")
    order = await post(office, body)

    shown = await office.order(order["id"])
    assert (shown["status"], shown["asset_ownership"]) == ("resolved_by_phone", "customer")
    assert shown["times"]["accepted_at"] == shown["times"]["resolved_at"] == format_z(NOW)


async def test_an_order_that_is_not_fixable_goes_out_as_soon_as_that_is_known(office: Office) -> None:
    order = await post(office, alone(is_held=True))

    said = await ask(office, order["id"], "triage", **TRIPPED | {"is_danger_seen": "yes"}, is_held=True)

    assert (said["verdict"], said["status"], said["is_held"]) == ("dispatch", "accepted", False)
    assert (await office.told_names(order["id"])) == ["order-created", "order-accepted"]


async def test_guidance_that_does_not_help_lets_the_order_go_out(office: Office) -> None:
    order = await post(office, alone(is_held=True))

    said = await ask(office, order["id"], "triage", **TRIPPED, is_held=False)

    assert (said["verdict"], said["status"]) == ("guide_by_phone", "accepted")


@pytest.mark.requirement("003-019")
async def test_an_order_that_is_held_too_long_goes_out_by_itself_before_the_three_minutes_are_over(
    own_office: Office,
) -> None:
    order = await post(own_office, alone(is_held=True))

    async def sweep() -> int:
        async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
            return await release_held(session, now=session.now)

    own_office.clock.moment += timedelta(seconds=149)
    assert await sweep() == 0
    own_office.clock.moment += timedelta(seconds=1)
    assert (await sweep(), await sweep()) == (1, 0)
    shown = await own_office.order(order["id"])
    assert shown["status"] == "accepted"
    assert shown["times"]["accepted_at"] <= shown["accept_by"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"triage": None}, {"triage": "order.triage_missing"}),
        ({"triage": {"is_breaker_tripped": "no"}}, {"triage": "order.not_fixable_by_caller"}),
        ({"outage_scope": "estate"}, {"outage_scope": "order.more_than_one_home"}),
        ({"is_held": True}, {"is_held": "order.held_and_resolved"}),
        (
            {"phone_resolution": {"outcome": "customer_internal_referred", "guidance": "已说明"}},
            {
                "asset_ownership": "order.referred_but_not_theirs",
                "phone_resolution.referral_code": "order.referral_missing",
            },
        ),
        (
            {"phone_resolution": GUIDED | {"resolved_at": format_z(NOW + timedelta(minutes=5))}},
            {"phone_resolution.resolved_at": "order.time_in_future"},
        ),
    ],
)
async def test_what_cannot_be_settled_by_phone_is_refused_by_name(
    office: Office, changed: dict[str, Any], named: dict[str, str]
) -> None:
    body = alone(triage=TRIPPED, phone_resolution=GUIDED) | changed
    answer = await office.call("POST", "/orders", json={k: v for k, v in body.items() if v is not None})

    assert (answer.status_code, fields_of(answer)) == (422, named)


async def test_what_is_no_repair_has_no_triage(office: Office) -> None:
    body = make_body(business_type="complaint", triage=TRIPPED, phone_resolution=GUIDED, asset_ownership="customer")
    answer = await office.call("POST", "/orders", json=body | {"outage_scope": "single_household"})

    assert answer.status_code == 422
    assert fields_of(answer) == {
        "asset_ownership": "order.for_repairs_only",
        "triage": "order.for_repairs_only",
        "phone_resolution": "order.for_repairs_only",
    }


async def test_an_order_with_a_crew_on_its_way_is_not_settled_by_phone(office: Office) -> None:
    order = await post(office, alone(triage=TRIPPED))
    await office.facts(order["id"])

    answer = await office.press(order["id"], "resolve-by-phone", role=Role.AGENT, **GUIDED)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


# -- whose it is, what it costs, who else repairs it -------------------------------------------------------------------


@pytest.mark.requirement("004-039")
@pytest.mark.parametrize("ownership", ["company", "customer", "third_party", "unknown"])
async def test_every_repair_says_whose_the_faulty_part_is(office: Office, ownership: str) -> None:
    order = await post(office, make_body(asset_ownership=ownership))
    silent = await post(office, make_body())

    assert (await office.order(order["id"]))["asset_ownership"] == ownership
    assert (await office.order(silent["id"]))["asset_ownership"] == "unknown"


@pytest.mark.requirement("003-029")
async def test_an_internal_fault_is_referred_to_a_qualified_team(office: Office) -> None:
    await put_lists(office)
    order = await post(office, alone(is_held=True))
    said = await ask(office, order["id"], "triage", is_breaker_tripped="no", asset_ownership="customer", is_held=True)
    assert (said["status"], said["is_held"]) == ("received", True)

    resolution = {"outcome": "customer_internal_referred", "guidance": "已说明产权分界", "referral_code": "T-1"}
    resolved = await ask(office, order["id"], "resolve-by-phone", **resolution)

    assert resolved["status"] == "resolved_by_phone"
    told = dict(await office.told(order["id"]))
    assert told["order-resolved-by-phone"]["outcome"] == "customer_internal_referred"
    assert told["order-resolved-by-phone"]["referral_code"] == "T-1"


async def test_a_team_or_price_that_is_on_no_list_is_refused(office: Office) -> None:
    body = alone(notices={"price_code": "P-99", "referral_code": "T-99"})
    answer = await office.call("POST", "/orders", json=body)

    assert answer.status_code == 422
    assert fields_of(answer) == {
        "notices.price_code": "order.price_unknown",
        "notices.referral_code": "order.referral_unknown",
    }


async def test_a_vulnerable_customer_is_helped_at_home_even_with_a_fault_of_their_own(office: Office) -> None:
    await put_lists(office)
    register = {
        "customer_no": "C-OLD",
        "name": "王奶奶",
        "phone": "13700000091",
        "address": "春风路 9 号",
        "special_need": "lone_elderly",
    }
    await office.call("POST", "/customers/batch", role=Role.OPS, json={"customers": [register]})
    resolution = {"outcome": "customer_internal_referred", "guidance": "已说明", "referral_code": "T-1"}
    caller = make_body()["customer"] | {"no": "C-OLD"}
    body = alone(customer=caller, triage=TRIPPED, asset_ownership="customer")

    at_once = await post(office, body | {"phone_resolution": resolution})
    held = await post(office, body | {"is_held": True})
    refused = await office.press(held["id"], "resolve-by-phone", role=Role.AGENT, **resolution)

    assert at_once["status"] == "accepted"
    assert (refused.status_code, refused.json()["code"]) == (409, "order.special_need_is_helped")
