"""What people press, what they see, and what they do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from services.intake.metrics import observe
from services.intake.tables import contact_views
from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import FaultRepaired, RepairReplied
from tests.intake.field import field_of, only
from tests.intake.office import NOW, Office, make_body, metric


async def set_acceptance(office: Office, **policy: Any) -> None:
    answer = await office.call("PUT", "/policies/automatic_acceptance", role=Role.OPS, json=policy)
    assert answer.status_code == 200, answer.text


async def test_without_automatic_acceptance_a_person_accepts(own_office: Office) -> None:
    await set_acceptance(own_office, is_enabled=False)
    order = await own_office.receive()
    assert order["status"] == "received"

    own_office.clock.moment += timedelta(minutes=2)
    answer = await own_office.press(order["id"], "accept", role=Role.DISPATCHER)

    assert answer.json()["status"] == "accepted"
    assert answer.json()["moved_at"] == format_z(NOW + timedelta(minutes=2))
    assert (await own_office.told(order["id"]))[-1][1]["by"] == "test-dispatcher"


async def test_an_order_of_another_area_waits_for_a_person(own_office: Office) -> None:
    await set_acceptance(own_office, is_enabled=True, stations=["S-1"])

    assert (await own_office.receive(station_code="S-1"))["status"] == "accepted"
    assert (await own_office.receive(station_code="S-2"))["status"] == "received"
    assert (await own_office.receive())["status"] == "received"


async def test_a_policy_begins_when_it_says(own_office: Office) -> None:
    await set_acceptance(own_office, is_enabled=False, valid_from=format_z(NOW + timedelta(hours=1)))

    assert (await own_office.receive())["status"] == "accepted"
    own_office.clock.moment += timedelta(hours=1)
    assert (await own_office.receive())["status"] == "received"


@pytest.mark.requirement("001-055")
async def test_a_wrong_order_is_declined_within_three_minutes_and_not_later(own_office: Office) -> None:
    await set_acceptance(own_office, is_enabled=False)
    first, second = await own_office.receive(), await own_office.receive()
    before = await metric(own_office, "relight_orders_declined_total")

    own_office.clock.moment += timedelta(minutes=3)
    declined = await own_office.press(first["id"], "decline", role=Role.DISPATCHER, reason="wrong_area")
    own_office.clock.moment += timedelta(seconds=1)
    late = await own_office.press(second["id"], "decline", role=Role.DISPATCHER, reason="wrong_area")

    assert declined.json()["status"] == "declined"
    assert (await own_office.told(first["id"]))[-1][1]["reason"] == "wrong_area"
    assert (late.status_code, late.json()["code"]) == (409, "order.decline_too_late")
    assert await metric(own_office, "relight_orders_declined_total") == before + 1
    assert (await own_office.press(second["id"], "accept", role=Role.DISPATCHER)).status_code == 200


async def test_declining_for_another_reason_needs_words(office: Office) -> None:
    order = await office.receive()
    answer = await office.press(order["id"], "decline", role=Role.DISPATCHER, reason="other")

    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "text")


async def test_a_step_that_is_not_legal_tells_what_would_be(office: Office) -> None:
    order = await office.receive()
    answer = await office.press(order["id"], "send")

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")
    context = answer.json()["context"]
    assert (context["status"], context["action"]) == ("accepted", "send")
    assert {"assess", "dispatch", "cancel_as_duplicate"} <= set(context["legal"])


@pytest.mark.requirement("001-021")
async def test_e34_over_http_names_the_pair_in_both_languages(office: Office) -> None:
    order = await office.receive()
    await office.replied(order["id"])
    early = format_z(NOW + timedelta(minutes=39))
    for language, words in (("en", "sent_at is before repaired_at"), ("zh-CN", "sent_at 早于 repaired_at")):
        answer = await office.call(
            "POST",
            f"/orders/{order['id']}/send",
            role=Role.REVIEWER,
            json={"sent_at": early},
            headers={"accept-language": language},
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")
        assert words in answer.json()["detail"]
        assert answer.json()["context"] == {"earlier": "repaired_at", "later": "sent_at"}


async def test_a_reply_is_reworked_by_its_crew_and_comes_again(office: Office) -> None:
    order = await office.receive()
    await office.replied(order["id"])
    reworked = await office.press(order["id"], "rework", reason="原因不清")
    assert reworked.json()["status"] == "crew_rework"
    assert (await office.told_names(order["id"]))[-1] == "order-reworked"

    task_id = next(line for line in await office.timeline(order["id"]) if line["kind"] == "repair-replied")
    again = field_of(order["id"], start=office.clock.now(), task_id=task_id["data"]["task_id"], customer_opinion="认可")
    await office.hear(*only(again, RepairReplied))

    shown = await office.order(order["id"])
    assert (shown["status"], shown["customer_opinion"], shown["return_count"]) == ("replied", "认可", 0)


async def test_many_replies_are_sent_at_once_each_on_its_own_merits(office: Office) -> None:
    good, bad = await office.receive(), await office.receive()
    await office.replied(good["id"])
    body = {"orders": [{"order_id": good["id"]}, {"order_id": bad["id"]}, {"order_id": good["id"]}]}

    answer = await office.call("POST", "/orders/send/batch", role=Role.REVIEWER, json=body)

    lines = answer.json()["results"]
    assert lines[0]["order"]["status"] == "sent"
    assert [line["problem"]["code"] for line in lines[1:]] == ["order.transition_illegal"] * 2
    assert (await office.told_names(good["id"])).count("order-sent") == 1


async def test_a_late_entry_is_sent_at_its_own_time(office: Office) -> None:
    before = NOW - timedelta(days=3)
    order = await office.receive(
        reported_at=format_z(before), outage_started_at=format_z(before), late_entry={"received_at": format_z(before)}
    )
    await office.hear(*field_of(order["id"], start=before))
    sent_at = format_z(before + timedelta(hours=2))

    answer = await office.press(order["id"], "send", sent_at=sent_at)

    assert answer.json()["moved_at"] == sent_at
    assert (await office.told(order["id"]))[-1][1]["sent_at"] == sent_at


async def test_only_a_supervisor_cancels_and_only_before_the_repair(office: Office) -> None:
    order, repaired = await office.receive(), await office.receive()
    await office.facts(repaired["id"], FaultRepaired)
    cancel = {"reason": "duplicate", "text": "同一客户重复报修"}

    refused = await office.press(order["id"], "cancel", role=Role.DISPATCHER, **cancel)
    done = await office.press(order["id"], "cancel", role=Role.SUPERVISOR, **cancel)
    office.clock.moment += timedelta(hours=1)
    late = await office.press(repaired["id"], "cancel", role=Role.SUPERVISOR, **cancel)

    assert refused.status_code == 403
    assert done.json()["status"] == "cancelled_duplicate"
    assert late.json()["code"] == "order.transition_illegal"
    assert (await office.order(order["id"]))["status"] == "cancelled_duplicate"


async def test_pressing_twice_with_one_key_does_it_once(office: Office) -> None:
    order = await office.receive()
    await office.replied(order["id"])
    answers = [
        await office.call(
            "POST",
            f"/orders/{order['id']}/send",
            role=Role.REVIEWER,
            json={},
            headers={"idempotency-key": f"send-{order['id']}"},
        )
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert (await office.told_names(order["id"])).count("order-sent") == 1


async def test_the_timeline_is_never_changed(office: Office) -> None:
    order = await office.receive()
    for statement in ("UPDATE intake.timeline SET kind = 'x'", "DELETE FROM intake.timeline"):
        with pytest.raises(Exception, match="append-only"):
            await office.rows(text(f"{statement} WHERE order_id = '{order['id']}' RETURNING 1"))


# -- who sees what -----------------------------------------------------------------------------------------------------


async def test_lists_are_masked_and_one_order_is_full_only_for_those_who_need_it(office: Office) -> None:
    order = await office.receive(content="请打 13812345678")
    listed = (await office.call("GET", "/orders?limit=1")).json()["items"][0]
    assert (listed["caller_name"], listed["caller_phone"]) == ("张**", "138****5678")
    assert "12" not in listed["caller_address"]

    for role in (Role.AGENT, Role.DISPATCHER):
        shown = await office.order(order["id"], role=role)
        assert (shown["caller_phone"], shown["is_contact_masked"]) == ("13812345678", False)
    for role in (Role.REVIEWER, Role.SUPERVISOR, Role.AUDITOR, Role.OPS):
        shown = await office.order(order["id"], role=role)
        assert shown["is_contact_masked"]
        assert "13812345678" not in str(shown)
        assert "大洞村 12" not in str(shown)


async def test_seeing_a_contact_leaves_a_trace(office: Office) -> None:
    order = await office.receive()
    answer = await office.press(order["id"], "contact-views", role=Role.SUPERVISOR, reason="核对投诉")

    assert answer.status_code == 201
    assert answer.json()["phone"] == "13812345678"
    statement = select(contact_views.c.actor, contact_views.c.reason).where(contact_views.c.order_id == order["id"])
    assert [tuple(row) for row in await office.rows(statement)] == [("test-supervisor", "核对投诉")]
    assert (await office.timeline(order["id"]))[-1]["kind"] == "contact-viewed"


async def test_whoever_sees_a_contact_by_role_stands_in_the_audit_once_a_day(office: Office) -> None:
    order = await office.receive()
    for role in (Role.AGENT, Role.AGENT, Role.DISPATCHER, Role.REVIEWER):
        await office.order(order["id"], role=role)
    office.clock.moment += timedelta(days=1)
    await office.order(order["id"])

    statement = select(contact_views.c.actor).where(contact_views.c.order_id == order["id"])
    seen = sorted(row.actor for row in await office.rows(statement))
    assert seen == ["test-agent", "test-agent", "test-dispatcher"]


async def test_a_phone_in_any_text_is_hidden_from_those_who_need_no_contact(office: Office) -> None:
    order = await office.receive()
    await office.replied(order["id"], customer_opinion="满意，改打 13987654321")

    for path in ("", "/timeline"):
        shown = {
            role: (await office.call("GET", f"/orders/{order['id']}{path}", role=role)).text
            for role in (Role.AGENT, Role.REVIEWER)
        }
        assert "13987654321" in shown[Role.AGENT]
        assert "13987654321" not in shown[Role.REVIEWER]
        assert "139****4321" in shown[Role.REVIEWER]


async def test_a_list_is_read_page_by_page_without_gap_or_repeat(own_office: Office) -> None:
    await own_office.call("POST", "/orders/batch", json={"orders": [make_body() for _ in range(25)]})
    seen, cursor = [], ""
    while True:
        page = (await own_office.call("GET", f"/orders?limit=10{cursor}")).json()
        seen += [line["id"] for line in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "Wzdd", "WyJ4Il0"])
async def test_a_cursor_that_is_not_ours_is_refused(office: Office, cursor: str) -> None:
    answer = await office.call("GET", f"/orders?cursor={cursor}")

    assert (answer.status_code, answer.json()["fields"][0]["code"]) == (422, "cursor.unknown")


async def test_every_filter_narrows_the_list(own_office: Office) -> None:
    await own_office.receive(station_code="S-1", channel="counter")
    await own_office.receive(business_type="consultation", outage_scope=None, outage_started_at=None)

    for query, number in (
        ("status=accepted", 2),
        ("status=sent", 0),
        ("business_type=consultation", 1),
        ("channel=counter", 1),
        ("station_code=S-1", 1),
        ("station_code=S-1&channel=local_hotline", 0),
        ("origin=paper", 0),
    ):
        page = (await own_office.call("GET", f"/orders?{query}")).json()
        assert len(page["items"]) == number, query


async def test_an_unknown_order_is_not_found(office: Office) -> None:
    unknown = "019b8d0e-0000-7000-8000-000000000000"
    for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/send")):
        answer = await office.call(
            method, f"/orders/{unknown}{path}", role=Role.SUPERVISOR, json={} if method == "POST" else None
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "order.unknown")


async def test_open_orders_are_shown_to_operations(own_office: Office) -> None:
    await own_office.receive()
    sent = await own_office.sent()
    await own_office.called_back(sent["id"])
    async with own_office.runtime.database.reading(now=own_office.clock.now()) as session:
        await observe(session)

    assert await metric(own_office, "relight_orders_open") == 1
