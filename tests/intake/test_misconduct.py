"""Misconduct reports: supervision sees them, nobody else does, wherever one looks; the reporter's name stays inside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from services.access import POLICY
from services.intake.tables import notifications
from shared.auth import STAFF, Role
from tests.intake.office import Office
from tests.intake.people import answer, ask, misconduct, take

IDENTITY = ("张伟", "13812345678", "138-1234-5678", "大洞村 12", "大洞村12")
"""How the reporter may be known."""

TAKERS = re.compile(r"/(triage|phone-resolution|resolve-by-phone|told|taking|briefing)")


def names_the_reporter(said: str) -> list[str]:
    return [identity for identity in IDENTITY if identity in said]


def routes_about_one_order(office: Office) -> list[tuple[str, str, str]]:
    """Return every route of intake that names an order by our id: its name, method and path."""
    app: FastAPI = office.client._transport.app  # type: ignore[attr-defined]
    found = []
    for path, operations in app.openapi()["paths"].items():
        if path.startswith("/intake/") and "{order_id}" in path:
            found += [(operation["operationId"], method.upper(), path) for method, operation in operations.items()]
    return found


def filled(path: str, order_id: str) -> str:
    path = path.removeprefix("/intake").replace("{order_id}", order_id)
    return re.sub(r"\{[^}]+\}", order_id, path)


async def test_whoever_is_not_supervision_is_told_that_there_is_no_such_order_on_every_route(office: Office) -> None:
    order = await take(office, "wang", **misconduct())
    asked, wrong = 0, []
    for name, method, path in routes_about_one_order(office):
        for role in (STAFF - {Role.INSPECTOR}) & POLICY.get(name, frozenset()):
            body: dict[str, Any] | None = {} if method in {"POST", "PUT", "PATCH"} else None
            answered = await ask(office, "somebody", method, filled(path, order["id"]), role=role, json=body)
            asked += 1
            is_hidden = answered.status_code == 404 or (TAKERS.search(path) and answered.status_code == 422)
            if not is_hidden:
                wrong.append((name, str(role), answered.status_code, answered.text[:80]))

    assert wrong == []
    assert asked > 60


async def test_a_misconduct_report_is_in_no_list_search_or_export_but_supervisions(own_office: Office) -> None:
    order = await take(own_office, "wang", **misconduct())
    seen: dict[tuple[str, str], bool] = {}
    for role in sorted(STAFF):
        for path in ("/orders", "/orders.csv", "/supervisions", "/notifications", "/repeat-callers", "/alerts"):
            answered = await ask(own_office, "somebody", "GET", path, role=role)
            if answered.status_code == 200:
                seen[role, path] = order["order_no"] in answered.text

    assert seen[Role.INSPECTOR, "/orders"]
    assert seen[Role.INSPECTOR, "/orders.csv"]
    assert {role for role, path in seen if path == "/orders.csv"} == POLICY["intake.export_orders"] & STAFF
    assert {role for (role, _), is_seen in seen.items() if is_seen} == {Role.INSPECTOR}


async def test_supervision_sees_the_report_and_its_reporter(office: Office) -> None:
    order = await take(office, "wang", **misconduct())

    shown = await answer(office, "ji", "GET", f"/orders/{order['id']}", role=Role.INSPECTOR)
    listed = await answer(office, "ji", "GET", "/orders?business_type=misconduct_report&limit=1", role=Role.INSPECTOR)

    assert (shown["caller_name"], shown["caller_phone"]) == ("张伟", "13812345678")
    assert names_the_reporter(str(listed)) == [], "lists are masked for everybody"


async def test_no_event_carries_the_reporter_or_the_report(office: Office) -> None:
    order = await take(office, "wang", **misconduct())
    await answer(office, "ji", "POST", f"/orders/{order['id']}/urges", role=Role.INSPECTOR, json={"text": "张伟催促"})

    told = await office.told(order["id"])

    assert told[0][0] == "order-created"
    assert names_the_reporter(str(told)) == []
    assert told[0][1]["content"] == ""
    assert told[0][1]["caller"]["name"] == "举报人"


async def test_the_supervision_office_is_told_at_once_that_there_is_a_report(office: Office) -> None:
    order = await take(office, "wang", **misconduct())

    statement = select(notifications.c.role, notifications.c.kind, notifications.c.text)
    (row,) = await office.rows(statement.where(notifications.c.order_id == order["id"]))
    assert (row.role, row.kind) == ("supervision_office", "misconduct_report")
    assert order["order_no"] in row.text
    assert names_the_reporter(row.text) == []


async def test_the_unit_reported_may_read_the_matter_and_not_who_reported_it(office: Office) -> None:
    order = await take(office, "wang", **misconduct())
    said = {"text": "张 伟补充：6 月 3 日再次索要，可打 13987654321"}
    await answer(office, "ji", "POST", f"/orders/{order['id']}/supplements", role=Role.INSPECTOR, json=said)

    brief = await answer(office, "ji", "GET", f"/orders/{order['id']}/unit-brief", role=Role.INSPECTOR)
    plain = await take(office, "wang")
    refused = await ask(office, "ji", "GET", f"/orders/{plain['id']}/unit-brief", role=Role.INSPECTOR)

    assert names_the_reporter(str(brief)) == []
    assert brief["content"] == "***（电话 ***，***）举报供电所人员收取好处费"
    assert brief["supplements"] == ["***补充：6 月 3 日再次索要，可打 139****4321"]
    assert refused.json()["code"] == "misconduct.not_restricted"


async def test_its_taker_follows_it_by_number_and_learns_nothing_more(office: Office) -> None:
    order = await take(office, "wang-of-misconduct", **misconduct())
    press: dict[str, Any] = {"reason": "限期核查", "due_at": "2026-11-30T02:00:00Z", "addressee": "jian.cha"}
    await answer(office, "ji", "POST", f"/orders/{order['id']}/supervisions", role=Role.INSPECTOR, json=press)

    mine = await answer(office, "wang-of-misconduct", "GET", "/orders/mine/first-contacts")
    alerts = await answer(office, "wang-of-misconduct", "GET", "/alerts")
    shown = await ask(office, "wang-of-misconduct", "GET", f"/orders/{order['id']}")

    assert [line["order_no"] for line in mine["items"]] == [order["order_no"]]
    assert [(alert["kind"], alert["order_no"]) for alert in alerts["items"]] == [
        ("supervision-opened", order["order_no"])
    ]
    assert "限期核查" not in str(alerts)
    assert shown.status_code == 404


@pytest.mark.requirement("004-011")
async def test_no_order_and_no_line_of_its_history_is_ever_deleted_by_the_service(office: Office) -> None:
    order = await take(office, "wang", **misconduct())

    with pytest.raises(Exception, match="append-only"):
        await office.rows(text(f"DELETE FROM intake.timeline WHERE order_id = '{order['id']}' RETURNING 1"))
    methods = {method for _, method, _ in routes_about_one_order(office)}
    assert "DELETE" not in methods
