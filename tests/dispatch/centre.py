"""Dispatch by itself: real tables, a clock that the test sets, a county for each test, crews with phones."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr
from sqlalchemy import select

import shared.bus
from services.access import POLICY
from services.dispatch.app import SERVICE
from shared.auth import Actor, Role
from shared.bus.postgres import PostgresBus
from shared.bus.tables import metadata as bus_metadata
from shared.events import Event, Fact, to_message
from shared.events.intake import Caller, OrderAccepted, OrderCreated
from shared.glossary import AreaType, BusinessType, Channel, OutageScope
from shared.host import Runtime
from shared.ids import new_id
from shared.migrate import History, migrate
from shared.settings import Settings
from tests.doors import doors_of

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

BUS = History("bus", bus_metadata, Path(shared.bus.__file__).parent / "migrations", has_role=False)

SAFE = {
    "isolated": True,
    "voltage_tested": True,
    "earthed": True,
    "signs_and_barriers": True,
    "supervisor_named": True,
}

REPLY = {"process": "更换熔丝", "result": "已恢复送电", "customer_opinion": "满意", "cause": "熔丝烧断"}

COURSE: list[tuple[str, dict[str, Any]]] = [
    ("accepted", {}),
    ("departed", {}),
    ("arrived", {}),
    ("surveyed", {"first_report": "低压线路断线一处"}),
    ("permit_requested", {}),
    ("work_permit", {}),
    ("work_started", {}),
    ("repaired", {}),
    ("ready_to_energise", {}),
    ("restored", {}),
    ("replied", REPLY),
]
"""The ordinary course of a task; `work_permit` is the desk's."""


@dataclass
class SetClock:
    """A clock that stands where the test put it."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment."""
        return self.moment

    async def sleep(self, duration: timedelta) -> None:
        """Let the time pass at once."""
        self.moment += duration


