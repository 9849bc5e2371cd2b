"""The main job as strangers do it: an outage is reported, a crew goes, light comes back, the customer is asked, the
order is archived, and the promises are judged. Whoever runs it may be one process or four.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.simulation.clients import Origin, Refused, SignedIn, bearer, crew
from services.simulation.storm.trip import details_of
from shared.auth import Actor, Role, Tokens
from tests.journey.fleet import TOKEN_SECRET

PATIENCE = 30.0
DEVICE_SECRET = "an-invented-device-secret"
CHECKLIST = dict.fromkeys(("isolated", "voltage_tested", "earthed", "signs_and_barriers", "supervisor_named"), True)
WAY = ("accepted", "departed", "arrived", "surveyed", "permit_requested")
WORK = ("work_started", "repaired", "ready_to_energise", "restored", "replied")


def person(*roles: Role, name: str = "somebody") -> SignedIn:
    """Return somebody with these roles, who holds a token for as long as a test takes."""
    tokens = Tokens(TOKEN_SECRET)
    return bearer(tokens.issue(Actor(name, frozenset(roles)), now=datetime.now(UTC), life=timedelta(hours=2)))


@dataclass
class Cast:
    """Everybody who takes part."""

    ops: SignedIn = field(default_factory=lambda: person(Role.OPS))
    agent: SignedIn = field(default_factory=lambda: person(Role.AGENT, name="agent-1"))
    dispatcher: SignedIn = field(default_factory=lambda: person(Role.DISPATCHER, name="dispatcher-1"))
    reviewer: SignedIn = field(default_factory=lambda: person(Role.REVIEWER, name="reviewer-1"))
    auditor: SignedIn = field(default_factory=lambda: person(Role.AUDITOR, name="auditor-1"))


async def until(what: str, look: Callable[[], Awaitable[Any]]) -> Any:
    """Return the first thing that `look` finds; fails with `what` if it finds nothing in time."""
    give_up_at = asyncio.get_running_loop().time() + PATIENCE
    while not (found := await look()):
        if asyncio.get_running_loop().time() > give_up_at:
            raise AssertionError(f"waited in vain for: {what}")
        await asyncio.sleep(0.05)
    return found


async def set_up(origin: Origin, cast: Cast, *, crews: Sequence[str] = ("C-1",), area: str = "T-1") -> None:
    """Make a station with crews, and one transformer area."""
    place = {"lon": 119.0, "lat": 32.7}
    station = {"code": "S-1", "name": "城东供电所", "area_type": "urban", "neighbours": [], **place}
    organisation = {
        "stations": [station],
        "crews": [
            {
                "code": code,
                "name": f"{code} 班",
                "tier": "station_crew",
                "station_code": "S-1",
                "device_secret": DEVICE_SECRET,
                **place,
            }
            for code in crews
        ],
    }
    await origin.put("/dispatch/organisation", cast.ops, organisation)
    feeder = {"code": "F-1", "name": "城东一线", "station_code": "S-1"}
    areas = [
        {"code": area, "feeder_code": "F-1", "station_code": "S-1", "area_type": "urban", "customers": 80, **place}
    ]
    await origin.put("/dispatch/grid", cast.ops, {"feeders": [feeder], "transformer_areas": areas})


def make_call(*, area: str = "T-1", number: int = 1, **overrides: Any) -> dict[str, Any]:
    """Return what an agent types in for a blackout."""
    now = datetime.now(UTC)
    return {
        "business_type": "fault_repair",
        "channel": "local_hotline",
        "reported_at": (now - timedelta(seconds=5)).isoformat(),
        "content": "整个单元停电",
        "customer": {
            "name": "甄明",
            "phone": f"1390000{number:04d}",
            "address": f"城东新区光明路{number}号",
            "lon": 119.001,
            "lat": 32.701,
        },
        "outage_scope": "unit",
        "outage_started_at": (now - timedelta(minutes=3)).isoformat(),
        "surroundings": "无异常",
        "area_type": "urban",
        "transformer_area": area,
        "station_code": "S-1",
        **overrides,
    }


class Phone:
    """A crew's phone."""

    def __init__(self, origin: Origin, code: str = "C-1") -> None:
        self.origin = origin
        self.who = crew(code, DEVICE_SECRET)

    async def task_of(self, order_id: str) -> dict[str, Any]:
        """Return the crew's task for an order, as soon as the phone shows it."""

        async def look() -> dict[str, Any] | None:
            shown = await self.origin.get("/dispatch/mobile/tasks", self.who)
            return next((t for t in shown["tasks"] if t["order_id"] == order_id), None)

        found: dict[str, Any] = await until(f"the task of order {order_id}", look)
        return found

    async def report(self, task_id: str, *kinds: str) -> list[dict[str, Any]]:
        """Report some steps, made just now."""
        dice = random.Random(1)
        now = datetime.now(UTC)
        estimate = (now + timedelta(hours=1)).isoformat()
        reports = [
            {
                "report_id": str(uuid4()),
                "task_id": task_id,
                "kind": kind,
                "occurred_at": now.isoformat(),
                **details_of(kind, dice, estimate=estimate),
            }
            for kind in kinds
        ]
        answer = await self.origin.post("/dispatch/mobile/reports", self.who, {"reports": reports})
        results: list[dict[str, Any]] = answer["results"]
        return results


