"""Who calls again and again: counted, told to the supervisor on the third call, and shown together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.intake.tables import alerts
from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, make_body

ZHOU = {"name": "周宁", "phone": "13900000019", "address": "青澜县田家街6号"}
NO_OUTAGE = {"outage_scope": None, "outage_started_at": None, "surroundings": None}


async def contact(office: Office, kind: str, at: datetime, customer: dict[str, Any] = ZHOU, **more: Any) -> str:
    """Enter what a customer called about at a time; return the order's id."""
    outage = {"outage_started_at": format_z(at)} if kind == "fault_repair" else NO_OUTAGE
    late = {"received_at": format_z(at)}
    body = make_body(
        business_type=kind, customer=customer, reported_at=format_z(at), late_entry=late, **(outage | more)
    )
    answer = await office.call("POST", "/orders", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def seen(office: Office, start: str, end: str, **more: Any) -> list[dict[str, Any]]:
    answer = await office.call(
        "GET", "/repeat-callers", role=Role.SUPERVISOR, params={"from": start, "to": end, **more}
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def alerted(office: Office) -> list[Any]:
    return list(await office.rows(select(alerts).where(alerts.c.kind == "repeat-caller")))


async def test_nineteen_orders_of_one_customer_stand_together(alert_office: Office) -> None:
    """Case C2: 18 March to 9 May 2014, two opinions, one repair, sixteen consultations."""
    first = datetime.fromisoformat("2014-03-18T01:00:00+00:00")
    kinds = ["opinion", "consultation", "fault_repair", *["consultation"] * 15, "opinion"]
    days = [round(number * 52 / 18) for number in range(19)]
    ids = [
        await contact(alert_office, kind, first + timedelta(days=day)) for kind, day in zip(kinds, days, strict=True)
    ]
    (caller,) = await seen(alert_office, "2014-03-01", "2014-06-01")

    assert caller["contact_count"] == 19
    assert caller["by_type"] == {"opinion": 2, "consultation": 16, "fault_repair": 1}
    assert [order["id"] for order in caller["orders"]] == ids[::-1]
    assert (caller["first_at"], caller["last_at"]) == ("2014-03-18T01:00:00Z", "2014-05-09T01:00:00Z")
    assert caller["caller_phone"] != ZHOU["phone"], "masked"


async def test_the_supervisor_hears_of_the_third_contact_and_of_no_other(alert_office: Office) -> None:
    ids = [await contact(alert_office, "consultation", NOW - timedelta(days=9 - day)) for day in range(5)]
    (alert,) = await alerted(alert_office)

    assert (str(alert.order_id), alert.role, alert.note) == (ids[2], "supervisor", "3")


async def test_a_call_that_is_linked_or_an_urge_counts_as_a_contact(alert_office: Office) -> None:
    complaint = make_body(business_type="complaint", customer=ZHOU, **NO_OUTAGE)
    for text in ("停电太多", "还没有答复", "第三次打电话"):
        await alert_office.call("POST", "/orders", json=complaint | {"content": text})
    (caller,) = await seen(alert_office, "2026-11-01", "2026-12-01")

    assert (caller["contact_count"], len(caller["orders"])) == (3, 1)
    assert len(await alerted(alert_office)) == 1


async def test_a_long_silence_ends_the_matter(alert_office: Office) -> None:
    for days in (100, 90, 20, 10):
        await contact(alert_office, "consultation", NOW - timedelta(days=days))

    assert await alerted(alert_office) == []
    assert await seen(alert_office, "2026-01-01", "2026-12-01") == []
    assert len(await seen(alert_office, "2026-01-01", "2026-12-01", least=2)) == 2


async def test_monitoring_and_letters_without_a_name_are_nobody(alert_office: Office) -> None:
    nobody = {"name": "自动监测", "phone": "00000000000", "address": "青澜县白渡变"}
    for day in range(4):
        at = NOW - timedelta(days=day)
        await contact(alert_office, "fault_repair", at, nobody)
        await contact(alert_office, "fault_repair", at, ZHOU, channel="own_monitoring")

    assert await seen(alert_office, "2026-11-01", "2026-12-01") == []


async def test_who_reports_misconduct_is_followed_by_nobody(alert_office: Office) -> None:
    for day in range(4):
        await contact(alert_office, "misconduct_report", NOW - timedelta(days=day))

    assert await alerted(alert_office) == []
    assert await seen(alert_office, "2026-11-01", "2026-12-01") == []


@pytest.mark.parametrize("role", [Role.CREW, Role.REVIEWER, Role.DISPATCHER])
async def test_repeat_callers_are_shown_to_those_who_need_them_only(office: Office, role: Role) -> None:
    answer = await office.call("GET", "/repeat-callers", role=role, params={"from": "2026-11-01", "to": "2026-12-01"})
    assert answer.status_code == 403


async def test_repeat_callers_come_page_by_page(alert_office: Office) -> None:
    people = [{"name": "何安", "phone": f"1390000010{n}", "address": f"青澜县石牌街{n}号"} for n in range(3)]
    for number, who in enumerate(people):
        for day in range(3):
            await contact(alert_office, "consultation", NOW - timedelta(days=day, minutes=number), who)
    params: dict[str, Any] = {"from": "2026-11-01", "to": "2026-12-01", "limit": 2}
    first = (await alert_office.call("GET", "/repeat-callers", params=params)).json()
    rest = (await alert_office.call("GET", "/repeat-callers", params=params | {"cursor": first["next_cursor"]})).json()

    shown = [item["orders"][0]["id"] for item in [*first["items"], *rest["items"]]]
    assert (len(first["items"]), len(rest["items"]), len(set(shown))) == (2, 1, 3)
    assert rest["next_cursor"] is None
