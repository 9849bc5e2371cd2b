"""The reply of a repair is looked at before it leaves the city (lifecycles 3.1, row 22); what only warns goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import RepairReplied
from tests.intake.family import make_family, observed
from tests.intake.field import field_of, only
from tests.intake.handling import attach
from tests.intake.office import NOW, Office, fields_of

BAD: dict[str, Any] = {
    "process": "客户蛮不讲理，到场后更换断线",
    "result": "已处理，客户已撤诉",
    "customer_opinion": "客户满意",
}
"""A derogatory word and a refused phrase."""


async def reply(office: Office, order_id: str, *, number: int = 1, **said: Any) -> None:
    """Let a crew do its whole work and say `said` in its reply."""
    *work, last = field_of(UUID(order_id), start=office.clock.now(), number=number)
    await office.hear(*work, last.model_copy(update=said))
    office.clock.moment += timedelta(hours=2)


async def replied(office: Office, **said: Any) -> str:
    """Receive a repair that a crew has replied to; return its id."""
    order_id: str = (await office.receive())["id"]
    await reply(office, order_id, **said)
    return order_id


@pytest.mark.requirement("001-046", "001-050")
async def test_a_crews_reply_that_the_check_refuses_is_not_sent_and_each_finding_is_named(office: Office) -> None:
    order_id = await replied(office, **BAD)
    before, told = await office.order(order_id), await office.told_names(order_id)
    answer = await office.press(order_id, "send")

    assert (answer.status_code, answer.json()["code"]) == (409, "reply.not_fit")
    assert fields_of(answer) == {"course": "reply.derogatory_word", "result_text": "reply.forbidden_phrase"}
    assert all(";" in field["detail"] for field in answer.json()["fields"]), "each says how to mend it"
    assert (await office.order(order_id), await office.told_names(order_id)) == (before, told)


async def test_the_crew_mends_its_reply_and_then_it_is_sent(office: Office) -> None:
    order_id = await replied(office, **BAD)
    assert (await office.press(order_id, "send")).status_code == 409
    assert (await office.press(order_id, "rework", reason="用语不当")).status_code == 200
    lines = await office.timeline(order_id)
    (task_id,) = [line["data"]["task_id"] for line in lines if line["kind"] == "repair-replied"]
    again = field_of(UUID(order_id), start=office.clock.now(), task_id=UUID(task_id))
    await office.hear(*only(again, RepairReplied))
    office.clock.moment += timedelta(hours=2)

    assert (await office.press(order_id, "send")).json()["status"] == "sent"


async def test_in_a_batch_only_the_bad_replies_are_refused(office: Office) -> None:
    orders = [await replied(office), await replied(office, **BAD), await replied(office, customer_opinion=" ")]
    body = {"orders": [{"order_id": order_id} for order_id in orders]}
    lines = (await office.call("POST", "/orders/send/batch", role=Role.REVIEWER, json=body)).json()["results"]

    assert lines[0]["order"]["status"] == "sent"
    assert [line["problem"]["code"] for line in lines[1:]] == ["reply.not_fit"] * 2
    assert [f["code"] for f in lines[2]["problem"]["fields"]] == ["reply.missing_part"]


async def test_a_batch_of_replies_is_checked_without_a_query_for_each(office: Office) -> None:
    counts = []
    for size in (1, 6):
        orders = [await replied(office, **BAD) for _ in range(size)]
        body = {"orders": [{"order_id": order_id} for order_id in orders]}
        counts.append(await count_statements(office, body))

    assert counts[0] == counts[1]


async def count_statements(office: Office, body: dict[str, Any]) -> int:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = office.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = await office.call("POST", "/orders/send/batch", role=Role.REVIEWER, json=body)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert {line["problem"]["code"] for line in answer.json()["results"]} == {"reply.not_fit"}
    return len(said)


@pytest.mark.requirement("001-064", "001-065")
async def test_what_only_warns_is_shown_and_a_repair_may_be_as_long_as_it_likes(office: Office) -> None:
    long = "，".join(f"第{number}号杆更换绝缘子" for number in range(1, 40))
    order_id = await replied(office, process="换好了断线，，试送成功", result=long)
    typed: dict[str, Any] = {"course": "换好了断线，，试送成功", "result_text": long, "customer_opinion": "满意"}
    checked = (await office.press(order_id, "reply/check", **typed)).json()

    assert "punctuation" in {finding["code"] for finding in checked["findings"]}
    assert (checked["is_submittable"], checked["longest"]) == (True, None)
    assert (await office.press(order_id, "send")).json()["status"] == "sent"


async def test_a_pointer_to_a_file_needs_the_file(office: Office) -> None:
    order_id = await replied(office, result="已更换断线并恢复供电，具体情况详见附件")
    without = await office.press(order_id, "send")
    await attach(office, order_id, kind="photo", role=Role.REVIEWER)

    assert fields_of(without) == {"result_text": "reply.suffix_without_attachment"}
    assert (await office.press(order_id, "send")).status_code == 200


async def test_light_that_the_grid_saw_back_goes_with_the_standard_statement(office: Office) -> None:
    order = await office.receive()
    await office.hear(observed(order["id"]))
    office.clock.moment += timedelta(hours=1)

    assert (await office.press(order["id"], "send")).json()["status"] == "sent"


@pytest.mark.parametrize(("origin", "is_sent"), [({"origin": "storm", "origin_no": "1"}, True), ({}, False)])
async def test_what_another_system_sent_long_ago_goes_on_and_our_own_paper_is_looked_at(
    office: Office, origin: dict[str, str], is_sent: bool
) -> None:
    then = NOW - timedelta(days=3)
    late = {"received_at": format_z(then), **origin}
    order = await office.receive(reported_at=format_z(then), outage_started_at=format_z(then), late_entry=late)
    await reply(office, order["id"], **BAD)

    assert (await office.press(order["id"], "send")).status_code == (200 if is_sent else 409)


async def test_the_reply_that_a_follower_has_of_its_main_order_is_looked_at_too(office: Office) -> None:
    main, (follower, _) = await make_family(office)
    await reply(office, main, **BAD)

    assert (await office.order(follower))["status"] == "replied"
    assert (await office.press(follower, "send")).json()["code"] == "reply.not_fit"


async def test_the_same_short_result_may_answer_two_rounds(office: Office) -> None:
    order = await office.sent(is_national=True)
    back = {"reason_code": "not_fully_solved", "reason": "又停电", "returned_at": format_z(office.clock.now())}
    assert (await office.push(f"/orders/{order['national_order_no']}/returns", back)).status_code == 200
    await reply(office, order["id"], number=2)

    assert (await office.press(order["id"], "send")).json()["status"] == "sent"
