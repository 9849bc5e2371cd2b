"""情况说明: city, province, national centre; then nobody calls the customer back (001-035 to 001-038)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clock import format_z
from shared.events.callback import CallbackCompleted, CallbackPlanned
from shared.ids import new_id
from tests.intake.handling import CONTACT, Matter, make_reply, take
from tests.intake.office import Office, fields_of

STATEMENT: dict[str, Any] = {
    "claim": "unreasonable",
    "signer_unit": "界首供电所",
    "has_seal": True,
    "facts": "客户要求赔偿与供电无关的损失",
    "basis": "供电营业规则第五十七条",
    "attitude": "已三次当面解释，责任方为田家镇政府，双方已达成协议",
}


async def state(matter: Matter, **overrides: Any) -> dict[str, Any]:
    """Submit a statement with its stamped file; return the answer."""
    file = await matter.attach("statement")
    return await matter.go("statements", **(STATEMENT | {"attachment_id": file} | overrides))


async def cancel(office: Office, matter: Matter, **overrides: Any) -> Any:
    """Let the national centre cancel its callback."""
    return await matter.push(
        "callback-cancellations", cancelled_at=format_z(office.clock.now() + timedelta(minutes=1)), **overrides
    )


@pytest.mark.requirement("001-037", "001-038")
async def test_c2d_three_statements_stand_on_the_record_and_their_approval_cancels_the_callback(office: Office) -> None:
    matter = await (await take(office, is_national=True)).investigating()
    await matter.go("transfer-external", party="田家镇政府")
    for _ in range(3):
        assert (await state(matter))["status"] == "statement_submitted"
    approved = await matter.judge("approved", subject="statement")
    cancelled = await cancel(office, matter)

    assert (approved.json()["status"], cancelled.json()["status"]) == ("statement_approved", "archived")
    read = await matter.handling()
    assert read["transferred_external"] == "田家镇政府"
    assert [line["verdict"] for line in read["statements"]] == ["approved"] * 3
    assert read["conclusion"] == STATEMENT["attitude"]
    assert (await office.order(matter.id))["satisfaction"] is None
    assert (await office.told_names(matter.id))[-4:] == [
        "statement-approved",
        "order-callback-cancelled",
        "order-concluded",
        "order-archived",
    ]


@pytest.mark.requirement("001-035", "001-036")
@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"has_seal": False}, {"has_seal": "statement.seal_missing"}),
        ({"attachment_id": None}, {"attachment_id": "statement.file_missing"}),
        ({"has_seal": False, "attachment_id": None}, {"has_seal": "", "attachment_id": ""}),
        ({"facts": ""}, {"facts": "field.string_too_short"}),
        ({"basis": None, "attitude": None}, {"basis": "field.missing", "attitude": "field.missing"}),
        ({"signer_unit": None}, {"signer_unit": "field.missing"}),
        ({"claim": "tiresome"}, {"claim": "field.enum"}),
    ],
)
async def test_a_statement_needs_seal_file_signer_facts_basis_and_attitude(
    office: Office, changed: dict[str, Any], wrong: dict[str, str]
) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    body = STATEMENT | {"attachment_id": await matter.attach("statement")} | changed
    answer = await matter.press("statements", **{name: value for name, value in body.items() if value is not None})

    assert answer.status_code == 422
    assert fields_of(answer).keys() == wrong.keys()
    assert all(fields_of(answer)[name] == code for name, code in wrong.items() if code)
    assert await matter.status() == "forwarded"


async def test_the_stamped_file_is_one_of_this_order_and_of_its_kind(office: Office) -> None:
    matter, other = await take(office), await take(office)
    answers = [
        await matter.press("statements", **STATEMENT, attachment_id=file)
        for file in (await matter.attach("proof"), await other.attach("statement"))
    ]

    assert [fields_of(answer)["attachment_id"] for answer in answers] == [
        "attachment.of_other_kind",
        "attachment.unknown",
    ]


async def test_a_refused_statement_leaves_the_customer_to_be_answered_after_all(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await state(matter)
    refused = await matter.judge("returned", subject="statement", reason="事实不清")
    unwritten = await matter.press("city-review")
    await matter.write()

    assert (refused.json()["status"], refused.json()["round"]) == ("reply_drafted", 1)
    assert unwritten.json()["code"] == "reply.missing"
    assert (await matter.go("city-review"))["status"] == "city_reviewed"
    shown = await office.order(matter.id)
    assert (shown["province_return_count"], shown["national_return_count"]) == (0, 0)


async def test_a_local_orders_callback_falls_away_with_the_provinces_approval(office: Office) -> None:
    matter = await (await take(office)).submitted()
    await state(matter)
    answer = await matter.judge("approved", subject="statement")

    assert answer.json()["status"] == "archived"
    assert dict(await office.told(matter.id))["order-callback-cancelled"]["by_national"] is False


async def test_nothing_is_cancelled_before_the_province_agreed(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    bare = await cancel(office, matter)
    await state(matter)
    early = await cancel(office, matter)

    assert [(a.status_code, a.json()["code"]) for a in (bare, early)] == [(409, "order.transition_illegal")] * 2
    assert await matter.status() == "statement_submitted"


async def test_the_same_cancellation_again_changes_nothing_whatever_its_webhook_id(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    await state(matter)
    await matter.judge("approved", subject="statement")
    answers = [await cancel(office, matter) for _ in range(2)]

    assert [answer.json()["status"] for answer in answers] == ["archived"] * 2
    assert (await office.told_names(matter.id)).count("order-callback-cancelled") == 1


async def test_a_callback_that_the_platform_made_while_a_statement_waits_is_taken(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await state(matter)
    heard = await matter.call_back()
    late = await matter.judge("approved", subject="statement")

    assert (heard.status_code, heard.json()["status"]) == (200, "archived")
    assert (late.status_code, late.json()["status"]) == (200, "archived"), "a verdict that comes late is kept"
    assert [line["verdict"] for line in (await matter.handling())["statements"]] == ["approved"]
    assert "statement-decided-late" in [line["kind"] for line in await office.timeline(matter.id)]


@pytest.mark.requirement("001-018")
async def test_a_return_while_a_statement_waits_is_taken_and_counted(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await state(matter)
    back = await matter.give_back()
    late = await matter.judge("returned", subject="statement", reason="事实不清")

    assert (back.status_code, back.json()["status"], back.json()["round"]) == (200, "forwarded", 2)
    assert (late.status_code, late.json()["status"]) == (200, "forwarded")
    assert (await office.order(matter.id))["national_return_count"] == 1


@pytest.mark.parametrize("is_sent", [False, True])
async def test_nobody_can_have_called_back_or_returned_what_the_province_never_passed(
    office: Office, is_sent: bool
) -> None:
    matter = await take(office, is_national=True)
    await (matter.submitted() if is_sent else matter.forwarded())
    await state(matter)
    answers = [await matter.call_back(), await matter.give_back()]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "order.transition_illegal")] * 2
    assert await matter.status() == "statement_submitted"


async def test_a_customer_who_was_called_back_before_the_statement_is_not_called_back_twice(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await matter.call_back("dissatisfied", opinion="仍未解决")
    await state(matter)
    again = await matter.call_back()

    assert (again.status_code, again.json()["context"]["status"]) == (409, "statement_submitted")


async def test_our_own_callback_while_a_statement_waits_is_heard(office: Office) -> None:
    matter = await (await take(office)).submitted()
    await state(matter)
    office.clock.moment += timedelta(minutes=5)
    await office.hear(callback_of(office, matter))

    order = await office.order(matter.id)
    assert (order["status"], order["satisfaction"]) == ("archived", "satisfied")


async def test_our_own_callback_about_an_answer_that_never_left_is_only_noted(office: Office) -> None:
    matter = await (await take(office)).reviewed()
    await state(matter)
    await office.hear(callback_of(office, matter))

    order = await office.order(matter.id)
    assert (order["status"], order["satisfaction"]) == ("statement_submitted", None)
    assert "callback-completed" in [line["kind"] for line in await office.timeline(matter.id)]


async def test_what_a_customer_said_before_the_answer_left_is_only_noted(office: Office) -> None:
    matter = await (await take(office)).reviewed()
    early = callback_of(office, matter)
    await matter.go("submit")
    await office.hear(early)

    order = await office.order(matter.id)
    assert (order["status"], order["satisfaction"]) == ("sent", None)


async def test_a_refused_statement_takes_the_old_callback_with_it(office: Office) -> None:
    matter = await (await take(office)).submitted()
    await matter.go("callback", satisfaction="dissatisfied", opinion="仍未解决")
    await state(matter)
    await matter.judge("returned", subject="statement", reason="事实不清")
    forgotten = await office.order(matter.id)
    await matter.write(result_text="经再次测量，电压偏低属实，已更换变压器，客户空调启动正常，现场复测合格。")
    await matter.go("city-review")
    await matter.go("submit")
    plan = CallbackPlanned(
        order_id=UUID(matter.id), plan_id=new_id(), plan="non_repair_local", due_at=office.clock.now(), round=1
    )
    await office.hear(plan)
    unasked = await matter.press("archive")

    assert (forgotten["satisfaction"], "called_back_at" in forgotten["times"]) == (None, False)
    assert (unasked.status_code, unasked.json()["code"]) == (409, "order.callback_missing")


async def test_a_callback_that_led_to_a_refused_statement_is_known_when_it_is_told_again(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    at = format_z(office.clock.now() + timedelta(minutes=1))
    said = {"called_back_at": at, "satisfaction": "dissatisfied", "opinion": "仍未解决"}
    await matter.push("callbacks", **said)
    await state(matter)
    await matter.judge("returned", subject="statement", reason="事实不清")
    again = await matter.push("callbacks", **said)

    assert (again.status_code, again.json()["status"]) == (200, "reply_drafted")


async def test_a_verdict_falls_on_the_statements_that_the_province_had_seen(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    await state(matter)
    seen = format_z(office.clock.now())
    await state(matter)
    first = await matter.judge("returned", subject="statement", reason="事实不清", reviewed_at=seen)
    between = [line["verdict"] for line in (await matter.handling())["statements"]]
    second = await matter.judge("approved", subject="statement")

    assert (first.status_code, first.json()["status"], between) == (200, "statement_submitted", ["returned", None])
    assert second.json()["status"] == "statement_approved"
    assert [line["verdict"] for line in (await matter.handling())["statements"]] == ["returned", "approved"]


async def test_a_verdict_from_before_the_first_open_statement_cannot_be(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    before = format_z(office.clock.now() - timedelta(minutes=1))
    await state(matter)
    answer = await matter.judge("approved", subject="statement", reviewed_at=before)

    assert (answer.status_code, answer.json()["context"]["earlier"]) == (422, "statement_submitted_at")


def callback_of(office: Office, matter: Matter) -> CallbackCompleted:
    """Make the fact that our callback desk reached the customer of a first round."""
    return CallbackCompleted(
        order_id=UUID(matter.id),
        plan_id=new_id(),
        called_back_at=office.clock.now(),
        is_power_restored=None,
        satisfaction="satisfied",
        service_satisfaction="satisfied",
        opinion=None,
        round=1,
    )


async def test_a_statement_for_an_order_without_any_reply_goes_on_when_it_is_refused(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    await state(matter)
    await matter.judge("returned", subject="statement", reason="应先答复客户")
    unheard = await matter.press("reply", **make_reply(office))
    await matter.go("contacts", **CONTACT)
    written = await matter.write()

    assert (unheard.status_code, unheard.json()["code"]) == (409, "order.not_contacted")
    assert written["status"] == "reply_drafted"
