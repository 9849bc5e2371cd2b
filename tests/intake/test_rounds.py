"""Orders that come back: from the province at its review, from the national centre after its callback (001-007)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.intake.domain.handling.words import ProvinceReason
from shared.auth import Role
from shared.clock import format_z
from tests.intake.handling import CONTACT, take
from tests.intake.office import Office, fields_of, metric


@pytest.mark.requirement("001-008")
async def test_the_province_returns_the_reply_into_the_next_round_of_the_same_order_and_it_counts(
    own_office: Office,
) -> None:
    matter = await (await take(own_office, is_national=True)).submitted()
    before = await metric(own_office, "relight_returns_total")
    answer = await matter.judge("returned", reason_code="over_length", reason="处理结果填写超字")

    told = answer.json()
    assert (told["id"], told["order_no"]) == (matter.id, matter.order_no)
    assert (told["status"], told["round"]) == ("reply_drafted", 2)
    shown = await own_office.order(matter.id)
    assert (shown["national_return_count"], shown["province_return_count"]) == (0, 1)
    event = dict(await own_office.told(matter.id))["order-returned"]
    assert (event["level"], event["reason_code"], event["round"]) == ("province", "over_length", 2)
    assert await metric(own_office, "relight_returns_total") == before + 1


async def test_a_reply_that_came_back_is_written_anew_before_it_goes_up_again(office: Office) -> None:
    matter = await (await take(office, is_national=True)).submitted()
    await matter.judge("returned", reason_code="typo", reason="重新审核错别字")
    unwritten = await matter.press("city-review")
    new = "经复核，客户反映电压偏低属实，原因为台区负荷过重，十日内更换变压器，空调即可正常启动。"
    await matter.write(result_text=new)
    await matter.go("city-review")
    again = await matter.go("submit")

    assert (unwritten.status_code, unwritten.json()["code"]) == (409, "reply.missing")
    assert (again["status"], again["round"]) == ("province_review", 2)
    assert [reply["round"] for reply in (await matter.handling())["replies"]] == [1, 2]


async def test_every_reason_of_the_province_is_known(office: Office) -> None:
    assert len(ProvinceReason) == 13
    matter = await take(office, is_national=True)
    for code in ProvinceReason:
        body = {"verdict": "returned", "reason_code": code, "reason": "见附件", "reviewed_at": "2026-11-23T02:00:00Z"}
        answer = await office.push(f"/orders/{matter.order_no}/reviews", body, door="/province")
        assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"verdict": "returned"}, {"reason_code": "field.missing", "reason": "field.missing"}),
        ({"verdict": "approved", "reason_code": "typo"}, {"reason_code": "review.code_without_return"}),
        ({"verdict": "returned", "reason_code": "because", "reason": "x"}, {"reason_code": "field.enum"}),
        ({"verdict": "perhaps"}, {"verdict": "field.enum"}),
    ],
)
async def test_a_verdict_names_what_it_lacks(office: Office, body: dict[str, str], wrong: dict[str, str]) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    answer = await office.push(
        f"/orders/{matter.order_no}/reviews",
        {"reviewed_at": format_z(office.clock.now()), **body},
        door="/province",
    )

    assert (answer.status_code, fields_of(answer)) == (422, wrong)


async def test_the_same_verdict_again_changes_nothing_whatever_its_webhook_id(office: Office) -> None:
    matter = await (await take(office, is_national=True)).submitted()
    office.clock.moment += timedelta(minutes=1)
    body = {"verdict": "returned", "reason_code": "typo", "reason": "x", "reviewed_at": format_z(office.clock.now())}
    path = f"/orders/{matter.order_no}/reviews"
    answers = [await office.push(path, body, door="/province") for _ in range(2)]

    assert [(a.json()["status"], a.json()["round"]) for a in answers] == [("reply_drafted", 2)] * 2
    assert (await office.told_names(matter.id)).count("order-returned") == 1


async def test_a_verdict_that_nobody_signed_is_not_taken(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    path = f"/orders/{matter.order_no}/reviews"
    body = {"verdict": "approved", "reviewed_at": format_z(office.clock.now())}
    unsigned = await office.push(path, body, door="/province", secret="whsec_" + "A" * 32)
    unknown = await office.push("/orders/2000010100000001/reviews", body, door="/province")

    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "access.signature_invalid")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "order.unknown")


@pytest.mark.requirement("001-007", "001-018", "001-019")
async def test_the_national_centre_returns_a_complaint_and_its_unit_begins_anew(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    answer = await matter.give_back()

    told = answer.json()
    assert (told["status"], told["round"], told["return_count"]) == ("forwarded", 2, 1)
    read = await matter.handling()
    assert (read["contact_count"], read["is_substantiated"], read["conclusion"]) == (0, None, None)
    assert read["responsible_unit"] == "界首供电所"
    assert [contact["round"] for contact in read["contacts"]] == [1]
    event = dict(await office.told(matter.id))["order-returned"]
    assert (event["level"], event["reason_code"]) == ("national", "customer_dissatisfied")


@pytest.mark.requirement("001-002")
async def test_a_dissatisfied_national_customer_waits_for_the_return_and_the_next_round_ends_well(
    office: Office,
) -> None:
    matter = await (await take(office, is_national=True)).approved()
    held = await matter.call_back("dissatisfied", opinion="仍未解决")
    back = await matter.give_back()
    await matter.go("contacts", **CONTACT)
    await matter.go("investigate")
    await matter.write(result_text="经再次测量，电压偏低属实，已更换变压器，客户空调启动正常，现场复测合格。")
    await matter.go("city-review")
    await matter.go("submit")
    await matter.judge("approved")
    end = await matter.call_back()

    assert (held.json()["status"], back.json()["round"], end.json()["status"]) == ("called_back", 2, "archived")
    archived = dict(await office.told(matter.id))["order-archived"]
    assert (archived["return_count"], archived["national_return_count"]) == (1, 1)


@pytest.mark.requirement("001-018")
async def test_the_desk_does_not_reopen_a_national_order_so_its_return_is_never_lost(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await matter.call_back("dissatisfied", opinion="仍未解决")
    refused = await matter.press("reopen", reason="未解决")
    back = await matter.give_back()

    assert (refused.status_code, refused.json()["code"]) == (409, "order.national_return_awaited")
    assert (back.status_code, back.json()["round"], back.json()["return_count"]) == (200, 2, 1)


async def test_returns_of_both_levels_are_rounds_of_one_order_and_repeated_ones_are_known(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    at = format_z(office.clock.now() + timedelta(minutes=1))
    first = await matter.give_back(returned_at=at)
    await matter.go("contacts", **CONTACT)
    await matter.go("investigate")
    await matter.write(result_text="经再次测量，电压偏低属实，已更换变压器，客户空调启动正常，现场复测合格。")
    await matter.go("city-review")
    await matter.go("submit")
    second = await matter.judge("returned", reason_code="time_error", reason="处理时间填写错误")
    late = await matter.give_back(returned_at=at)

    assert [a.json()["round"] for a in (first, second, late)] == [2, 3, 3]
    shown = await office.order(matter.id)
    assert (shown["national_return_count"], shown["province_return_count"], shown["return_count"]) == (1, 1, 2)


async def test_nothing_of_a_later_round_lies_before_its_return(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    office.clock.moment += timedelta(hours=1)
    await matter.give_back()
    early = format_z(office.clock.now() - timedelta(minutes=30))
    answer = await matter.press("contacts", **CONTACT, contacted_at=early)

    assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")
    assert answer.json()["context"]["earlier"] == "returned_at"


async def test_a_repair_has_no_provincial_review(office: Office) -> None:
    order = await office.sent(is_national=True)
    body = {"verdict": "approved", "reviewed_at": format_z(office.clock.now())}
    answer = await office.push(f"/orders/{order['order_no']}/reviews", body, door="/province")

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


async def test_a_complaint_that_the_city_declines_is_no_return(own_office: Office) -> None:
    policy = {"is_enabled": False}
    await own_office.call("PUT", "/policies/automatic_acceptance", role=Role.OPS, json=policy)
    matter = await take(own_office, is_national=True)
    before = await metric(own_office, "relight_returns_total")
    told = await matter.go("decline", role=Role.DISPATCHER, reason="wrong_area")

    assert (told["status"], told["round"]) == ("declined", 1)
    assert "order-returned" not in await own_office.told_names(matter.id)
    assert await metric(own_office, "relight_returns_total") == before
