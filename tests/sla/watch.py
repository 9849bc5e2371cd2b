"""Sla by itself: real tables, a clock that the test sets, facts as they come off the bus, answers as they go out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from sqlalchemy import select, text

import shared.bus
from services.access import POLICY
from services.sla.app import SERVICE
from services.sla.handlers.timer import fire_due
from shared.auth import Actor, Role
from shared.bus.postgres import PostgresBus
from shared.bus.tables import metadata as bus_metadata
from shared.events import Fact, to_message
from shared.host import Runtime
from shared.migrate import History
from shared.settings import Settings
from tests.doors import doors_of
from tests.sla.tell import TEN

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


class Watch:
    """The service without its loops: the test hears for it and lets its timer look."""

    def __init__(self, url: str, runtime: Runtime, clock: SetClock, client: httpx.AsyncClient) -> None:
        self.url = url
        self.runtime = runtime
        self.clock = clock
        self.client = client

    async def hear(self, *facts: Fact[Any]) -> None:
        """Let the service take facts off the bus, in one batch."""
        await self.runtime.inbox.take([to_message(fact) for fact in facts])

    async def reasons(self) -> list[str]:
        """List why facts are parked."""
        table = SERVICE.parked
        async with self.runtime.database.reading(now=self.clock.now()) as session:
            return list((await session.execute(select(table.c.reason).where(table.c.tries > 0))).scalars())

    async def retry(self) -> None:
        """Let what is parked be tried again until nothing is; pauses are real time, so give up after ten seconds."""
        async with asyncio.timeout(10):
            while await self.count("parked_events"):
                await self.runtime.inbox.retry_due()
                await asyncio.sleep(0.02)

    async def look(self, now: datetime) -> int:
        """Let the timer look at an instant; return how many promises it spoke of."""
        self.clock.moment = now
        async with self.runtime.database.transaction(now=now) as session:
            return await fire_due(session, now=now)

    async def clocks(self, order_id: UUID) -> dict[str, dict[str, Any]]:
        """Return the clocks of an order by promise; where a promise has several, the one that started last."""
        answer = await self.call("GET", f"/orders/{order_id}/clocks")
        assert answer.status_code == 200, (answer.text, await self.reasons())
        return {clock["promise"]: clock for clock in answer.json()["items"]}

    async def status(self, order_id: UUID) -> dict[str, str]:
        """Return how each promise to an order stands."""
        return {promise: clock["status"] for promise, clock in (await self.clocks(order_id)).items()}

    async def told(self, order_id: UUID) -> list[dict[str, Any]]:
        """List what sla told of an order, in the order of telling, without the beginning of every clock."""
        table = SERVICE.outbox
        wanted = select(table).where(table.c.key == str(order_id)).order_by(table.c.position)
        async with self.runtime.database.reading(now=self.clock.now()) as session:
            rows = (await session.execute(wanted)).all()
        return [{"event": row.type, "occurred_at": row.occurred_at, **json.loads(row.data)} for row in rows]

    async def news(self, order_id: UUID, *, but: str = "promise-kept") -> list[tuple[str, str]]:
        """List (event, promise) of what was told of an order, the kept ones left out."""
        return [(told["event"], told["promise"]) for told in await self.told(order_id) if told["event"] != but]

    async def count(self, table: str) -> int:
        """Count a table's rows."""
        async with self.runtime.database.reading(now=self.clock.now()) as session:
            return int((await session.execute(text(f"SELECT count(*) FROM sla.{table}"))).scalar_one())

    async def indicators(self, first: str, end: str, **query: Any) -> dict[str, Any]:
        """Return the indicators of a period, after making sure that the facts alone give the same."""
        answers = []
        for recompute in ("false", "true"):
            asked = {"from": first, "to": end, "recompute": recompute, **query}
            answer = await self.call("GET", "/indicators", params=asked)
            assert answer.status_code == 200, answer.text
            answers.append(answer.json()["indicators"])
        assert answers[0] == answers[1]
        counted: dict[str, Any] = answers[0]
        return counted

    async def call(self, method: str, path: str, *, role: Role = Role.SUPERVISOR, **more: Any) -> httpx.Response:
        """Call the service over HTTP as somebody with a role."""
        token = self.runtime.tokens.issue(Actor(f"test-{role}", frozenset({role})), now=self.clock.now())
        headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
        return await self.client.request(method, f"/sla{path}", headers=headers, **more)


@asynccontextmanager
async def watch_on(url: str) -> AsyncIterator[Watch]:
    """Put the service on a migrated database, without relay, consumer and schedules."""
    clock = SetClock(TEN)
    runtime = Runtime(SERVICE, settings=SETTINGS, policy=POLICY, bus=PostgresBus(url), database_url=url, clock=clock)

    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(doors_of(runtime)), base_url="http://test"
        ) as client:
            yield Watch(url, runtime, clock, client)
    finally:
        await runtime.database.close()
