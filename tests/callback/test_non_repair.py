"""The call after the reply to a local order that is no repair (三回访, requirement 003-046)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.callback.domain import NON_REPAIR_LOCAL
from shared.events.intake import OrderCallbackCancelled, OrderCalledBack, StatementSubmitted
from shared.glossary import BusinessType
from shared.ids import new_id
from tests.callback.desk import SENT_AT, Desk, answered

CALLED = [BusinessType.COMPLAINT, BusinessType.OPINION, BusinessType.SUGGESTION, BusinessType.CONSULTATION]


@pytest.mark.requirement("003-046")
@pytest.mark.parametrize("business_type", CALLED)
async def test_a_local_order_gets_a_plan_and_nobody_asks_about_power(desk: Desk, business_type: BusinessType) -> None:
    order_id = await desk.order_sent(business_type=business_type)
    assert (await desk.plan_of(order_id))["plan"] == NON_REPAIR_LOCAL

    asked = await desk.attempt(order_id, **answered())
    heard = await desk.attempt(order_id, **answered(is_power_restored=None))

    assert (asked.status_code, asked.json()["fields"][0]["code"]) == (422, "answer.not_asked")
    assert heard.status_code == 201, heard.text
    completed = dict(await desk.told(order_id))["callback-completed"]
    assert (completed["is_power_restored"], completed["satisfaction"]) == (None, "satisfied")


@pytest.mark.parametrize("business_type", [BusinessType.MISCONDUCT_REPORT, BusinessType.PRAISE])
async def test_a_reporter_is_not_on_the_list_nor_whoever_praised(desk: Desk, business_type: BusinessType) -> None:
    order_id = await desk.order_sent(business_type=business_type)

    assert await desk.told(order_id) == []


async def test_a_national_complaint_is_called_back_by_the_national_centre(desk: Desk) -> None:
    assert await desk.told(await desk.order_sent(business_type=BusinessType.COMPLAINT, is_national=True)) == []


@pytest.mark.requirement("001-038")
async def test_nobody_is_called_about_an_approved_statement_or_whom_somebody_has_called_already(desk: Desk) -> None:
    stated, called = [await desk.order_sent(business_type=BusinessType.COMPLAINT) for _ in range(2)]
    at = desk.clock.now()
    await desk.hear(
        OrderCallbackCancelled(order_id=stated, callback_cancelled_at=at, by_national=False),
        OrderCalledBack(order_id=called, called_back_at=at, by_national=False, satisfaction="satisfied"),
        at=SENT_AT,
    )

    assert [(await desk.plan_of(order_id))["status"] for order_id in (stated, called)] == ["cancelled"] * 2


@pytest.mark.requirement("001-035")
async def test_nobody_is_called_while_a_statement_waits_and_the_next_sending_is_planned_anew(desk: Desk) -> None:
    order_id = await desk.order_sent(business_type=BusinessType.COMPLAINT)
    stated = StatementSubmitted(
        order_id=order_id,
        statement_submitted_at=SENT_AT + timedelta(minutes=5),
        statement_id=new_id(),
        signer_unit="界首供电所",
        claim="unreasonable",
    )
    await desk.hear(stated)
    waiting = await desk.plan_of(order_id)
    await desk.order_sent(order_id, business_type=BusinessType.COMPLAINT, sent_at=SENT_AT + timedelta(hours=1))

    assert (waiting["status"], waiting["reason"]) == ("cancelled", "statement-submitted")
    assert [name for name, _ in await desk.told(order_id)].count("callback-planned") == 2


async def test_the_questions_of_a_complaint_are_its_own(desk: Desk) -> None:
    order_id = await desk.order_sent(business_type=BusinessType.COMPLAINT)
    plan = await desk.plan_of(order_id)
    shown = (await desk.call("GET", f"/plans/{plan['id']}")).json()

    assert "is_power_restored" not in str(shown["questionnaire"])