class Centre:
    """The service at work, its clock and its callers."""

    def __init__(self, url: str, runtime: Runtime, clock: SetClock, client: httpx.AsyncClient) -> None:
        self.url = url
        self.runtime = runtime
        self.clock = clock
        self.client = client

    async def hear(self, *events: Event, at: datetime | None = None) -> None:
        """Let the service take events off the bus, in one batch."""
        at = at or self.clock.now()
        await self.runtime.inbox.take([to_message(Fact(new_id(), event, at, at)) for event in events])

    async def call(
        self,
        method: str,
        path: str,
        *,
        role: Role = Role.DISPATCHER,
        crew: str = "",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Call the service over HTTP as somebody with a role, or as a crew."""
        actor = Actor(crew, frozenset({Role.CREW})) if crew else Actor(f"test-{role}", frozenset({role}))
        token = self.runtime.tokens.issue(actor, now=self.clock.now())
        headers = {"authorization": f"Bearer {token}", "accept-language": "en", **(headers or {})}
        return await self.client.request(method, f"/dispatch{path}", headers=headers, **more)

    async def told(self, order_id: UUID) -> list[tuple[str, dict[str, Any]]]:
        """Return what the service told about an order: names and bodies, in order."""
        outbox = SERVICE.outbox
        query = select(outbox.c.type, outbox.c.data).where(outbox.c.key == str(order_id)).order_by(outbox.c.position)
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return [(row.type, json.loads(row.data)) for row in await session.execute(query)]

    async def names_told(self, order_id: UUID) -> list[str]:
        """Return the names of what the service told about an order, in order."""
        return [name for name, _ in await self.told(order_id)]

    async def rows(self, query: Any) -> Sequence[Any]:
        """Return what a query finds in the service's tables."""
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return (await session.execute(query)).all()

    async def list_of(self, crew: str) -> list[dict[str, Any]]:
        """Return the open tasks of a crew as its phone shows them."""
        answer = await self.call("GET", "/mobile/tasks", crew=crew)
        tasks: list[dict[str, Any]] = answer.json()["tasks"]
        return tasks

    async def report(self, crew: str, *reports: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """Send reports of a crew and return what each was answered."""
        answer = await self.call("POST", "/mobile/reports", crew=crew, json={"reports": list(reports)}, **more)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def make_report(self, task_id: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Make one report of now."""
        base = {
            "report_id": str(uuid4()),
            "task_id": task_id,
            "kind": kind,
            "occurred_at": self.clock.now().isoformat(),
        }
        return base | fields

    async def go(self, crew: str, task_id: str, *, until: str, minutes: int = 1, after: str = "") -> None:
        """Let a task take its ordinary course up to and with a step, a minute between any two."""
        kinds = [kind for kind, _ in COURSE]
        start = kinds.index(after) + 1 if after else 0
        for kind, fields in COURSE[start : kinds.index(until) + 1]:
            self.clock.moment += timedelta(minutes=minutes)
            if kind == "work_permit":
                answer = await self.call("POST", f"/tasks/{task_id}/permit", json={"checklist": SAFE})
                assert answer.status_code == 200, answer.text
                continue
            (result,) = await self.report(crew, self.make_report(task_id, kind, **fields))
            assert result["outcome"] == "applied", result

    async def county(self, **crews: Any) -> County:
        """Make a county of one station for this test alone, with the crews that are named."""
        county = County(self, uuid4().hex[:8])
        await county.add_station("home")
        for name, more in crews.items():
            await county.add_crew(name, **more)
        return county


@dataclass
class County:
    """Stations, crews and grid under a prefix of their own; `home` is at 116.0, 40.0."""

    centre: Centre
    prefix: str
    stations: list[str] = field(default_factory=list)

    def code(self, name: str) -> str:
        """Return the full code of something here."""
        return f"{self.prefix}-{name}"

    async def add_station(
        self, name: str, *, lon: float = 116.0, lat: float = 40.0, neighbours: Sequence[str] = ()
    ) -> None:
        """Add a station."""
        row = {"code": self.code(name), "name": f"{name}供电所", "lon": lon, "lat": lat, "area_type": "rural"}
        await self.put("/organisation", stations=[{**row, "neighbours": [self.code(n) for n in neighbours]}])

    async def add_crew(self, name: str, *, tier: str = "station_crew", station: str = "home", **more: Any) -> str:
        """Add a crew and return its code."""
        row = {"code": self.code(name), "name": name, "tier": tier, "station_code": self.code(station), **more}
        await self.put("/organisation", crews=[row])
        return self.code(name)

    async def add_areas(self, *names: str, feeder: str = "f1") -> None:
        """Add a feeder of the home station with transformer areas."""
        home = self.code("home")
        feeders = [{"code": self.code(feeder), "name": feeder, "station_code": home}]
        areas = [
            {
                "code": self.code(name),
                "feeder_code": self.code(feeder),
                "station_code": home,
                "area_type": "rural",
                "lon": 116.0,
                "lat": 40.0,
            }
            for name in names
        ]
        await self.put("/grid", feeders=feeders, transformer_areas=areas)

    async def put(self, path: str, **rows: Any) -> None:
        """Write rows."""
        answer = await self.centre.call("PUT", path, role=Role.OPS, json=rows)
        assert answer.status_code == 200, answer.text

    def make_order(self, **overrides: Any) -> OrderCreated:
        """Make a repair order at the home station: half an estate without light, a 班 goes."""
        now = self.centre.clock.now()
        order_id = overrides.pop("order_id", None) or new_id()
        caller = {
            "name": "张伟",
            "phone": "13812345678",
            "address": "兴安县界首镇大洞村 12 号",
            "lon": 116.0,
            "lat": 40.0,
        }
        caller |= overrides.pop("caller", {})
        values: dict[str, Any] = {
            "order_id": order_id,
            "order_no": f"2026{order_id.hex[:12]}",
            "business_type": BusinessType.FAULT_REPAIR,
            "channel": Channel.LOCAL_HOTLINE,
            "reported_at": now,
            "received_at": now,
            "content": "全村没电",
            "caller": Caller(**caller),
            "area_type": AreaType.RURAL,
            "outage_scope": OutageScope.ESTATE,
            "station_code": self.code("home"),
        }
        for name in ("transformer_area", "feeder"):
            if overrides.get(name):
                overrides[name] = self.code(overrides[name])
        return OrderCreated(**(values | overrides))

    async def order(self, **overrides: Any) -> UUID:
        """Let an order be received and accepted; return its id."""
        created = self.make_order(**overrides)
        await self.centre.hear(created, make_accepted(created))
        return created.order_id

    async def task_of(self, name: str) -> dict[str, Any]:
        """Return the one open task of a crew."""
        (task,) = await self.centre.list_of(self.code(name))
        return task


def make_accepted(created: OrderCreated) -> OrderAccepted:
    """Make the event that an order was accepted as soon as it was received."""
    return OrderAccepted(order_id=created.order_id, accepted_at=created.received_at, by="system")


@asynccontextmanager
async def centre_on(url: str, data_folder: Path) -> AsyncIterator[Centre]:
    """Yield the service on a fresh database."""
    await migrate(url, [BUS, SERVICE.history])
    clock = SetClock(TEN)
    settings = Settings(token_secret=SecretStr("t" * 32), data_folder=data_folder, _env_file=None)
    runtime = Runtime(SERVICE, settings=settings, policy=POLICY, bus=PostgresBus(url), database_url=url, clock=clock)
    transport = httpx.ASGITransport(doors_of(runtime), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://relight") as client:
            yield Centre(url, runtime, clock, client)
    finally:
        runtime.stopping.set()
        await runtime.database.close()
