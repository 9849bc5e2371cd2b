"""Intake by itself: real tables, a clock that the test sets, calls and facts as they come from outside."""

from __future__ import annotations

import base64
import itertools
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select
from standardwebhooks import Webhook

import shared.bus
from services.access import POLICY
from services.intake.app import SERVICE
from services.intake.tables import orders
from shared.auth import Actor, Role
from shared.bus.postgres import PostgresBus
from shared.bus.tables import metadata as bus_metadata
from shared.clock import format_z
from shared.events import Event, Fact, to_message
from shared.events.callback import CallbackCompleted
from shared.host import Runtime
from shared.ids import new_id
from shared.migrate import History
from shared.settings import Settings
from tests.doors import doors_of
from tests.intake.field import field_of, until

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

BUS = History("bus", bus_metadata, Path(shared.bus.__file__).parent / "migrations", has_role=False)
SECRETS = ["whsec_" + base64.b64encode(os.urandom(24)).decode() for _ in range(2)]
"""The platform's secret of today and the one of tomorrow: keys rotate."""

SETTINGS = Settings(token_secret=SecretStr("t" * 32), upstream_secrets=SECRETS, _env_file=None)
_national_numbers = itertools.count(1)


@dataclass
class SetClock:
    """A clock that stands where the test put it."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, duration: timedelta) -> None:
        self.moment += duration


class Office:
    """The service at work, its clock and its callers."""

    def __init__(self, url: str, runtime: Runtime, clock: SetClock, client: httpx.AsyncClient) -> None:
        self.url = url
        self.runtime = runtime
        self.clock = clock
        self.client = client

    async def call(
        self, method: str, path: str, *, role: Role = Role.AGENT, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """Call the service over HTTP as somebody with a role."""
        token = self.runtime.tokens.issue(Actor(f"test-{role}", frozenset({role})), now=self.clock.now())
        headers = {"authorization": f"Bearer {token}", "accept-language": "en", **(headers or {})}
        return await self.client.request(method, f"/intake{path}", headers=headers, **more)

    async def push(
        self,
        path: str,
        body: Any,
        *,
        webhook_id: str | None = None,
        secret: str = SECRETS[0],
        door: str = "/upstream",
        **changed: str,
    ) -> httpx.Response:
        """Call the service as the national platform does, signed; `door="/province"`: as the provincial station does.

        Signatures are judged by the machine's own clock.
        """
        webhook_id = webhook_id or str(new_id())
        text, at = json.dumps(body), datetime.now(UTC)
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, text),
            "content-type": "application/json",
            "accept-language": "en",
            **changed,
        }
        return await self.client.post(f"/intake{door}{path}", content=text, headers=headers)

    async def receive(self, **overrides: Any) -> dict[str, Any]:
        """Receive a local repair order; return the answer."""
        answer = await self.call("POST", "/orders", json=make_body(**overrides))
        assert answer.status_code in {200, 201}, answer.text
        received: dict[str, Any] = answer.json()
        return received

    async def receive_national(self, **overrides: Any) -> dict[str, Any]:
        """Receive an order of the platform; return the answer."""
        answer = await self.push("/orders", make_national(**overrides))
        assert answer.status_code == 201, answer.text
        received: dict[str, Any] = answer.json()
        return received

    async def hear(self, *events: Event) -> None:
        """Let the service take events off the bus, in one batch."""
        at = self.clock.now()
        await self.runtime.inbox.take([to_message(Fact(new_id(), event, at, at)) for event in events])

    async def replied(self, order_id: str, **overrides: Any) -> None:
        """Let a crew do its whole work on an order, reply included."""
        await self.hear(*field_of(UUID(order_id), start=self.clock.now(), **overrides))
        self.clock.moment += timedelta(hours=2)

    async def order(self, order_id: str, *, role: Role = Role.AGENT) -> dict[str, Any]:
        answer = await self.call("GET", f"/orders/{order_id}", role=role)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def press(self, order_id: str, what: str, role: Role = Role.REVIEWER, **body: Any) -> httpx.Response:
        return await self.call("POST", f"/orders/{order_id}/{what}", role=role, json=body)

    async def timeline(self, order_id: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", f"/orders/{order_id}/timeline")
        lines: list[dict[str, Any]] = answer.json()["items"]
        return lines

    async def told(self, order_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Return what the service told about an order: names and bodies, in order."""
        outbox = SERVICE.outbox
        query = select(outbox.c.type, outbox.c.data).where(outbox.c.key == order_id).order_by(outbox.c.position)
        return [(row.type, json.loads(row.data)) for row in await self.rows(query)]

    async def told_names(self, order_id: str) -> list[str]:
        return [name for name, _ in await self.told(order_id)]

    async def facts(self, order_id: str, last: type[Event] | None = None, **overrides: Any) -> list[Event]:
        """Let a crew begin its work on an order now, and tell of it up to `last`; return all that it will tell."""
        events = field_of(UUID(order_id), start=self.clock.now(), **overrides)
        await self.hear(*(until(events, last) if last else events))
        return events

    async def sent(self, *, is_national: bool = False, **overrides: Any) -> dict[str, Any]:
        """Bring a fresh order to the point where its reply was sent; return the answer of its receipt."""
        received = await (self.receive_national if is_national else self.receive)(**overrides)
        await self.replied(received["id"])
        answer = await self.press(received["id"], "send")
        assert answer.status_code == 200, answer.text
        self.clock.moment += timedelta(hours=1)
        return received

    async def called_back(self, order_id: str, *, number: int = 1, **said: Any) -> None:
        """Let the callback desk hear the customer."""
        answer = {"is_power_restored": True, "satisfaction": "satisfied", "service_satisfaction": "satisfied"} | said
        at = self.clock.now()
        event = CallbackCompleted(order_id=order_id, plan_id=new_id(), called_back_at=at, round=number, **answer)
        await self.hear(event)

    async def rows(self, query: Any) -> Sequence[Any]:
        async with self.runtime.database.transaction(now=self.clock.now()) as session:
            return (await session.execute(query)).all()


