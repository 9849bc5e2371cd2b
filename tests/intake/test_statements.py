"""情况说明: city, province, national centre; then nobody calls the customer back (001-035 to 001-038)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import format_z
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


async def test_a_callback_after_a_statement_was_submitted_is_refused_by_name(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    await state(matter)
    answer = await matter.call_back()

    assert (answer.status_code, answer.json()["context"]["status"]) == (409, "statement_submitted")


async def test_a_statement_for_an_order_without_any_reply_goes_on_when_it_is_refused(office: Office) -> None:
    matter = await (await take(office, is_national=True)).forwarded()
    await state(matter)
    await matter.judge("returned", subject="statement", reason="应先答复客户")
    unheard = await matter.press("reply", **make_reply(office))
    await matter.go("contacts", **CONTACT)
    written = await matter.write()

    assert (unheard.status_code, unheard.json()["code"]) == (409, "order.not_contacted")
    assert written["status"] == "reply_drafted"
