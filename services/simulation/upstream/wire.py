"""Signed calls as the platform and the province make them, and forged ones (Standard Webhooks)."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Any

import httpx
from standardwebhooks import Webhook

from services.simulation.upstream.ledger import BROKEN, Ledger
from shared.clock import SystemClock
from shared.ids import new_id

CONNECTIONS = 64
ANSWER_WITHIN = 60.0
TRIES = 40
PAUSE = 0.25

STALE = timedelta(minutes=6)
"""The replay window is five minutes."""

_real = SystemClock()


class Forgery(StrEnum):
    """A way not to be the platform. None of them may leave a trace."""

    OTHER_KEY = "other_key"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"
    OTHER_BODY = "other_body"
    OTHER_ID = "other_id"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Sending:
    """One call as it goes over the wire; the same again has the same `webhook_id` and a fresh signature."""

    call: str
    path: str
    body: Any
    webhook_id: str


class Wire:
    """The way to the system for those who sign. Use it as a context manager.

    With two secrets, keys rotate: the first is good in the beginning, then either, in the end the last.
    """

    def __init__(self, base_url: str, keys: Sequence[str], ledger: Ledger, dice: Random):
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        timeout = httpx.Timeout(ANSWER_WITHIN, connect=5.0)
        self._http = httpx.AsyncClient(base_url=base_url, limits=limits, timeout=timeout)
        self._webhooks = [Webhook(key) for key in keys]
        self._stranger = Webhook("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
        self._ledger = ledger
        self._dice = dice
        self.progress = 0.0
        """How far the simulation is, 0 to 1: which keys are in use."""
        self.repeated = 0

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    def make(self, call: str, path: str, body: Any) -> Sending:
        """Make a call ready, under a webhook-id of its own."""
        return Sending(call, f"/intake{path}", body, f"sim-{new_id()}")

    async def send(self, sending: Sending) -> httpx.Response:
        """Send it, well signed, and again until something answers; a 5xx is a mismatch and is sent again, too."""
        content = _content(sending.body)
        for number in range(TRIES):
            headers = self._sign(self._webhook(), sending.webhook_id, content)
            try:
                answer = await self._post(sending, content, headers)
            except httpx.TransportError as error:
                if number == TRIES - 1:
                    raise
                self.repeated += 1
                await asyncio.sleep(PAUSE if not isinstance(error, httpx.ReadTimeout) else 0)
                continue
            if answer.status_code < BROKEN or number == TRIES - 1:
                return answer
            self._ledger.complain(sending.call, sending.path, "no 5xx", answer.text[:200])
            await asyncio.sleep(PAUSE)
        raise AssertionError("never reached")

    async def forge(self, sending: Sending, how: Forgery) -> httpx.Response:
        """Send it badly signed."""
        content, webhook = _content(sending.body), self._webhook()
        match how:
            case Forgery.OTHER_KEY:
                headers = self._sign(self._stranger, sending.webhook_id, content)
            case Forgery.STALE:
                headers = self._sign(webhook, sending.webhook_id, content, off=-STALE)
            case Forgery.FROM_THE_FUTURE:
                headers = self._sign(webhook, sending.webhook_id, content, off=STALE)
            case Forgery.OTHER_BODY:
                headers = self._sign(webhook, sending.webhook_id, content + b" ")
            case Forgery.OTHER_ID:
                headers = self._sign(webhook, "sim-other", content) | {"webhook-id": sending.webhook_id}
            case Forgery.UNSIGNED:
                headers = {"content-type": "application/json", "webhook-id": sending.webhook_id}
        return await self._post(sending, content, headers)

    async def _post(self, sending: Sending, content: bytes, headers: dict[str, str]) -> httpx.Response:
        answer = await self._http.post(sending.path, content=content, headers=headers)
        self._ledger.note(sending.call, answer.status_code)
        return answer

    def _webhook(self) -> Webhook:
        first, *others = self._webhooks
        if not others or self.progress < 1 / 3:
            return first
        return self._dice.choice(self._webhooks) if self.progress < 2 / 3 else others[-1]

    def _sign(
        self, webhook: Webhook, webhook_id: str, content: bytes, *, off: timedelta = timedelta(0)
    ) -> dict[str, str]:
        at = _real.now() + off  # signatures are judged by the machine's clock, in demonstrations too
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": webhook.sign(webhook_id, at, content.decode()),
        }


def _content(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
