"""The call log: nobody heard is no order, nobody sharp stays on the line, nobody flagged is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, text

from services.intake.tables import contact_views, notifications
from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, count_orders, fields_of, make_body
from tests.intake.people import answer, ask

PHONE = "13912340000"


async def ring(office: Office, phone: str = PHONE, **overrides: Any) -> dict[str, Any]:
    answer = await office.call("POST", "/calls", json={"caller_phone": phone, **overrides})
    assert answer.status_code == 201, answer.text
    call: dict[str, Any] = answer.json()
    return call


async def do(office: Office, call_id: str, what: str, *, role: Role = Role.AGENT, **body: Any) -> httpx.Response:
    return await office.call("POST", f"/calls/{call_id}/{what}", role=role, json=body)


async def history(office: Office, call_id: str, *, role: Role = Role.AGENT) -> dict[str, Any]:
    answer = await office.call("GET", f"/calls/{call_id}", role=role)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.requirement("004-008")
async def test_every_call_stands_in_the_log_with_what_became_of_it(office: Office) -> None:
    call = await ring(office, rang_at=format_z(NOW - timedelta(minutes=3)), language="闽南话")
    order = await office.receive(call_id=call["id"])
    settled = await do(office, call["id"], "disposition", disposition="order_made", order_id=order["id"])

    assert settled.status_code == 200
    shown = await history(office, call["id"])
    assert (shown["disposition"], shown["order_id"], shown["language"]) == ("order_made", order["id"], "闽南话")
    assert (shown["first_agent"], shown["agent"]) == ("test-agent", "test-agent")
    assert [line["kind"] for line in shown["log"]] == ["call-opened", "call-settled"]
    assert shown["script"]


@pytest.mark.requirement("003-009")
async def test_a_silent_call_makes_no_order(office: Office) -> None:
    before = await count_orders(office)
    call = await ring(office)
    order = await office.receive()
    refused = await do(office, call["id"], "disposition", disposition="silent", order_id=order["id"])
    settled = await do(office, call["id"], "disposition", disposition="silent")

    assert (refused.status_code, fields_of(refused)) == (422, {"order_id": "call.nobody_heard"})
    assert (settled.json()["disposition"], settled.json()["order_id"]) == ("silent", None)
    assert settled.json()["ring_back_by"] is None
    assert await count_orders(office) == before + 1


@pytest.mark.requirement("003-010")
async def test_an_inaudible_caller_is_rung_back_and_the_order_comes_of_that(office: Office) -> None:
    call = await ring(office, "13912340010")
    settled = await do(office, call["id"], "disposition", disposition="inaudible")
    assert settled.json()["ring_back_by"] == format_z(NOW + timedelta(minutes=15))
    assert call["id"] in await waiting(office)

    missed = await do(office, call["id"], "ring-backs", result="not_reached")
    order = await office.receive()
    reached = await do(office, call["id"], "ring-backs", result="reached", order_id=order["id"])

    assert (missed.json()["ring_back_attempts"], missed.json()["rung_back_at"]) == (1, None)
    assert (reached.json()["rung_back_at"], reached.json()["order_id"]) == (format_z(NOW), order["id"])
    assert call["id"] not in await waiting(office)
    again = await do(office, call["id"], "ring-backs", result="reached")
    assert (again.status_code, again.json()["code"]) == (409, "call.no_ring_back")


async def test_ringing_back_is_given_up_after_three_times(office: Office) -> None:
    call = await ring(office, "13912340011")
    await do(office, call["id"], "disposition", disposition="inaudible")

    answers = [await do(office, call["id"], "ring-backs", result="not_reached") for _ in range(3)]

    assert [answer.json()["ring_back_given_up_at"] is not None for answer in answers] == [False, False, True]
    assert call["id"] not in await waiting(office)


async def waiting(office: Office) -> list[str]:
    answer = await office.call("GET", "/calls?waits_for_ring_back=true&limit=200")
    return [line["id"] for line in answer.json()["items"]]


@pytest.mark.requirement("003-042")
async def test_an_agitated_caller_goes_to_the_supervisor_on_duty(office: Office) -> None:
    call = await ring(office)
    answer = await do(office, call["id"], "escalate", supervisor="li.na", reason="客户情绪激动")

    assert (answer.json()["agent"], answer.json()["escalated_to"]) == ("li.na", "li.na")
    shown = await history(office, call["id"])
    assert (shown["first_agent"], shown["escalated_at"]) == ("test-agent", format_z(NOW))
    assert shown["log"][-1]["data"] == {"to": "li.na", "reason": "客户情绪激动"}
    told = await office.rows(select(notifications.c.text).where(notifications.c.subject == "来电转当值主管"))
    assert [row.text for row in told] == ["test-agent 将来电转给 li.na：客户情绪激动"]


@pytest.mark.requirement("003-047")
async def test_another_agent_goes_on_when_words_get_sharp(office: Office) -> None:
    call = await ring(office)
    answer = await do(office, call["id"], "reassign", agent="zhao.min", reason="双方言辞激烈")
    again = await do(office, call["id"], "reassign", agent="zhao.min", reason="双方言辞激烈")
    unsaid = await do(office, call["id"], "reassign", agent="sun.li")

    assert (answer.json()["agent"], answer.json()["first_agent"]) == ("zhao.min", "test-agent")
    assert (again.status_code, again.json()["code"]) == (409, "call.same_agent")
    assert (unsaid.status_code, fields_of(unsaid)) == (422, {"reason": "field.missing"})


@pytest.mark.requirement("003-043")
async def test_a_harassing_caller_is_flagged_and_served_all_the_same(office: Office) -> None:
    phone = "13912340043"
    flag = {"phone": phone, "flag": "harassing", "reason": "一日内来电二十次"}
    first = await office.call("POST", "/callers/flags", json=flag)
    again = await office.call("POST", "/callers/flags", json=flag)
    call = await ring(office, phone)
    order = await office.receive(customer=make_body()["customer"] | {"phone": phone})

    assert first.json() == again.json() == {"phone": "139****0043", "flags": ["harassing"]}
    assert call["caller_flags"] == ["harassing"]
    assert order["status"] == "accepted"

    by_agent = await office.call("POST", "/callers/flags/lift", json=flag)
    lifted = await office.call("POST", "/callers/flags/lift", role=Role.SUPERVISOR, json=flag)
    gone = await office.call("POST", "/callers/flags/lift", role=Role.SUPERVISOR, json=flag)
    assert (by_agent.status_code, lifted.json()["flags"], gone.status_code) == (403, [], 404)


async def test_a_call_is_settled_once(office: Office) -> None:
    call = await ring(office)
    await do(office, call["id"], "disposition", disposition="answered", note="问停电时间，已答复")
    again = await do(office, call["id"], "disposition", disposition="silent")

    assert (again.status_code, again.json()["code"]) == (409, "call.already_settled")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"disposition": "order_made"}, {"order_id": "field.missing"}),
        ({"disposition": "service_requested"}, {"service_request_id": "field.missing"}),
        ({"disposition": "order_made", "order_id": str(uuid4())}, {"order_id": "call.link_unknown"}),
        ({"disposition": "hung_up"}, {"disposition": "field.enum"}),
        (
            {"disposition": "silent", "ended_at": format_z(NOW - timedelta(hours=1))},
            {"ended_at": "call.times_out_of_order"},
        ),
        (
            {"disposition": "silent", "ended_at": format_z(NOW + timedelta(hours=1))},
            {"ended_at": "call.time_in_future"},
        ),
    ],
)
async def test_what_cannot_have_become_of_a_call_is_named(
    office: Office, body: dict[str, Any], named: dict[str, str]
) -> None:
    call = await ring(office)
    answer = await do(office, call["id"], "disposition", **body)

    assert (answer.status_code, fields_of(answer)) == (422, named)


async def test_the_same_key_opens_one_call(office: Office) -> None:
    headers = {"idempotency-key": str(uuid4())}
    calls = [
        await office.call("POST", "/calls", headers=headers, json={"caller_phone": "13912340099"}) for _ in range(2)
    ]

    assert calls[0].json() == calls[1].json()
    listed = await office.call("GET", "/calls?caller_phone=13912340099")
    assert len(listed.json()["items"]) == 1


async def test_numbers_are_masked_in_lists_and_for_those_who_ring_nobody(office: Office) -> None:
    call = await ring(office, "13912345678")

    listed = await office.call("GET", "/calls?caller_phone=13912345678")
    assert [line["caller_phone"] for line in listed.json()["items"]] == ["139****5678"]
    assert (await history(office, call["id"]))["caller_phone"] == "13912345678"
    assert await viewers(office, call["id"]) == ["test-agent"]
    await do(office, call["id"], "reassign", agent="zhao.min", reason="请打 13912345678")
    seen = await history(office, call["id"], role=Role.AUDITOR)
    assert (seen["caller_phone"], seen["log"][-1]["data"]["reason"]) == ("139****5678", "请打 139****5678")
    assert (await office.call("GET", f"/calls/{call['id']}", role=Role.CREW)).status_code == 403


async def viewers(office: Office, call_id: str) -> list[str]:
    rows = await office.rows(select(contact_views.c.actor).where(contact_views.c.order_id == call_id))
    return [row.actor for row in rows]


async def become_report(office: Office, *, phone: str) -> tuple[dict[str, Any], str]:
    """Settle a call as a misconduct report; return the call and the report's id."""
    call = await ring(office, phone)
    report = await office.receive(business_type="misconduct_report", outage_scope=None, outage_started_at=None)
    said = {"disposition": "order_made", "order_id": report["id"], "note": "举报所长"}
    assert (await do(office, call["id"], "disposition", **said)).json()["order_id"] == report["id"]
    return call, report["id"]


