"""People with names: the desks of a shift, who call the service as themselves."""

from __future__ import annotations

from typing import Any

import httpx

from shared.auth import Actor, Role
from tests.intake.office import Office, make_body


async def ask(
    office: Office, person: str, method: str, path: str, *, role: Role = Role.AGENT, **more: Any
) -> httpx.Response:
    """Call the service over HTTP as somebody by name."""
    token = office.runtime.tokens.issue(Actor(person, frozenset({role})), now=office.clock.now())
    headers = {"authorization": f"Bearer {token}", "accept-language": "en", **more.pop("headers", {})}
    return await office.client.request(method, f"/intake{path}", headers=headers, **more)


async def answer(office: Office, person: str, method: str, path: str, **more: Any) -> dict[str, Any]:
    """Call the service and expect it to do as it was asked."""
    answered = await ask(office, person, method, path, **more)
    assert answered.status_code in {200, 201}, answered.text
    body: dict[str, Any] = answered.json()
    return body


async def take(office: Office, person: str, **overrides: Any) -> dict[str, Any]:
    """Let somebody take an order on the phone; it stands in their name."""
    return await answer(office, person, "POST", "/orders", json=make_body(**overrides))


async def alerts_of(office: Office, person: str, *, role: Role = Role.AGENT) -> list[tuple[str, str]]:
    """Return what somebody is alerted to and has not seen, newest first: kinds and numbers of orders."""
    page = await answer(office, person, "GET", "/alerts?limit=200", role=role)
    return [(alert["kind"], alert["order_no"]) for alert in page["items"]]


def complaint(**overrides: Any) -> dict[str, Any]:
    """Say what makes an order's body a complaint."""
    plain: dict[str, Any] = {
        "business_type": "complaint",
        "content": "供电所人员上门态度生硬，要求道歉",
        "outage_scope": None,
        "outage_started_at": None,
        "surroundings": None,
    }
    return plain | overrides


def misconduct(**overrides: Any) -> dict[str, Any]:
    """Say what makes an order's body a misconduct report."""
    said = "张伟（电话 138-1234-5678，大洞村 12 号）举报供电所人员收取好处费"
    return complaint(business_type="misconduct_report", content=said) | overrides
