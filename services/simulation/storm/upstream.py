"""The national 95598 platform: sends orders, calls customers back itself, and returns a few per cent of what it hears.

It speaks as Standard Webhooks, like the real one. Instead of waiting for our deliveries it looks at which of its orders
were sent up, so that it needs no door of its own.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

from standardwebhooks import Webhook

from services.simulation.storm.callers import call_key, order_of
from services.simulation.storm.desk import PAGE, keep_looking, said
from services.simulation.storm.stage import Stage
from services.simulation.storm.weather import Call
from shared.clock import SHANGHAI, format_z

RETURNS = 0.04
STILL_DARK = 0.02
RETURNS_WHEN_CROSS = 0.6
"""A dissatisfied customer's order comes back so often (requirements 001-018, 001-019)."""


class Platform:
    """The platform of one evening: its numbers and its memory."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.webhook = Webhook(stage.people.upstream_secret)
        self.dice: Random = stage.dice("platform")
        self.returned: set[str] = set()

    async def send_orders(self, calls: list[Call]) -> None:
        """Send every call of the national number at its minute."""
        async with asyncio.TaskGroup() as together:
            for call in calls:
                if call.is_national:
                    together.create_task(self._send(call))

    async def _send(self, call: Call) -> None:
        stage = self.stage
        await stage.wait_until(stage.at(call.minute))
        number = national_order_no(stage, call)
        body = {"national_order_no": number, "channel": "national_platform", **order_of(stage, call)}

        async def push() -> None:
            answer = await self._push("/intake/upstream/orders", body, webhook_id=f"order-{call_key(stage, call)}")
            stage.journal.note(answer["id"])

        await stage.try_to("national order", push())

    async def call_back(self) -> None:
        """Call customers of its own orders back as soon as they were sent up; return a few."""

        async def look() -> None:
            page = await self.stage.origin.get(
                "/intake/orders", self.stage.people.supervisor, status="sent", channel="national_platform", limit=PAGE
            )
            for order in page["items"]:
                await self._hear(order)

        await keep_looking(self.stage, "look at national orders", look)

    async def _hear(self, order: dict[str, Any]) -> None:
        """Return the order, or ring its customer; whoever is dissatisfied often has it returned then."""
        number = order["national_order_no"]
        may_return = number not in self.returned
        if may_return and self.dice.random() < RETURNS:
            await self._return(number, "not_fully_solved", "客户反映问题未得到完全解决")
            return
        answers = said(self.dice)
        body = {
            "called_back_at": format_z(self.stage.clock.now()),
            "power_restored_confirmed": self.dice.random() >= STILL_DARK,
            "satisfaction": answers["satisfaction"],
        }
        body |= {"opinion": answers["opinion"]} if "opinion" in answers else {}
        is_heard = await self.stage.try_to("national callback", self._tell(number, "callbacks", body))
        is_cross = answers["satisfaction"] == "dissatisfied" and body["power_restored_confirmed"]
        if is_heard and is_cross and may_return and self.dice.random() < RETURNS_WHEN_CROSS:
            await self._return(number, "customer_dissatisfied", "客户对处理结果不认可")

    async def _return(self, number: str, code: str, reason: str) -> None:
        body = {"reason_code": code, "reason": reason, "returned_at": format_z(self.stage.clock.now())}
        if await self.stage.try_to("national return", self._tell(number, "returns", body)):
            self.returned.add(number)

    async def _tell(self, number: str, what: str, body: dict[str, Any]) -> None:
        at = body.get("called_back_at") or body["returned_at"]
        await self._push(f"/intake/upstream/orders/{number}/{what}", body, webhook_id=f"{what}-{number}-{at}")

    async def _push(self, path: str, body: Any, *, webhook_id: str) -> Any:
        return await self.stage.origin.push(path, self.webhook, body, webhook_id=webhook_id)


def national_order_no(stage: Stage, call: Call) -> str:
    """Return the platform's 16 digits: the day, then a number that differs between evenings."""
    day = stage.started_at.astimezone(SHANGHAI)
    evening = int(stage.started_at.timestamp()) % 10_000
    return f"{day:%Y%m%d}{evening:04d}{call.number:04d}"
