"""Our own desks as far as the platform needs them: they handle, reply and send, so that its orders come to their end.

The grid's monitoring sees the light come back, many outages at a time; everything else is pressed order by order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import uuid4

import httpx

from services.simulation.upstream.ledger import BROKEN, Derailed, Ledger
from services.simulation.upstream.texts import PROOF, reply_of
from shared.clock import SystemClock, format_z

AT_ONCE = 200
LOOK_EVERY = 0.25
SENT_WITHIN = 120.0
"""Seconds within which light that is back must be known at the desk, through all services."""

TRIES = 40
CONNECTIONS = 32
GOOD = 400
UNIT = "虚构供电所"

_real = SystemClock()


@dataclass
class _Waiting:
    """An order whose light is to come back, and the answer that its reply was sent."""

    sent: asyncio.Future[dict[str, Any]]
    is_seen: bool = False


class City:
    """The staff of the city's desks, with a token that lets them do everything. Use it as a context manager."""

    def __init__(self, base_url: str, token: str, ledger: Ledger):
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=base_url, limits=limits, timeout=60.0, headers=headers)
        self._ledger = ledger
        self._dark: dict[str, _Waiting] = {}
        self._desk: asyncio.Task[None] | None = None

    async def __aenter__(self) -> City:
        self._desk = asyncio.create_task(self._keep_desk())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._desk:
            self._desk.cancel()
            await asyncio.gather(self._desk, return_exceptions=True)
        await self._http.aclose()

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return what a page says; raises RuntimeError if it is refused."""
        answer = await self._http.get(path, params=query)
        if answer.status_code >= GOOD:
            raise RuntimeError(f"GET {path}: {answer.status_code} {answer.text[:300]}")
        body: dict[str, Any] = answer.json()
        return body

    async def press(
        self, order: Mapping[str, Any], what: str, body: Any = None, *, status: int = 200, expecting: str | None = None
    ) -> dict[str, Any]:
        """Press something on an order; the answer must be good and show the order where it is expected to be."""
        answer = await self._post(f"/intake/orders/{order['id']}/{what}", content=_content(body or {}))
        fields = {"order_status": expecting} if expecting else {}
        return self._ledger.expect(f"desk: {what}", order["order_no"], answer, status, fields=fields)

    async def restore_and_send(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Let the light come back, and the standard statement go up (lifecycles 3.1, rows 20 to 22)."""
        waiting = self._dark[order["id"]] = _Waiting(asyncio.get_running_loop().create_future())
        try:
            return await asyncio.wait_for(waiting.sent, SENT_WITHIN)
        except TimeoutError:
            self._ledger.complain(
                "desk: send", order["order_no"], "light back and reply sent", "not within two minutes"
            )
            raise Derailed("desk: send") from None
        finally:
            self._dark.pop(order["id"], None)

    async def handle(self, order: Mapping[str, Any], business_type: str, round_number: int) -> None:
        """Contact, investigate, and write a reply that nothing stands against; then submit it (lifecycles 3.2)."""
        await self.press(order, "contacts", _contact(), status=201)
        await self.press(order, "investigate", expecting="investigating")
        if business_type in {"complaint", "misconduct_report"} and round_number == 1:
            await self._attach(order)
        await self.reply(order, business_type, round_number)

    async def reply(self, order: Mapping[str, Any], business_type: str, round_number: int) -> None:
        """Write the reply of a round and submit it; the province has it then."""
        now = format_z(_real.now())
        body = reply_of(business_type, round_number) | {"handling_time": now, "answered_at": now}
        await self.press(order, "reply", body, status=201, expecting="reply_drafted")
        await self.press(order, "city-review", expecting="city_reviewed")
        await self.press(order, "submit", expecting="province_review")

    async def state(self, order: Mapping[str, Any]) -> None:
        """Submit a stamped statement (情况说明, requirements 001-035, 001-036)."""
        attachment_id = await self._attach(order, kind="statement")
        body = {
            "claim": "unreasonable",
            "signer_unit": UNIT,
            "has_seal": True,
            "facts": "客户要求赔偿非供电原因造成的损失",
            "basis": "供电营业规则有关条款",
            "attitude": "已多次当面解释，建议取消回访",
            "attachment_id": attachment_id,
        }
        await self.press(order, "statements", body, status=201, expecting="statement_submitted")

    async def _attach(self, order: Mapping[str, Any], *, kind: str = "proof") -> str:
        path = f"/intake/orders/{order['id']}/attachments"
        query = {"kind": kind, "name": f"{kind}.pdf", "is_third_party": "true"}
        content = PROOF + order["order_no"].encode()
        answer = await self._post(path, content=content, params=query, content_type="application/octet-stream")
        return str(self._ledger.expect("desk: attachments", order["order_no"], answer, 201)["id"])

    async def _keep_desk(self) -> None:
        """Watch the grid for all that wait, and send what has light again, in sets."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            waiting = list(self._dark.items())[:AT_ONCE]
            dark = [order_id for order_id, one in waiting if not one.is_seen]
            if dark:
                await self._observe(dark)
            if waiting:
                await self._send([order_id for order_id, _ in waiting])

    async def _observe(self, order_ids: list[str]) -> None:
        """See the light come back; an order that dispatch does not know yet is seen with the next look."""
        now = format_z(_real.now())
        sights = [
            {"observation_id": str(uuid4()), "order_id": order_id, "observed_at": now, "power_restored_at": now}
            for order_id in order_ids
        ]
        answer = await self._post("/dispatch/outages/observations", content=_content({"observations": sights}))
        for order_id, line in zip(order_ids, answer.json().get("results", []), strict=False):
            if order_id in self._dark:
                self._dark[order_id].is_seen = line["outcome"] == "applied"

    async def _send(self, order_ids: list[str]) -> None:
        wanted = {"orders": [{"order_id": order_id} for order_id in order_ids]}
        answer = await self._post("/intake/orders/send/batch", content=_content(wanted))
        for line in answer.json().get("results", []):
            waiting = self._dark.get(order_ids[line["index"]])
            if line.get("order") and waiting and not waiting.sent.done():
                waiting.sent.set_result(line["order"])

    async def _post(
        self,
        path: str,
        *,
        content: bytes,
        params: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> httpx.Response:
        headers = {"idempotency-key": str(uuid4()), "content-type": content_type}
        for number in range(TRIES):
            try:
                answer = await self._http.post(path, content=content, headers=headers, params=params)
            except httpx.TransportError:
                if number == TRIES - 1:
                    raise
            else:
                if answer.status_code < BROKEN or number == TRIES - 1:
                    return answer
            await asyncio.sleep(LOOK_EVERY)
        raise AssertionError("never reached")


def _contact() -> dict[str, Any]:
    return {"person": "服务专责 李工", "is_reached": True, "result": "客户说明经过，要求尽快处理"}


def _content(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
