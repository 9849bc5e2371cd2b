"""Callback by itself: real tables, a clock that the test sets, facts and calls as they come from outside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from sqlalchemy import select

import shared.bus
from services.access import POLICY
from services.callback.app import SERVICE
from shared.auth import Actor, Role
from shared.bus.postgres import PostgresBus
from shared.bus.tables import metadata as bus_metadata
from shared.events import Event, Fact, to_message
from shared.events.intake import Caller, OrderSent
from shared.host import Runtime, Schedule
from shared.ids import new_id
from shared.migrate import History
from shared.settings import Settings
from tests.doors import doors_of

SENT_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

CALLER = Caller(name="张伟", phone="13812345678", address="兴安县界首镇大洞村 12 号", customer_no="0400123")
BUS = History("bus", bus_metadata, Path(shared.bus.__file__).parent / "migrations", has_role=False)
SETTINGS = Settings(token_secret=SecretStr("t" * 32), _env_file=None)


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


class Desk:
    """The service at work, its clock and its callers."""

    def __init__(self, url: str, runtime: Runtime, clock: SetClock, client: httpx.AsyncClient) -> None:
        self.url = url
        self.runtime = runtime
        self.clock = clock
        self.client = client

    async def hear(self, *events: Event, at: datetime = SENT_AT) -> None:
        """Let the service take events off the bus, in one batch."""
        await self.runtime.inbox.take([to_message(Fact(new_id(), event, at, at)) for event in events])

    async def order_sent(self, order_id: UUID | None = None, **overrides: Any) -> UUID:
        """Let one order be sent; return its id."""
        order_id = order_id or new_id()
        await self.hear(make_sent(order_id, **overrides))
        return order_id

    async def call(
        self, method: str, path: str, *, role: Role = Role.AGENT, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Call the service over HTTP as somebody with a role."""
        token = self.runtime.tokens.issue(Actor(f"test-{role}", frozenset({role})), now=self.clock.now())
        headers = {"authorization": f"Bearer {token}", "accept-language": "en", **(headers or {})}
        return await self.client.request(method, f"/callback{path}", headers=headers, **more)

    async def plan_of(self, order_id: UUID, *, role: Role = Role.AGENT) -> dict[str, Any]:
        """Return the newest plan of an order as a list shows it."""
        answer = await self.call("GET", f"/plans?order_id={order_id}&limit=200", role=role)
        items: list[dict[str, Any]] = answer.json()["items"]
        return items[-1]

    async def attempt(self, order_id: UUID, **entered: Any) -> httpx.Response:
        """Enter a call for the order's plan."""
        plan = await self.plan_of(order_id)
        return await self.call("POST", f"/plans/{plan['id']}/attempts", json=entered)

    async def run_clock_door(self) -> int:
        """Let the service do once what the clock starts; return how much it did."""
        (schedule,) = (one for one in SERVICE.schedules if isinstance(one, Schedule))
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return await schedule.work(session, now=self.clock.now())

    async def told(self, order_id: UUID) -> list[tuple[str, dict[str, Any]]]:
        """Return what the service told about an order: names and bodies, in order."""
        outbox = SERVICE.outbox
        query = select(outbox.c.type, outbox.c.data).where(outbox.c.key == str(order_id)).order_by(outbox.c.position)
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return [(row.type, json.loads(row.data)) for row in await session.execute(query)]

    async def rows(self, query: Any) -> Sequence[Any]:
        """Return what a query finds in the service's tables."""
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return (await session.execute(query)).all()


def make_sent(order_id: UUID, **overrides: Any) -> OrderSent:
    """Make the event that a local repair order was sent to the callback desk."""
    told: dict[str, Any] = {
        "order_id": order_id,
        "sent_at": SENT_AT,
        "is_national": False,
        "caller": CALLER,
        "order_no": "2026112300000001",
    }
    return OrderSent(**(told | overrides))


def answered(**overrides: Any) -> dict[str, Any]:
    """Make the body of a call that was answered by a satisfied customer with power."""
    body: dict[str, Any] = {
        "outcome": "answered",
        "is_power_restored": True,
        "satisfaction": "satisfied",
        "service_satisfaction": "satisfied",
    }
    return {key: value for key, value in (body | overrides).items() if value is not None}


@asynccontextmanager
async def desk_on(url: str) -> AsyncIterator[Desk]:
    """Yield the service on a migrated database, an hour after `SENT_AT`."""
    clock = SetClock(SENT_AT + timedelta(hours=1))
    bus = PostgresBus(url)
    runtime = Runtime(SERVICE, settings=SETTINGS, policy=POLICY, bus=bus, database_url=url, clock=clock)
    transport = httpx.ASGITransport(doors_of(runtime), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://relight") as client:
            yield Desk(url, runtime, clock, client)
    finally:
        await runtime.database.close()
