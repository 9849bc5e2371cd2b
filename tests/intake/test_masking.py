"""A phone number in whatever people write: whoever rings nobody sees it nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from services.access import POLICY
from services.intake.api.texts import hide_numbers
from shared.auth import STAFF, Role
from shared.clock import format_z
from tests.intake.handling import Matter, make_reply, take
from tests.intake.office import Office
from tests.intake.people import answer, ask
from tests.intake.test_shifts import was_on_duty

NUMBER = "13987650123"
SAID = f"请回电 {NUMBER}"
RING = frozenset({Role.AGENT, Role.DISPATCHER})
"""They ring the customer."""

RINGS_NOBODY = sorted(STAFF - RING)


def said(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, SAID)


async def speak_everywhere(office: Office) -> Matter:
    """Take a complaint of the platform through its life, with a phone number in every text that anybody writes."""
    matter = await take(office, is_national=True, content=f"夜间电压低，{SAID}", surroundings=SAID)
    tomorrow = format_z(office.clock.now() + timedelta(days=1))
    await matter.attach()
    for what in ("urges", "supplements", "withdrawals"):
        await matter.go(what, text=SAID)
    pressed = await matter.go("supervisions", due_at=tomorrow, **said("reason"))
    for what, name in (("reports", "text"), ("close", "conclusion")):
        path = f"/supervisions/{pressed['id']}/{what}"
        await answer(office, "boss", "POST", path, role=Role.SUPERVISOR, json=said(name))
    await matter.go("department-calls", unit="S01", is_reached=False, **said("note", "spoke_with"))
    await matter.go("transfers", to_unit="D-MARKETING", **said("reason", "told_text"))
    await matter.go("green-channel", leader=await was_on_duty(office, "leader"), **said("reason"))
    await matter.go("forward", unit="界首供电所")
    await matter.go("contacts", person="李明", means="phone", is_reached=True, result=SAID)
    await matter.go("investigate")
    texts = ("course", "basis", "plan", "customer_opinion", "conclusion")
    reply = make_reply(office)
    reply |= {name: f"{reply[name]}，{SAID}" for name in texts}
    await matter.go("reply", **reply)
    await matter.go("city-review")
    await matter.go("rework", **said("reason"))
    await matter.go("reply", **reply)
    await matter.go("city-review")
    await matter.go("submit")
    assert (await matter.judge("returned", reason_code="typo", reason=SAID)).status_code == 200
    mended = "经再次现场测量并回访，客户家电压确实偏低属实，系变压器容量不足，将在十日内更换变压器，届时空调可启动。"
    await matter.go("reply", **reply | {"result_text": mended})
    await matter.go("city-review")
    await matter.go("submit")
    assert (await matter.judge("approved")).status_code == 200
    assert (await matter.give_back(reason=SAID)).status_code == 200
    return matter


def readings(office: Office, order_id: str) -> list[tuple[str, str]]:
    """Return every GET of intake that needs no more than an order's id: its name and path."""
    app: FastAPI = office.client._transport.app  # type: ignore[attr-defined]
    paths = [
        (operations["get"]["operationId"], path.removeprefix("/intake").replace("{order_id}", order_id))
        for path, operations in app.openapi()["paths"].items()
        if path.startswith("/intake/") and "get" in operations
    ]
    return [(name, path) for name, path in paths if "{" not in path]


async def test_no_reading_shows_a_number_that_somebody_wrote_to_whoever_rings_nobody(
    own_office: Office,
) -> None:
    matter = await speak_everywhere(own_office)
    shown: dict[str, set[Role]] = {}
    looked = 0
    for name, path in readings(own_office, matter.id):
        for role in RINGS_NOBODY:
            if role in POLICY.get(name, ()):
                answered = await ask(own_office, "somebody", "GET", path, role=role)
                looked += answered.status_code == 200
                if NUMBER in answered.text:
                    shown.setdefault(name, set()).add(role)

    assert shown == {}
    assert looked > 60


async def test_whoever_rings_the_customer_reads_what_was_written(own_office: Office) -> None:
    matter = await speak_everywhere(own_office)

    for path in ("matters", "responsibility", "handling", "timeline", "department-calls"):
        told = await answer(own_office, "wang", "GET", f"/orders/{matter.id}/{path}")
        assert NUMBER in str(told), path
    for path in ("/supervisions", "/platform-messages"):
        told = await answer(own_office, "boss", "GET", path, role=Role.SUPERVISOR)
        assert "139****0123" in str(told), path


def test_a_number_is_hidden_however_deep_and_no_id_is_touched() -> None:
    row: dict[str, Any] = {
        "id": NUMBER,
        "order_no": NUMBER,
        "entered_by": NUMBER,
        "handlers": [NUMBER],
        "findings": {"rule": [{"text": SAID, "rule_code": NUMBER}]},
        "count": 3,
    }

    assert hide_numbers(row) == row | {
        "handlers": ["139****0123"],
        "findings": {"rule": [{"text": "请回电 139****0123", "rule_code": NUMBER}]},
    }