def make_body(**overrides: Any) -> dict[str, Any]:
    """Make the body of a local repair order; `None` takes a field out."""
    body: dict[str, Any] = {
        "business_type": "fault_repair",
        "channel": "local_hotline",
        "reported_at": format_z(NOW - timedelta(minutes=1)),
        "content": "整个单元停电，楼道有焦味",
        "customer": {"name": "张伟", "phone": "13812345678", "address": "兴安县界首镇大洞村 12 号"},
        "outage_scope": "unit",
        "outage_started_at": format_z(NOW - timedelta(minutes=10)),
        "surroundings": "变压器旁有积水",
    }
    return {name: value for name, value in (body | overrides).items() if value is not None}


def make_national(**overrides: Any) -> dict[str, Any]:
    """Make the body of an order of the platform."""
    number = {"national_order_no": f"20261123{next(_national_numbers):08d}", "channel": "national_platform"}
    return make_body(**(number | overrides))


def fields_of(answer: httpx.Response) -> dict[str, str]:
    """Return the bad fields of a refusal with their codes."""
    return {field["field"]: field["code"] for field in answer.json()["fields"]}


async def count_orders(office: Office, **having: Any) -> int:
    statement = select(func.count()).select_from(orders)
    for name, value in having.items():
        statement = statement.where(orders.c[name] == value)
    return int((await office.rows(statement))[0][0])


async def metric(office: Office, name: str) -> float:
    """Return the sum over all labels of a metric."""
    lines = (await office.client.get("/metrics")).text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{"))


@asynccontextmanager
async def office_on(url: str) -> AsyncIterator[Office]:
    """Yield the service at `NOW` on a database that is migrated."""
    clock = SetClock(NOW)
    bus = PostgresBus(url)
    runtime = Runtime(SERVICE, settings=SETTINGS, policy=POLICY, bus=bus, database_url=url, clock=clock)
    transport = httpx.ASGITransport(doors_of(runtime), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://relight") as client:
            yield Office(url, runtime, clock, client)
    finally:
        await runtime.database.close()
