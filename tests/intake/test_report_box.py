"""The paper report box: a task each day, late if it is late, and every letter an order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.intake.handlers.report_box import keep_tasks, make_tasks
from services.intake.tables import notifications
from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, make_body

BOXES = {
    "name": "report_boxes",
    "boxes": [
        {"code": "BOX-1", "name": "营业厅举报箱", "opened_by": "17:30:00"},
        {"code": "BOX-2", "name": "供电所举报箱", "opened_by": "17:00:00"},
    ],
}


@pytest.fixture
async def boxes(own_office: Office) -> Office:
    """Return an office with two boxes, at ten in the morning."""
    body = {"policy": BOXES, "valid_from": format_z(NOW - timedelta(days=30))}
    answer = await own_office.call("PUT", "/policies/taking", role=Role.OPS, json=body)
    assert answer.status_code == 200, answer.text
    return own_office


async def tick(office: Office) -> int:
    """Let the clock make the day's tasks."""
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await make_tasks(session, now=session.now)


async def days(office: Office, query: str = "") -> list[dict[str, Any]]:
    answer = await office.call("GET", f"/report-box/days{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def open_box(office: Office, code: str = "BOX-1", **body: Any) -> httpx.Response:
    return await office.call("POST", "/report-box/openings", json={"box_code": code, "letters": 0, **body})


@pytest.mark.requirement("004-013")
async def test_every_box_has_a_task_each_day_and_letters_become_orders(boxes: Office) -> None:
    assert [await tick(boxes), await tick(boxes)] == [2, 0]
    assert {(task["box_code"], task["due_at"]) for task in await days(boxes, "?is_open=true")} == {
        ("BOX-1", "2026-11-23T09:30:00Z"),
        ("BOX-2", "2026-11-23T09:00:00Z"),
    }

    opened = await open_box(boxes, letters=2)
    assert opened.status_code == 201
    assert opened.json()["letters_to_enter"] == ["BOX-1-20261123-1", "BOX-1-20261123-2"]
    letter = make_body(
        business_type="opinion",
        channel="report_box",
        customer={"address": "兴安县界首镇大洞村 12 号"},
        reported_at=format_z(NOW - timedelta(hours=1)),
        outage_scope=None,
        outage_started_at=None,
        late_entry={"received_at": format_z(NOW), "origin": "report_box", "origin_no": "BOX-1-20261123-1"},
    )
    order = await boxes.call("POST", "/orders", json=letter)

    assert order.status_code == 201, order.text
    shown = await boxes.order(order.json()["id"])
    assert (shown["channel"], shown["caller_name"], shown["reported_at"]) == (
        "report_box",
        "匿名",
        letter["reported_at"],
    )
    (task,) = await days(boxes, "?is_open=false")
    assert (task["letters"], task["is_late"], task["letters_to_enter"]) == (2, False, ["BOX-1-20261123-2"])


async def test_a_box_that_nobody_opened_stays_on_the_list_as_late(boxes: Office) -> None:
    await tick(boxes)
    boxes.clock.moment = NOW + timedelta(hours=8)
    late = await open_box(boxes)
    boxes.clock.moment = NOW + timedelta(days=1)
    assert await tick(boxes) == 2

    assert late.json()["is_late"]
    still_open = [(task["box_code"], task["day"], task["is_late"]) for task in await days(boxes, "?is_open=true")]
    assert still_open == [
        ("BOX-1", "2026-11-24", False),
        ("BOX-2", "2026-11-24", False),
        ("BOX-2", "2026-11-23", True),
    ]


async def test_supervision_is_told_once_of_a_box_that_was_not_opened_in_time(boxes: Office) -> None:
    async def keep() -> int:
        async with boxes.runtime.database.transaction(now=boxes.clock.now()) as session:
            return await keep_tasks(session, now=session.now)

    assert await keep() == 2
    await open_box(boxes, "BOX-1")
    boxes.clock.moment = NOW + timedelta(hours=7, minutes=1)

    assert [await keep(), await keep()] == [1, 0]
    told = await boxes.rows(select(notifications.c.text).where(notifications.c.subject == "举报箱未按时开箱"))
    assert [row.text for row in told] == ["举报箱 BOX-2 在 2026-11-23 未按时开箱取件，请立即开箱并登记。"]


async def test_a_day_on_which_we_did_not_run_is_on_the_list_all_the_same(boxes: Office) -> None:
    await tick(boxes)
    boxes.clock.moment = NOW + timedelta(days=3)

    assert await tick(boxes) == 6
    assert len({task["day"] for task in await days(boxes, "?is_open=true")}) == 4


async def test_the_tasks_are_read_page_by_page_even_within_a_day(boxes: Office) -> None:
    boxes.clock.moment = NOW - timedelta(days=1)
    await tick(boxes)
    boxes.clock.moment = NOW
    await tick(boxes)
    seen: list[tuple[str, str]] = []
    cursor = ""
    while True:
        page = (await boxes.call("GET", f"/report-box/days?limit=1{cursor}")).json()
        seen += [(task["day"], task["box_code"]) for task in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert seen == [
        ("2026-11-23", "BOX-1"),
        ("2026-11-23", "BOX-2"),
        ("2026-11-22", "BOX-1"),
        ("2026-11-22", "BOX-2"),
    ]


async def test_a_box_is_opened_once_a_day(boxes: Office) -> None:
    first = await open_box(boxes)
    again = await open_box(boxes, letters=3)
    other = await open_box(boxes, "BOX-9")
    tomorrow = await open_box(boxes, "BOX-2", opened_at=format_z(NOW + timedelta(hours=2)))

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (409, "report_box.opened_already")
    assert (other.status_code, other.json()["code"]) == (404, "report_box.unknown")
    assert (tomorrow.status_code, tomorrow.json()["code"]) == (422, "report_box.invalid")


async def test_only_a_letter_may_be_anonymous(boxes: Office) -> None:
    body = make_body(customer={"address": "兴安县界首镇大洞村 12 号"})
    answer = await boxes.call("POST", "/orders", json=body)

    assert answer.status_code == 422
    assert {field["field"]: field["code"] for field in answer.json()["fields"]} == {
        "customer.name": "field.missing",
        "customer.phone": "field.missing",
    }
