"""What agents may enter after ringing a customer, and what comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.callback.tables import attempts
from shared.auth import Role
from shared.ids import new_id
from tests.callback.desk import SENT_AT, Desk, answered

EVENING = SENT_AT.replace(hour=12, minute=59)
"""One minute before nine in the evening in Shanghai."""


@pytest.mark.requirement("003-023")
async def test_the_two_questions_end_the_plan_and_are_told(desk: Desk) -> None:
    order_id = await desk.order_sent()

    answer = await desk.attempt(order_id, **answered(is_power_restored=False, satisfaction="neutral"))

    assert (answer.status_code, answer.json()["status"]) == (201, "completed")
    name, said = (await desk.told(order_id))[-1]
    assert name == "callback-completed"
    assert (said["is_power_restored"], said["satisfaction"]) == (False, "neutral")
    assert datetime.fromisoformat(said["called_back_at"]) == desk.clock.now()


@pytest.mark.requirement("003-023", "003-039")
@pytest.mark.parametrize("missing", ["is_power_restored", "satisfaction", "service_satisfaction"])
async def test_an_answered_call_without_one_of_the_answers_is_refused_by_name(desk: Desk, missing: str) -> None:
    order_id = await desk.order_sent()

    refused = await desk.attempt(order_id, **answered(**{missing: None}))

    assert (refused.status_code, refused.json()["code"]) == (422, "callback.attempt_invalid")
    assert [field["field"] for field in refused.json()["fields"]] == [missing]
    assert (await desk.plan_of(order_id))["attempts"] == 0


@pytest.mark.requirement("003-039")
async def test_quality_and_result_are_rated_apart(desk: Desk) -> None:
    order_id = await desk.order_sent()

    await desk.attempt(order_id, **answered(service_satisfaction="dissatisfied", opinion="态度生硬，没有说明原因"))

    _, said = (await desk.told(order_id))[-1]
    assert (said["satisfaction"], said["service_satisfaction"]) == ("satisfied", "dissatisfied")
    plan = (await desk.call("GET", f"/plans/{(await desk.plan_of(order_id))['id']}")).json()
    assert plan["past_attempts"][0]["opinion"] == "态度生硬，没有说明原因"


@pytest.mark.requirement("003-040")
@pytest.mark.parametrize("rating", ["satisfaction", "service_satisfaction"])
async def test_a_dissatisfied_customers_opinion_must_be_recorded(desk: Desk, rating: str) -> None:
    order_id = await desk.order_sent()

    refused = await desk.attempt(order_id, **answered(**{rating: "dissatisfied"}))
    blank = await desk.attempt(order_id, **answered(**{rating: "dissatisfied", "opinion": "   "}))
    entered = await desk.attempt(order_id, **answered(**{rating: "dissatisfied", "opinion": "又停电了"}))

    assert [field["code"] for field in refused.json()["fields"]] == ["answer.opinion_missing"]
    assert (blank.status_code, entered.status_code) == (422, 201)


async def test_nobody_answers_when_nobody_answered(desk: Desk) -> None:
    order_id = await desk.order_sent()

    refused = await desk.attempt(order_id, **answered(outcome="busy"))

    assert {field["code"] for field in refused.json()["fields"]} == {"answer.nobody_answered"}


async def test_after_three_attempts_two_hours_apart_the_customer_counts_as_unreachable(desk: Desk) -> None:
    order_id = await desk.order_sent()
    states: list[Any] = []
    for outcome in ("no_answer", "busy", "wrong_number"):
        too_soon = desk.clock.moment + timedelta(minutes=119)
        states.append((await desk.attempt(order_id, outcome=outcome)).json())
        desk.clock.moment = too_soon
        if outcome != "wrong_number":
            assert (await desk.attempt(order_id, outcome=outcome)).json()["code"] == "callback.too_soon"
        desk.clock.moment += timedelta(minutes=1)

    assert [state["status"] for state in states] == ["attempt_failed", "attempt_failed", "unreachable"]
    assert datetime.fromisoformat(states[0]["call_from"]) == SENT_AT + timedelta(hours=3)
    told = await desk.told(order_id)
    assert [name for name, _ in told][1:] == ["callback-attempted"] * 3 + ["callback-unreachable"]
    assert told[-1][1]["attempts"] == 3


async def test_an_attempt_that_failed_waits_for_the_morning_when_its_pause_ends_in_quiet_hours(desk: Desk) -> None:
    order_id = await desk.order_sent()
    desk.clock.moment = EVENING

    state = (await desk.attempt(order_id, outcome="no_answer")).json()

    assert datetime.fromisoformat(state["call_from"]) == SENT_AT.replace(day=24, hour=0)  # eight in the morning


@pytest.mark.parametrize(
    ("hour", "minute", "is_allowed"), [(12, 59, True), (13, 0, False), (23, 59, False), (24, 0, True)]
)
async def test_customers_are_left_alone_from_nine_in_the_evening_until_eight(
    desk: Desk, hour: int, minute: int, is_allowed: bool
) -> None:
    order_id = await desk.order_sent()
    called_at = SENT_AT.replace(hour=0) + timedelta(hours=hour, minutes=minute)
    desk.clock.moment = called_at + timedelta(hours=1)

    answer = await desk.attempt(order_id, **answered(), called_at=called_at.isoformat())

    assert answer.status_code == (201 if is_allowed else 409)
    if not is_allowed:
        assert answer.json()["code"] == "callback.quiet_hours"
        asked_for = answered(at_customers_request=True, called_at=called_at.isoformat())
        assert (await desk.attempt(order_id, **asked_for)).status_code == 201


@pytest.mark.parametrize(
    ("minutes", "code"), [(-61, "time.before_sent"), (2, "time.in_future"), (1, None), (-60, None)]
)
async def test_a_call_lies_between_the_sending_and_now(desk: Desk, minutes: int, code: str | None) -> None:
    order_id = await desk.order_sent()
    called_at = desk.clock.now() + timedelta(minutes=minutes)

    answer = await desk.attempt(order_id, outcome="no_answer", called_at=called_at.isoformat())

    assert [field["code"] for field in answer.json().get("fields", [])] == ([code] if code else [])


async def test_the_same_call_entered_again_counts_once(desk: Desk) -> None:
    order_id = await desk.order_sent()
    plan = await desk.plan_of(order_id)
    body = answered(called_at=desk.clock.now().isoformat())

    first = await desk.call("POST", f"/plans/{plan['id']}/attempts", json=body, headers={"idempotency-key": "a"})
    again = await desk.call("POST", f"/plans/{plan['id']}/attempts", json=body, headers={"idempotency-key": "a"})
    without_key = await desk.call("POST", f"/plans/{plan['id']}/attempts", json=body)

    assert first.json() == again.json() == without_key.json()
    assert len(await desk.rows(select(attempts).where(attempts.c.plan_id == plan["id"]))) == 1


async def test_in_a_batch_a_refused_call_holds_up_no_other(desk: Desk) -> None:
    good, bad = await desk.order_sent(), await desk.order_sent()
    plans = [await desk.plan_of(order_id) for order_id in (good, bad)]
    calls = [
        {"plan_id": plans[0]["id"], **answered()},
        {"plan_id": plans[1]["id"], **answered(satisfaction=None)},
        {"plan_id": str(new_id()), **answered()},
    ]

    results = (await desk.call("POST", "/attempts/batch", json={"attempts": calls})).json()["results"]

    assert [r["plan"] and r["plan"]["status"] for r in results] == ["completed", None, None]
    assert results[1]["problem"]["fields"].keys() == {"satisfaction"}
    assert results[2]["problem"]["code"] == "callback.plan_not_found"
    assert (await desk.plan_of(bad))["status"] == "scheduled"


async def test_a_new_policy_rules_the_plans_that_are_made_from_then_on(own_desk: Desk) -> None:
    before = await own_desk.order_sent()
    begins = own_desk.clock.now() + timedelta(minutes=5)
    policy = {
        "plan": "repair_local",
        "valid_from": begins.isoformat(),
        "due_after_minutes": 60,
        "warn_before_minutes": 15,
        "quiet_from": "00:00",
        "quiet_until": "00:00",
        "attempts": 1,
        "minutes_apart": 0,
    }

    added = await own_desk.call("POST", "/policies", role=Role.OPS, json=policy)
    again = await own_desk.call("POST", "/policies", role=Role.OPS, json=policy)
    past = {**policy, "plan": "nothing", "valid_from": SENT_AT.isoformat()}
    refused = await own_desk.call("POST", "/policies", role=Role.OPS, json=past)
    after = await own_desk.order_sent(sent_at=begins)

    assert (added.status_code, again.status_code) == (201, 409)
    assert [field["field"] for field in refused.json()["fields"]] == ["plan", "valid_from"]
    own_desk.clock.moment = EVENING + timedelta(minutes=1)
    states = [(await own_desk.attempt(order_id, outcome="no_answer")).json() for order_id in (before, after)]
    assert (states[0]["code"], states[1]["status"]) == ("callback.quiet_hours", "unreachable")
    listed = (await own_desk.call("GET", "/policies")).json()["items"]
    assert [item["plan"] for item in listed].count("repair_local") == 2


async def test_what_is_asked_is_versioned_data(desk: Desk) -> None:
    items = (await desk.call("GET", "/questionnaires")).json()["items"]

    by_plan = {item["plan"]: item for item in items}
    first = by_plan["repair_local"]
    assert [(item["plan"], item["version"]) for item in items] == [(plan, 1) for plan in by_plan]
    assert first["questions"][0]["zh"] == "您那里有电了吗？"
