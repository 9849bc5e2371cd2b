"""Orders that a department handles, brought to where a test begins; every step over HTTP, a minute apart."""

from __future__ import annotations

import base64
import itertools
from datetime import timedelta
from typing import Any

import httpx

from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import Office, make_body, make_national

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_pictures = itertools.count(1)
_callers = itertools.count(40_000_000)
CONTENT = "客户反映家中夜间电压偏低，空调无法启动，要求尽快处理"


def make_matter(*, is_national: bool = False, **overrides: Any) -> dict[str, Any]:
    """Make the body of a complaint of somebody who never called before; `None` takes a field out."""
    number = next(_callers)
    customer = {"name": "张伟", "phone": f"138{number:08d}", "address": f"兴安县界首镇大洞村 {number} 号"}
    of_repair = {"outage_scope": None, "outage_started_at": None, "surroundings": None}
    body = {"business_type": "complaint", "content": CONTENT, "customer": customer, **of_repair}
    return (make_national if is_national else make_body)(**(body | overrides))


def make_reply(office: Office, **overrides: Any) -> dict[str, Any]:
    """Make a reply against which nothing stands."""
    now = office.clock.now()
    body = {
        "handling_time": format_z(now - timedelta(minutes=1)),
        "course": "现场测量客户电压，核查台区负荷",
        "basis": "台区监测记录显示末端电压低于标准",
        "plan": "十日内更换台区变压器",
        "customer_opinion": "客户表示认可",
        "handlers": ["李明"],
        "result_text": "经现场测量，客户反映电压偏低属实，原因为台区负荷过重，将在十日内更换变压器，届时空调可启动。",
        "is_substantiated": True,
        "company_liable": True,
        "outcome": "settled",
        "answer_mode": "visit",
        "answered_at": format_z(now - timedelta(minutes=1)),
        "conclusion": "台区变压器容量不足，更换处理",
    }
    return {name: value for name, value in (body | overrides).items() if value is not None}


CONTACT: dict[str, Any] = {
    "person": "营销服务专责李明",
    "means": "phone",
    "is_reached": True,
    "result": "客户说明夜间电压偏低",
}


class Matter:
    """One order at work: each step pressed by whoever may, and what was answered."""

    def __init__(self, office: Office, received: dict[str, Any], *, role: Role | None = None) -> None:
        self.office = office
        self.received = received
        self.id: str = received["id"]
        self.order_no: str = received["order_no"]
        self.national_order_no: str = received["national_order_no"]
        self.role = role

    async def press(self, what: str, role: Role = Role.SUPERVISOR, **body: Any) -> httpx.Response:
        """Press something a minute later."""
        self.office.clock.moment += timedelta(minutes=1)
        return await self.office.press(self.id, what, role=self.role or role, **body)

    async def go(self, what: str, role: Role = Role.SUPERVISOR, **body: Any) -> dict[str, Any]:
        """Press something that must work; return the answer."""
        answer = await self.press(what, role, **body)
        assert answer.status_code in {200, 201}, (what, answer.text)
        told: dict[str, Any] = answer.json()
        return told

    async def push(self, what: str, **body: Any) -> httpx.Response:
        """Let the platform tell something of the order, a minute later."""
        self.office.clock.moment += timedelta(minutes=1)
        return await self.office.push(f"/orders/{self.national_order_no}/{what}", body)

    async def judge(self, verdict: str, **body: Any) -> httpx.Response:
        """Let the province give its verdict, a minute later."""
        self.office.clock.moment += timedelta(minutes=1)
        said = {"verdict": verdict, "reviewed_at": format_z(self.office.clock.now()), **body}
        return await self.office.push(f"/orders/{self.order_no}/reviews", said, door="/province")

    async def call_back(self, satisfaction: str = "satisfied", **body: Any) -> httpx.Response:
        """Let the national centre call the customer back, a minute later."""
        at = format_z(self.office.clock.now() + timedelta(minutes=1))
        return await self.push("callbacks", called_back_at=at, satisfaction=satisfaction, **body)

    async def give_back(self, **body: Any) -> httpx.Response:
        """Let the national centre return the order, a minute later."""
        at = format_z(self.office.clock.now() + timedelta(minutes=1))
        said = {"reason_code": "customer_dissatisfied", "reason": "客户对处理结果不认可", "returned_at": at, **body}
        return await self.push("returns", **said)

    async def status(self) -> str:
        """Return where the order is."""
        return str((await self.office.order(self.id, role=self.role or Role.SUPERVISOR))["status"])

    async def handling(self, role: Role = Role.AGENT) -> dict[str, Any]:
        """Return everything about its handling."""
        answer = await self.office.call("GET", f"/orders/{self.id}/handling", role=self.role or role)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def forwarded(self) -> Matter:
        """Bring it to its unit."""
        await self.go("forward", unit="界首供电所")
        return self

    async def contacted(self) -> Matter:
        """Let the unit speak with the customer."""
        await self.forwarded()
        await self.go("contacts", **CONTACT)
        return self

    async def investigating(self) -> Matter:
        """Let the unit look into it."""
        await self.contacted()
        await self.go("investigate")
        return self

    async def drafted(self, **overrides: Any) -> Matter:
        """Let the unit write its reply, with its proof beside it."""
        await self.investigating()
        await self.attach()
        await self.write(**overrides)
        return self

    async def write(self, **overrides: Any) -> dict[str, Any]:
        """Write a version of the reply."""
        return await self.go("reply", **make_reply(self.office, **overrides))

    async def attach(self, kind: str = "proof") -> str:
        """Put a file beside the order; return its id."""
        return await attach(self.office, self.id, kind=kind, role=self.role or Role.SUPERVISOR)

    async def reviewed(self, **overrides: Any) -> Matter:
        """Let the city's reviewer pass it."""
        await self.drafted(**overrides)
        await self.go("city-review")
        return self

    async def submitted(self, **overrides: Any) -> Matter:
        """Send it up, or to our own callback desk."""
        await self.reviewed(**overrides)
        await self.go("submit")
        return self

    async def approved(self) -> Matter:
        """Let the province agree."""
        await self.submitted()
        assert (await self.judge("approved")).status_code == 200
        return self


async def take(office: Office, *, is_national: bool = False, role: Role | None = None, **overrides: Any) -> Matter:
    """Receive a complaint, or what `overrides` say."""
    body = make_matter(is_national=is_national, **overrides)
    answer = await (office.push("/orders", body) if is_national else office.call("POST", "/orders", json=body))
    assert answer.status_code == 201, answer.text
    return Matter(office, answer.json(), role=role)


async def attach(office: Office, order_id: str, *, kind: str, role: Role) -> str:
    """Put a picture beside an order, another one each time; return its id."""
    picture = PNG + next(_pictures).to_bytes(8)
    query = {"kind": kind, "name": "现场照片.png", "is_third_party": "true"}
    answer = await office.call("POST", f"/orders/{order_id}/attachments", role=role, params=query, content=picture)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
