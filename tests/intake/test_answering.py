"""Orders that end without a department: answered on the call, a praise passed on; and what the archive asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.intake.tables import handlings
from shared.auth import Role
from shared.clock import format_z
from shared.events.callback import CallbackPlanned, CallbackUnreachable
from shared.ids import new_id
from tests.intake.handling import Matter, take
from tests.intake.office import Office, fields_of

ANSWER: dict[str, Any] = {"answer": "居民阶梯电价第一档为每月 180 度以内"}


@pytest.mark.requirement("003-008")
@pytest.mark.parametrize("business_type", ["consultation", "suggestion"])
async def test_what_is_answered_on_the_call_is_archived_with_its_answer(office: Office, business_type: str) -> None:
    matter = await take(office, business_type=business_type, content="咨询阶梯电价")
    told = await matter.go("answer-on-call", role=Role.AGENT, **ANSWER)

    assert told["status"] == "archived"
    read = await matter.handling()
    assert (read["conclusion"], read["answer_mode"]) == (ANSWER["answer"], "phone")
    assert read["times"]["answered_at"] == read["times"]["feedback_closed_at"]
    names = await office.told_names(matter.id)
    assert names[-3:] == ["customer-answered", "order-concluded", "order-archived"]
    assert dict(await office.told(matter.id))["customer-answered"]["is_on_call"] is True


async def test_a_complaint_is_not_answered_away_on_the_call(office: Office) -> None:
    matter = await take(office)
    answer = await matter.press("answer-on-call", role=Role.AGENT, **ANSWER)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


async def test_the_platforms_call_is_not_ours_to_answer_on(office: Office) -> None:
    matter = await take(office, is_national=True, business_type="consultation", content="咨询电价")
    answer = await matter.press("answer-on-call", role=Role.AGENT, **ANSWER)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.not_our_call")


async def test_an_answer_names_the_version_of_an_article_that_is_there(office: Office) -> None:
    matter = await take(office, business_type="consultation", content="咨询电价")
    half = await matter.press("answer-on-call", role=Role.AGENT, **ANSWER, article_version=1)
    unknown = await matter.press(
        "answer-on-call", role=Role.AGENT, **ANSWER, article_id=str(new_id()), article_version=1
    )

    assert (half.status_code, fields_of(half)) == (422, {"article_id": "answer.article_incomplete"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "article.version_unknown")
    assert await matter.status() == "accepted"


PRAISE: dict[str, Any] = {"is_verified": True, "finding": "抢修人员冒雨作业，属实", "passed_on_to": "界首供电所抢修班"}


async def test_a_praise_is_verified_passed_on_and_archived_and_nobody_is_called(office: Office) -> None:
    matter = await take(office, business_type="praise", content="表扬抢修班冒雨抢修")
    told = await matter.go("verify", **PRAISE)

    assert told["status"] == "archived"
    read = await matter.handling()
    assert (read["passed_on_to"], read["is_verified"]) == (PRAISE["passed_on_to"], True)
    names = await office.told_names(matter.id)
    assert names[-3:] == ["praise-verified", "order-concluded", "order-archived"]
    assert "order-sent" not in names


@pytest.mark.requirement("001-006")
async def test_a_national_praise_goes_to_the_province_and_comes_back_verified(office: Office) -> None:
    matter = await take(office, is_national=True, business_type="praise", content="表扬抢修班冒雨抢修")
    await matter.go("forward", unit="界首供电所")
    assert (await matter.go("verify", **PRAISE))["status"] == "verified"
    await matter.go("submit")
    back = await matter.judge("returned", reason_code="no_concrete_result", reason="请写明转达何人")
    unverified = await matter.press("submit")
    await matter.go("verify", **PRAISE)
    await matter.go("submit")
    end = await matter.judge("approved")

    assert (back.json()["status"], back.json()["round"]) == ("verified", 2)
    assert (unverified.status_code, unverified.json()["code"]) == (409, "praise.not_verified")
    assert end.json()["status"] == "archived"


# -- the archive -------------------------------------------------------------------------------------------------------


async def without_conclusion(office: Office) -> Matter:
    """Bring an order to its callback whose conclusion somebody has lost."""
    matter = await (await take(office)).submitted()
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        await session.execute(update(handlings).where(handlings.c.id == matter.id).values(conclusion=None))
    return matter


@pytest.mark.requirement("004-012")
async def test_nothing_is_closed_without_a_conclusion_and_the_end_of_feedback(office: Office) -> None:
    matter = await without_conclusion(office)
    held = await matter.go("callback", satisfaction="satisfied")
    bare = await matter.press("conclude")
    done = await matter.go("conclude", conclusion="已更换变压器")

    assert held["status"] == "called_back"
    assert (bare.status_code, fields_of(bare)) == (409, {"conclusion": "order.field_missing"})
    assert done["status"] == "archived"
    read = await matter.handling()
    assert (read["conclusion"], "feedback_closed_at" in read["times"]) == ("已更换变压器", True)


@pytest.mark.requirement("003-008", "003-046")
async def test_an_order_is_not_archived_before_its_customer_was_called_back(office: Office) -> None:
    matter = await (await take(office)).submitted()
    answers = [await matter.press(what) for what in ("archive", "conclude")]

    assert {(a.status_code, a.json()["code"]) for a in answers} == {(409, "order.transition_illegal")}


async def test_a_dissatisfied_local_customers_order_may_be_concluded_by_a_person(office: Office) -> None:
    matter = await (await take(office)).submitted()
    await matter.go("callback", satisfaction="dissatisfied", opinion="不满意，但接受解释")

    assert (await matter.go("archive"))["status"] == "archived"


async def test_who_cannot_be_reached_for_the_callback_is_concluded_by_a_person(office: Office) -> None:
    matter = await (await take(office)).submitted()
    at = office.clock.now()
    plan = {"order_id": matter.id, "plan_id": new_id()}
    await office.hear(CallbackPlanned(**plan, plan="non_repair_local", due_at=at + timedelta(days=1)))
    pending = await matter.status()
    early = await matter.press("conclude")
    await office.hear(CallbackUnreachable(**plan, given_up_at=at, attempts=3))
    done = await matter.go("conclude")

    assert pending == "callback_pending"
    assert (early.status_code, early.json()["code"]) == (409, "order.callback_missing")
    assert done["status"] == "archived"


async def test_a_national_order_is_not_called_back_by_ourselves(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    answer = await matter.press("callback", satisfaction="satisfied", called_back_at=format_z(office.clock.now()))

    assert (answer.status_code, answer.json()["code"]) == (409, "order.national_callback")