async def order_is(origin: Origin, cast: Cast, order_id: str, *statuses: str) -> dict[str, Any]:
    """Return the order as soon as it is in one of `statuses`."""

    async def look() -> dict[str, Any] | None:
        order: dict[str, Any] = await origin.get(f"/intake/orders/{order_id}", cast.agent)
        return order if order["status"] in statuses else None

    found: dict[str, Any] = await until(f"order {order_id} to be {' or '.join(statuses)}", look)
    return found


async def call_back(origin: Origin, cast: Cast, order_id: str, **answers: Any) -> None:
    """Ring the customer as soon as the plan is there, and enter what was said."""

    async def look() -> dict[str, Any] | None:
        page = await origin.get("/callback/plans", cast.agent, order_id=order_id, status="scheduled")
        return page["items"][0] if page["items"] else None

    plan = await until(f"a callback plan for {order_id}", look)
    said = {
        "outcome": "answered",
        "is_power_restored": True,
        "satisfaction": "satisfied",
        "service_satisfaction": "satisfied",
        "at_customers_request": True,
        **answers,
    }
    await origin.post(f"/callback/plans/{plan['id']}/attempts", cast.agent, said)


async def travel(origin: Origin, cast: Cast, call: Mapping[str, Any], *, phone: Phone) -> str:
    """Take one order from the call to the archive and return its id."""
    received = await origin.post("/intake/orders", cast.agent, call)
    order_id: str = received["id"]
    task = await phone.task_of(order_id)
    await report_all(phone, task["task_id"], WAY)
    await origin.post(f"/dispatch/tasks/{task['task_id']}/permit", cast.dispatcher, {"checklist": CHECKLIST})
    await report_all(phone, task["task_id"], WORK)
    await order_is(origin, cast, order_id, "replied")
    await origin.post(f"/intake/orders/{order_id}/send", cast.reviewer, {})
    await call_back(origin, cast, order_id)
    await order_is(origin, cast, order_id, "archived")
    return order_id


async def report_all(phone: Phone, task_id: str, kinds: Sequence[str]) -> None:
    """Report steps and expect each to be applied."""
    results = await phone.report(task_id, *kinds)
    assert [r["outcome"] for r in results] == ["applied"] * len(kinds), results


async def clocks_of(origin: Origin, cast: Cast, order_id: str, *, count: int) -> dict[str, str]:
    """Return the verdict of each promise of an order, once `count` of them are judged."""

    async def look() -> dict[str, str] | None:
        try:
            page = await origin.get(f"/sla/orders/{order_id}/clocks", cast.auditor)
        except Refused:
            return None  # sla has not heard of the order yet
        verdicts = {c["promise"]: c["status"] for c in page["items"]}
        return verdicts if len(verdicts) >= count and "open" not in verdicts.values() else None

    verdicts: dict[str, str] = await until(f"{count} verdicts on {order_id}", look)
    return verdicts
