"""督办: pressed by management, reported on, closed with a conclusion, and told once when overdue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.intake.handlers.supervisions import tell_overdue
from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office
from tests.intake.people import alerts_of, answer, ask, complaint, misconduct, take

TOMORROW = format_z(NOW + timedelta(days=1))


async def press(office: Office, order: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"reason": "临近时限未联系客户", "due_at": TOMORROW} | more
    path = f"/orders/{order['id']}/supervisions"
    return await answer(office, "boss", "POST", path, role=Role.SUPERVISOR, json=body)


async def listed(office: Office, query: str, *, role: Role = Role.SUPERVISOR) -> list[dict[str, Any]]:
    page = await answer(office, "boss", "GET", f"/supervisions?{query}", role=role)
    items: list[dict[str, Any]] = page["items"]
    return items


async def sweep(office: Office) -> int:
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await tell_overdue(session, now=office.clock.now())


@pytest.mark.requirement("001-070")
async def test_a_supervision_is_answered_by_reports_and_closed_with_a_conclusion(office: Office) -> None:
    order = await take(office, "wang", **complaint())
    opened = await press(office, order)
    path = f"/supervisions/{opened['id']}"

    too_soon = await ask(office, "boss", "POST", f"{path}/close", role=Role.SUPERVISOR, json={"conclusion": "已办"})
    await answer(office, "wang", "POST", f"{path}/reports", json={"text": "已联系客户"})
    await answer(office, "wang", "POST", f"{path}/reports", json={"text": "已现场核实"})
    await answer(office, "boss", "POST", f"{path}/close", role=Role.SUPERVISOR, json={"conclusion": "客户认可"})
    late = await ask(office, "wang", "POST", f"{path}/reports", json={"text": "补报"})

    assert too_soon.json()["code"] == "supervision.no_report"
    assert late.json()["code"] == "supervision.closed"
    (shown,) = await listed(office, f"order_id={order['id']}")
    assert (shown["addressee"], shown["cause"], shown["conclusion"]) == ("wang", "management", "客户认可")
    assert [report["text"] for report in shown["reports"]] == ["已联系客户", "已现场核实"]
    assert (await office.told_names(order["id"]))[-2:] == ["supervision-opened", "supervision-closed"]
    assert await listed(office, f"order_id={order['id']}&is_open=true") == []


async def test_only_management_presses_and_only_ahead_of_time(office: Office) -> None:
    order = await take(office, "wang")
    body = {"reason": "催办多次", "due_at": format_z(NOW)}

    agent = await ask(office, "wang", "POST", f"/orders/{order['id']}/supervisions", json=body)
    past = await ask(office, "boss", "POST", f"/orders/{order['id']}/supervisions", role=Role.SUPERVISOR, json=body)

    assert agent.status_code == 403
    assert (past.status_code, past.json()["code"]) == (422, "supervision.due_in_past")


async def test_what_is_overdue_is_told_once_to_the_orders_people_and_the_supervisors(own_office: Office) -> None:
    late, kept = [await take(own_office, "wang") for _ in range(2)]
    await press(own_office, late)
    opened = await press(own_office, kept)
    await answer(own_office, "wang", "POST", f"/supervisions/{opened['id']}/reports", json={"text": "已办"})
    close = {"conclusion": "已办"}
    await answer(own_office, "boss", "POST", f"/supervisions/{opened['id']}/close", role=Role.SUPERVISOR, json=close)

    own_office.clock.moment = NOW + timedelta(days=1)
    assert await sweep(own_office) == 0, "the limit itself still counts as kept"
    own_office.clock.moment += timedelta(seconds=1)
    assert [await sweep(own_office), await sweep(own_office)] == [1, 0]

    told = ("supervision-overdue", late["order_no"])
    assert (await alerts_of(own_office, "wang")).count(told) == 1
    assert await alerts_of(own_office, "another-boss", role=Role.SUPERVISOR) == [told]


async def test_the_service_specialist_of_a_unit_is_told(office: Office) -> None:
    order = await take(office, "wang")
    await press(office, order, unit="S-nobody")

    page = await answer(office, "boss", "GET", f"/notifications?order_id={order['id']}", role=Role.SUPERVISOR)

    told = [(one["role"], one["unit"]) for one in page["items"] if one["kind"] == "supervision"]
    assert told == [("service_specialist", "S-nobody")]


async def test_supervisions_of_misconduct_reports_are_for_supervision_alone(office: Office) -> None:
    order = await take(office, "wang", **misconduct())
    body = {"reason": "限期核查", "due_at": TOMORROW, "addressee": "jian.cha"}
    path = f"/orders/{order['id']}/supervisions"

    hidden = await ask(office, "boss", "POST", path, role=Role.SUPERVISOR, json=body)
    opened = await answer(office, "ji", "POST", path, role=Role.INSPECTOR, json=body)
    report = await ask(office, "wang", "POST", f"/supervisions/{opened['id']}/reports", json={"text": "已核查"})

    assert (hidden.status_code, report.status_code) == (404, 404)
    assert await listed(office, f"order_id={order['id']}") == []
    assert len(await listed(office, f"order_id={order['id']}", role=Role.INSPECTOR)) == 1
