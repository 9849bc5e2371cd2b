"""Complaints round the clock: the department first, by phone, then the six roles, and a specialist who tracks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.notifying import SIX_ROLES
from services.intake.handlers.complaint_telling import tell_missing_calls
from shared.auth import Role
from shared.clock import format_z
from shared.ids import new_id
from tests.intake.office import NOW, Office
from tests.intake.people import alerts_of, answer, ask, complaint, take
from tests.intake.test_notifications import set_contacts


def unit() -> str:
    return f"U-{new_id()}"


async def call(
    office: Office, order: dict[str, Any], of: str, *, is_reached: bool = True, **more: Any
) -> dict[str, Any]:
    body = {"unit": of, "is_reached": is_reached, "spoke_with": "赵主任"} | more
    return await answer(office, "wang", "POST", f"/orders/{order['id']}/department-calls", json=body)


async def told(office: Office, order: dict[str, Any]) -> Sequence[dict[str, Any]]:
    path = f"/notifications?order_id={order['id']}"
    page = await answer(office, "boss", "GET", path, role=Role.SUPERVISOR)
    items: list[dict[str, Any]] = page["items"]
    return [item for item in reversed(items) if item["kind"] == "complaint"]


@pytest.mark.requirement("001-068", "001-069")
async def test_at_three_in_the_night_the_department_is_phoned_and_the_six_roles_get_the_complaints_text(
    office: Office,
) -> None:
    office.clock.moment = NOW.replace(hour=19)  # 03:00 in Shanghai
    where, order = unit(), await take(office, "wang", **complaint())
    holders = [(str(role), f"担任{role}", "file", "six.jsonl") for role in SIX_ROLES]
    await set_contacts(office, where, *holders)
    assert await told(office, order) == [], "nobody gets a message before the department was phoned"

    noted = await call(office, order, where)

    assert noted["is_roles_told"]
    messages = await told(office, order)
    assert [message["role"] for message in messages] == [str(role) for role in SIX_ROLES]
    assert {message["status"] for message in messages} == {"pending"}
    assert all("供电所人员上门态度生硬" in message["text"] for message in messages)
    assert all("13812345678" not in message["text"] for message in messages)
    names = await office.told_names(order["id"])
    assert names[-3:] == ["department-called", "complaint-roles-told", "supervision-opened"]


@pytest.mark.requirement("001-070")
async def test_the_service_specialist_tracks_the_complaint_under_a_supervision(office: Office) -> None:
    where, order = unit(), await take(office, "wang", **complaint())
    await call(office, order, where)

    page = await answer(office, "boss", "GET", f"/supervisions?order_id={order['id']}", role=Role.SUPERVISOR)

    (tracking,) = page["items"]
    assert (tracking["cause"], tracking["addressee"], tracking["unit"]) == (
        "complaint_tracking",
        "service_specialist",
        where,
    )
    assert tracking["due_at"] == format_z(NOW + timedelta(hours=24))


async def test_a_department_that_does_not_answer_holds_nothing_up_for_ever(office: Office) -> None:
    where, order = unit(), await take(office, "wang", **complaint())

    first = await call(office, order, where, is_reached=False)
    second = await call(office, order, where, is_reached=False)

    assert (first["is_roles_told"], second["is_roles_told"]) == (False, True)
    assert all("责任部门电话未接通" in message["text"] for message in await told(office, order))


async def test_the_roles_of_a_unit_are_told_once_and_another_units_are_told_too(office: Office) -> None:
    here, there, order = unit(), unit(), await take(office, "wang", **complaint())
    for of in (here, here, there, here):
        office.clock.moment += timedelta(minutes=1)
        await call(office, order, of)

    units = [message["unit"] for message in await told(office, order)]
    calls = await answer(office, "wang", "GET", f"/orders/{order['id']}/department-calls")
    assert units == [here] * 6 + [there] * 6
    assert [one["is_roles_told"] for one in calls["items"]] == [True, False, True, False]


async def test_only_complaints_are_told_so(office: Office) -> None:
    order = await take(office, "wang")
    body = {"unit": "S01", "is_reached": True}

    refused = await ask(office, "wang", "POST", f"/orders/{order['id']}/department-calls", json=body)

    assert (refused.status_code, refused.json()["code"]) == (409, "complaint_telling.no_complaint")


async def test_a_call_before_the_complaint_was_received_is_refused(office: Office) -> None:
    order = await take(office, "wang", **complaint())
    body = {"unit": "S01", "is_reached": True, "called_at": format_z(NOW - timedelta(hours=1))}

    refused = await ask(office, "wang", "POST", f"/orders/{order['id']}/department-calls", json=body)

    assert refused.json()["code"] == "order.times_out_of_order"


async def test_a_complaint_that_nobody_phoned_about_in_ten_minutes_is_an_alarm_once(own_office: Office) -> None:
    forgotten, phoned = [await take(own_office, "wang", **complaint(content=f"投诉之{n}")) for n in "一二"]
    await call(own_office, phoned, unit())

    async def sweep() -> int:
        async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
            return await tell_missing_calls(session, now=own_office.clock.now())

    assert await sweep() == 0
    own_office.clock.moment += timedelta(minutes=10, seconds=1)
    assert [await sweep(), await sweep()] == [1, 0]

    assert ("complaint-call-missing", forgotten["order_no"]) in await alerts_of(own_office, "wang")
    page = await answer(own_office, "boss", "GET", f"/notifications?order_id={forgotten['id']}", role=Role.SUPERVISOR)
    assert [(one["role"], one["kind"]) for one in page["items"]] == [("duty_supervisor", "complaint_call_missing")]


async def test_how_complaints_are_told_is_policy_with_a_beginning(own_office: Office) -> None:
    policy = {
        "roles": ["service_specialist"],
        "calls_before_roles": 1,
        "call_within_minutes": 5,
        "track_within_hours": 48,
        "valid_from": format_z(NOW + timedelta(hours=1)),
    }
    await answer(own_office, "ops", "PUT", "/policies/complaint_telling", role=Role.OPS, json=policy)
    before, after = [await take(own_office, "wang", **complaint(content=f"投诉之{n}")) for n in "一二"]
    await call(own_office, before, unit(), is_reached=False)
    own_office.clock.moment += timedelta(hours=1)
    await call(own_office, after, unit(), is_reached=False)

    assert await told(own_office, before) == []
    assert [message["role"] for message in await told(own_office, after)] == ["service_specialist"]
