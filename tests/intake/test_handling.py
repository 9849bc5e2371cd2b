"""A complaint and its like from forwarding to the archive, over HTTP (lifecycles 3.2)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.auth import Role
from shared.clock import format_z
from tests.intake.handling import CONTACT, make_reply, take
from tests.intake.office import NOW, Office, fields_of


@pytest.mark.requirement("001-006", "003-046")
async def test_a_national_complaint_goes_by_province_and_national_callback_into_the_archive(office: Office) -> None:
    matter = await take(office, is_national=True)
    seen = [await matter.status()]
    for what, body in (
        ("forward", {"unit": "界首供电所"}),
        ("contacts", CONTACT),
        ("investigate", {}),
    ):
        seen.append((await matter.go(what, **body))["status"])
    await matter.attach()
    seen.append((await matter.write())["status"])
    for what in ("city-review", "submit"):
        seen.append((await matter.go(what))["status"])
    seen.append((await matter.judge("approved")).json()["status"])
    seen.append((await matter.call_back()).json()["status"])

    assert seen == [
        "accepted",
        "forwarded",
        "customer_contacted",
        "investigating",
        "reply_drafted",
        "city_reviewed",
        "province_review",
        "national_callback",
        "archived",
    ]
    assert (await office.told_names(matter.id))[-11:] == [
        "order-forwarded",
        "customer-contacted",
        "investigation-started",
        "reply-drafted",
        "reply-reviewed",
        "reply-submitted",
        "customer-answered",
        "reply-approved",
        "order-called-back",
        "order-concluded",
        "order-archived",
    ]


async def test_a_local_complaint_is_called_back_by_ourselves(office: Office) -> None:
    matter = await (await take(office)).submitted()
    assert await matter.status() == "sent"
    sent = dict(await office.told(matter.id))["order-sent"]
    assert (sent["is_national"], sent["business_type"]) == (False, "complaint")

    assert (await matter.go("callback", role=Role.AGENT, satisfaction="neutral"))["status"] == "archived"
    assert (await office.order(matter.id))["satisfaction"] == "neutral"


async def test_the_callback_desk_ends_a_local_complaint_too(office: Office) -> None:
    matter = await (await take(office)).submitted()
    office.clock.moment += timedelta(hours=1)
    await office.called_back(matter.id)

    assert await matter.status() == "archived"


async def test_a_local_customer_who_is_not_content_is_taken_up_again_in_the_same_round(office: Office) -> None:
    matter = await (await take(office)).submitted()
    unheard = await matter.press("callback", role=Role.AGENT, satisfaction="dissatisfied")
    said = {"satisfaction": "dissatisfied", "opinion": "夜间电压仍低"}
    held = await matter.go("callback", role=Role.AGENT, **said)
    again = await matter.go("reopen", reason="客户反映夜间电压仍低")

    assert (unheard.status_code, fields_of(unheard)) == (422, {"opinion": "answer.opinion_missing"})
    assert (held["status"], again["status"], again["round"]) == ("called_back", "forwarded", 1)
    assert (await matter.press("investigate")).json()["code"] == "order.not_contacted"


# -- contacts ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("001-034")
async def test_c2b_a_reply_without_a_record_of_contact_is_impossible(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    investigated = await matter.press("investigate")
    replied = await matter.press("reply", **make_reply(office))

    assert (investigated.status_code, investigated.json()["code"]) == (409, "order.not_contacted")
    assert (replied.status_code, replied.json()["code"]) == (409, "order.transition_illegal")
    assert (await matter.handling())["replies"] == []


@pytest.mark.requirement("001-034")
async def test_who_is_not_reached_is_tried_again_and_every_attempt_is_kept(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    missed = CONTACT | {"is_reached": False, "result": "无人接听"}
    seen = [(await matter.go("contacts", **missed))["status"] for _ in range(2)]
    seen.append((await matter.go("contacts", **CONTACT))["status"])
    read = await matter.handling()

    assert seen == ["forwarded", "forwarded", "customer_contacted"]
    assert (read["contact_count"], read["reached_count"]) == (3, 1)
    assert [line["is_reached"] for line in read["contacts"]] == [False, False, True]
    assert read["times"]["contacted_at"] == read["contacts"][2]["contacted_at"]
    names = [name for name in await office.told_names(matter.id) if "contact" in name]
    assert names == ["contact-attempted", "contact-attempted", "customer-contacted"]


async def test_the_customer_may_be_contacted_as_long_as_the_city_has_the_order(office: Office) -> None:
    matter = await (await take(office, is_national=True)).submitted()

    refused = await matter.press("contacts", **CONTACT)

    assert (refused.status_code, refused.json()["code"]) == (409, "order.transition_illegal")


# -- forwarding --------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("003-035")
@pytest.mark.parametrize("business_type", ["complaint", "opinion", "suggestion"])
async def test_an_order_is_forwarded_under_its_own_number(office: Office, business_type: str) -> None:
    matter = await take(office, business_type=business_type)
    told = await matter.go("forward", unit="界首供电所", is_important=True)

    assert (told["order_no"], told["status"]) == (matter.order_no, "forwarded")
    event = dict(await office.told(matter.id))["order-forwarded"]
    assert (event["unit"], event["is_important"], event["business_type"]) == ("界首供电所", True, business_type)
    assert (await matter.handling())["responsible_unit"] == "界首供电所"


async def test_an_internal_transfer_moves_the_unit_that_handles_it(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    same = await matter.press("transfers", to_unit="界首供电所", reason="不归本班")
    moved = await matter.press("transfers", to_unit="县公司运检部", reason="涉及线路改造")

    assert (same.status_code, same.json()["code"]) == (409, "transfer.same_unit")
    assert moved.status_code in {200, 201}, moved.text
    assert (await matter.handling())["responsible_unit"] == "县公司运检部"


@pytest.mark.parametrize("what", ["callback", "reopen", "conclude"])
async def test_a_repair_is_not_called_back_reopened_or_concluded_as_a_department_does(
    office: Office, what: str
) -> None:
    order = await office.sent()
    before = await office.order(order["id"])
    said = {
        "callback": {"satisfaction": "satisfied"},
        "reopen": {"reason": "未解决"},
        "conclude": {"conclusion": "已办结"},
    }[what]
    answer = await office.press(order["id"], what, role=Role.SUPERVISOR, **said)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.not_of_a_department"), "is the power back?"
    assert await office.order(order["id"]) == before


async def test_a_repair_is_not_forwarded_but_dispatched(office: Office) -> None:
    order = await office.receive()
    answer = await office.press(order["id"], "forward", role=Role.DISPATCHER, unit="界首供电所")

    assert (answer.status_code, answer.json()["code"]) == (409, "order.not_of_a_department")
    read = await office.call("GET", f"/orders/{order['id']}/handling")
    assert (read.json()["contacts"], read.json()["times"]) == ([], {})


async def test_a_party_outside_may_be_responsible_and_the_order_stays_ours(office: Office) -> None:
    matter = await (await take(office)).investigating()
    away = await matter.go("transfer-external", party="田家镇政府")
    back = await matter.go("investigate")
    read = await matter.handling()

    assert (away["status"], back["status"]) == ("transferred_external", "investigating")
    assert read["transferred_external"] == "田家镇政府"
    assert read["times"]["transferred_at"] > read["times"]["investigation_started_at"]
    assert (await office.timeline(matter.id))[-1]["kind"] == "investigation-resumed"


@pytest.mark.requirement("001-021")
@pytest.mark.parametrize(
    ("what", "body", "field", "pair"),
    [
        ("forward", {"unit": "x"}, "forwarded_at", "received_at"),
        ("contacts", CONTACT, "contacted_at", "forwarded_at"),
        ("investigate", {}, "investigation_started_at", "contacted_at"),
    ],
)
async def test_e34_a_step_before_its_predecessor_is_refused_by_the_pair(
    office: Office, what: str, body: dict[str, Any], field: str, pair: str
) -> None:
    matter = await take(office)
    if what != "forward":
        await matter.forwarded()
    if what == "investigate":
        await matter.go("contacts", **CONTACT)
    early = format_z(office.clock.now() - timedelta(minutes=1))
    answer = await matter.press(what, **(body | {field: early}))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")
    assert answer.json()["context"] == {"earlier": pair, "later": field}


async def test_no_step_lies_in_the_future(office: Office) -> None:
    matter = await take(office)
    answer = await matter.press("forward", unit="x", forwarded_at=format_z(NOW + timedelta(hours=1)))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.time_in_future")


async def test_the_same_key_enters_a_contact_once(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    answers = [
        await office.call(
            "POST", f"/orders/{matter.id}/contacts", json=CONTACT, headers={"idempotency-key": f"c-{matter.id}"}
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert len((await matter.handling())["contacts"]) == 1


# -- who may -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "role"),
    [
        ("forward", Role.AUDITOR),
        ("city-review", Role.AGENT),
        ("submit", Role.DISPATCHER),
        ("statements", Role.AGENT),
        ("appeal", Role.REVIEWER),
        ("callback", Role.DISPATCHER),
        ("amendments", Role.REVIEWER),
    ],
)
async def test_a_step_is_for_those_whose_it_is(office: Office, what: str, role: Role) -> None:
    matter = await take(office)
    answer = await office.press(matter.id, what, role=role)

    assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")


async def test_phone_numbers_in_texts_are_hidden_from_whoever_rings_nobody(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    await matter.go("contacts", **(CONTACT | {"result": "客户另留电话 13912345678"}))

    assert "13912345678" in str(await matter.handling(Role.AGENT))
    assert "13912345678" not in str(await matter.handling(Role.AUDITOR))


async def test_a_misconduct_report_is_handled_by_supervision_and_nobody_else_finds_it(office: Office) -> None:
    matter = await take(office, business_type="misconduct_report", content="举报有人窃电", role=Role.INSPECTOR)
    hidden = await office.press(matter.id, "forward", role=Role.SUPERVISOR, unit="界首供电所")
    unread = await office.call("GET", f"/orders/{matter.id}/handling", role=Role.AGENT)
    await matter.contacted()

    assert [(a.status_code, a.json()["code"]) for a in (hidden, unread)] == [(404, "order.unknown")] * 2
    assert await matter.status() == "customer_contacted"


async def test_a_misconduct_report_is_answered_and_called_back_by_supervision_and_nobody_else_hears_its_reporter(
    office: Office,
) -> None:
    matter = await take(office, business_type="misconduct_report", content="举报有人窃电", role=Role.INSPECTOR)
    told = "经现场核查，举报的窃电行为属实，已依法追缴电费并移交处理，已向举报人说明。"
    await matter.reviewed(result_text=told, course="现场核查计量装置", basis="现场勘查记录", plan="追缴电费并移交处理")
    await matter.go("submit")
    end = await matter.go("callback", satisfaction="satisfied")

    assert end["status"] == "archived"
    for name, body in await office.told(matter.id):
        assert "138" not in str(body.get("caller", {}).get("phone", "")), name


# -- many at once ------------------------------------------------------------------------------------------------------


async def test_of_two_reviewers_who_submit_at_the_same_instant_one_does(office: Office) -> None:
    matter = await (await take(office, is_national=True)).reviewed()
    answers = await asyncio.gather(*(office.press(matter.id, "submit", role=Role.SUPERVISOR) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (await office.told_names(matter.id)).count("reply-submitted") == 1


async def test_contacts_of_the_same_instant_are_all_kept_and_counted(office: Office) -> None:
    matter = await (await take(office)).forwarded()
    path = f"/orders/{matter.id}/contacts"
    answers = await asyncio.gather(*(office.call("POST", path, json=CONTACT) for _ in range(8)))

    assert [answer.status_code for answer in answers] == [201] * 8
    read = await matter.handling()
    assert (len(read["contacts"]), read["contact_count"]) == (8, 8)


async def test_a_batch_of_replies_is_sent_each_on_its_own_merits(office: Office) -> None:
    good, bad = await (await take(office)).reviewed(), await (await take(office)).drafted()
    body = {"orders": [{"order_id": good.id}, {"order_id": bad.id}]}
    answer = await office.call("POST", "/orders/send/batch", role=Role.REVIEWER, json=body)

    first, second = answer.json()["results"]
    assert first["order"]["status"] == "sent"
    assert second["problem"]["code"] == "order.transition_illegal"
    assert await bad.status() == "reply_drafted"


async def test_what_was_done_on_paper_is_entered_with_its_own_times(office: Office) -> None:
    received = NOW - timedelta(days=2)
    late = {"received_at": format_z(received), "origin": "paper", "origin_no": "H-1"}
    matter = await take(office, late_entry=late, reported_at=format_z(received))
    moments = [received + timedelta(hours=hour) for hour in range(1, 8)]
    forwarded, contacted, investigated, drafted, reviewed, submitted, called = map(format_z, moments)
    await matter.go("forward", unit="界首供电所", forwarded_at=forwarded)
    await matter.go("contacts", **CONTACT, contacted_at=contacted)
    await matter.go("investigate", investigation_started_at=investigated)
    await matter.attach()
    await matter.write(handling_time=investigated, answered_at=investigated, drafted_at=drafted)
    await matter.go("city-review", city_reviewed_at=reviewed)
    await matter.go("submit", submitted_at=submitted)
    end = await matter.go("callback", satisfaction="satisfied", called_back_at=called)

    times = (await office.order(matter.id))["times"] | (await matter.handling())["times"]
    assert end["status"] == "archived"
    assert [times[name] for name in ("forwarded_at", "contacted_at", "sent_at", "archived_at")] == [
        forwarded,
        contacted,
        submitted,
        called,
    ]