async def test_a_call_does_not_tell_which_misconduct_report_it_became(office: Office) -> None:
    call, report = await become_report(office, phone="13912340055")

    assert (await history(office, call["id"]))["order_id"] == report
    assert (await history(office, call["id"], role=Role.SUPERVISOR))["order_id"] is None
    by_order = await office.call("GET", f"/calls?order_id={report}", role=Role.SUPERVISOR)
    assert by_order.status_code == 404


def without_ids(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call as it looks, without what tells any two calls apart."""
    log = [{name: value for name, value in line.items() if name != "id"} for line in call.get("log", [])]
    return {name: value for name, value in call.items() if name != "id"} | {"log": log}


@pytest.mark.parametrize(
    ("person", "role"), [("sun.li", Role.AGENT), ("boss", Role.SUPERVISOR), ("audit", Role.AUDITOR)]
)
async def test_a_call_that_became_a_misconduct_report_looks_like_any_answered_one(
    office: Office, person: str, role: Role
) -> None:
    phone = {Role.AGENT: "13912340056", Role.SUPERVISOR: "13912340057", Role.AUDITOR: "13912340058"}[role]
    reported, _ = await become_report(office, phone=phone)
    plain = await ring(office, phone)
    await do(office, plain["id"], "disposition", disposition="answered")

    async def listed(query: str = "") -> list[dict[str, Any]]:
        page = await answer(office, person, "GET", f"/calls?caller_phone={phone}{query}", role=role)
        items: list[dict[str, Any]] = page["items"]
        return items

    shown = [await answer(office, person, "GET", f"/calls/{call['id']}", role=role) for call in (reported, plain)]
    assert without_ids(shown[0]) == without_ids(shown[1])
    newest, oldest = await listed()
    assert without_ids(newest) == without_ids(oldest)
    assert [line["id"] for line in await listed("&disposition=answered")] == [plain["id"], reported["id"]]
    assert await listed("&disposition=order_made") == []


async def test_nobody_learns_of_a_misconduct_report_by_taking_the_call_over(office: Office) -> None:
    reported, report = await become_report(office, phone="13912340059")
    moves: list[tuple[str, dict[str, str]]] = [
        ("disposition", {"disposition": "answered"}),
        ("reassign", {"agent": "sun.li", "reason": "换人跟进"}),
        ("escalate", {"supervisor": "sun.li", "reason": "换人跟进"}),
        ("ring-backs", {"result": "reached"}),
    ]
    tried = [await ask(office, "sun.li", "POST", f"/calls/{reported['id']}/{what}", json=body) for what, body in moves]

    assert [one.status_code for one in tried] == [409] * 4
    assert not [one.text for one in tried if report in one.text or "order_made" in one.text]


async def test_a_call_rung_back_does_not_tell_that_a_misconduct_report_came_of_it(office: Office) -> None:
    call = await ring(office, "13912340060")
    await do(office, call["id"], "disposition", disposition="inaudible")
    report = await office.receive(business_type="misconduct_report", outage_scope=None, outage_started_at=None)
    await do(office, call["id"], "ring-backs", result="reached", order_id=report["id"])

    shown = await answer(office, "boss", "GET", f"/calls/{call['id']}", role=Role.SUPERVISOR)
    assert shown["disposition"] == "inaudible"
    assert report["id"] not in str(shown)
    assert report["id"] in str(await history(office, call["id"]))


async def test_a_list_of_calls_is_read_page_by_page(office: Office) -> None:
    made = [(await ring(office, "13912340077"))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await office.call("GET", f"/calls?caller_phone=13912340077&limit=2{cursor}")).json()
        seen += [line["id"] for line in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == made[::-1]


async def test_what_happened_to_a_call_is_never_changed(office: Office) -> None:
    call = await ring(office)

    with pytest.raises(Exception, match="append-only"):
        await office.rows(text(f"UPDATE intake.desk_log SET kind = 'x' WHERE subject_id = '{call['id']}' RETURNING 1"))
