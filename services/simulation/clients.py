"""How a stranger speaks to Relight: one origin, over HTTP, stubbornly, and never twice with effect.

Every call is repeated until it is answered: with the same Idempotency-Key, the same report ids, the same webhook id.
So a server that is killed at any moment and comes back changes nothing but the time that a call takes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, get_args
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from shared.clock import SystemClock
from shared.settings import ServiceName

PATIENCE = 120.0
"""Seconds that a call is repeated before its caller is told that nobody answers."""

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
ANSWER_WITHIN = 60.0
CONNECTIONS = 120
RENEWALS = 5
"""A quarter of an hour is soon over when the clock runs fast: a token may have run out before it was used."""

SIGN_INS = 4
"""So many sign-ins at once: each costs the system some 50 ms of a core, on purpose."""

BROKEN = 500
TOO_MANY = 429
UNAUTHENTICATED = 401
NOT_FOUND = 404
BAD = 400
WITHOUT_KEY = frozenset({"GET", "PUT"})

_real = SystemClock()


class Refused(Exception):
    """The system understood and said no: `status` 4xx, `code` stable, `problem` the whole answer."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", f"http.{status}"))
        self.problem = problem
        fields = "; ".join(f"{f.get('field')}: {f.get('code')}" for f in problem.get("fields", []))
        super().__init__(f"{status} {self.code} {problem.get('detail', '')} {fields}".strip())


class Silent(Exception):
    """Nobody answered within the patience."""


@dataclass
class SignedIn:
    """Somebody with a token, and how to get the next one: refresh first, sign in again if that is refused.

    One at a time renews; the others wait for it.
    """

    sign_in: str
    body: Mapping[str, Any]
    refresh: str
    access: str = ""
    refresh_token: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, answer: Mapping[str, Any]) -> None:
        """Keep the tokens of a sign-in."""
        self.access = str(answer["access_token"])
        self.refresh_token = str(answer.get("refresh_token") or self.refresh_token)


def staff(login: str, password: str) -> SignedIn:
    """Return a member of staff who has not signed in yet; that happens with the first call."""
    return SignedIn("/dispatch/staff/sign-in", {"login": login, "password": password}, "/dispatch/staff/refresh")


def crew(code: str, device_secret: str) -> SignedIn:
    """Return a crew's phone that has not signed in yet."""
    body = {"crew_code": code, "device_secret": device_secret}
    return SignedIn("/dispatch/mobile/sign-in", body, "/dispatch/mobile/refresh")


def bearer(token: str) -> SignedIn:
    """Return somebody who was handed a token and cannot renew it."""
    return SignedIn("", {}, "", access=token)


class Origin:
    """The system under one address. Use it as a context manager; one for all strangers of a process."""

    def __init__(self, base_url: str, *, patience: float = PATIENCE, transport: httpx.AsyncBaseTransport | None = None):
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        timeout = httpx.Timeout(ANSWER_WITHIN, connect=5.0)
        self._http = httpx.AsyncClient(base_url=base_url, limits=limits, timeout=timeout, transport=transport)
        self._signing_in = asyncio.Semaphore(SIGN_INS)
        self.patience = patience
        self.repeated = 0
        """How many calls had to be made again."""

    async def __aenter__(self) -> Origin:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def sign_in(self, who: SignedIn) -> None:
        """Sign somebody in now instead of with the first call."""
        await self._renew(who, used=who.access)

    async def get(self, path: str, who: SignedIn, **query: Any) -> Any:
        """Return what a page says."""
        return await self.call("GET", path, who, query=query)

    async def post(self, path: str, who: SignedIn, body: Any, *, key: str | None = None) -> Any:
        """Do something once, however often it has to be sent; `key` is its Idempotency-Key, made here when absent."""
        return await self.call("POST", path, who, body=body, key=key)

    async def put(self, path: str, who: SignedIn, body: Any) -> Any:
        """Set something to a value."""
        return await self.call("PUT", path, who, body=body)

    async def call(
        self,
        method: str,
        path: str,
        who: SignedIn,
        *,
        body: Any = None,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the answer's JSON; raises Refused for a refusal and Silent if nobody answers in time."""
        response = await self.fetch(method, path, who, body=body, key=key, query=query)
        return response.json() if response.content else None

    async def fetch(
        self,
        method: str,
        path: str,
        who: SignedIn,
        *,
        body: Any = None,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return the answer itself, below 400; otherwise like `call`."""
        fixed = dict(headers or {})
        if method not in WITHOUT_KEY:
            fixed["idempotency-key"] = key or str(uuid4())
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for _ in range(RENEWALS):
            if not who.access:
                await self._renew(who, used="")
            used = who.access
            sent = {**fixed, "authorization": f"Bearer {used}"}
            response = await self._until_answered(method, path, content=content, headers=sent, query=query)
            if response.status_code != UNAUTHENTICATED or not who.sign_in:
                break
            await self._renew(who, used=used)
        return _accepted(response)

    async def push(self, path: str, webhook: Webhook, body: Any, *, webhook_id: str) -> Any:
        """Send what the platform says, signed; repeated with the same webhook id and a fresh signature."""
        text = json.dumps(body, ensure_ascii=False)

        def sign() -> dict[str, str]:
            now = _real.now()  # signatures are checked against the machine's clock, in demonstrations too
            signature = webhook.sign(webhook_id, now, text)
            stamp = str(int(now.timestamp()))
            return {"webhook-id": webhook_id, "webhook-timestamp": stamp, "webhook-signature": signature}

        response = await self._until_answered("POST", path, content=text.encode(), sign=sign)
        return _accepted(response).json()

    async def finds(self, path: str, who: SignedIn) -> bool:
        """Say whether there is such a page."""
        try:
            await self.get(path, who)
        except Refused as refusal:
            if refusal.status == NOT_FOUND:
                return False
            raise
        return True

    async def is_ready(self) -> bool:
        """Say whether the system, or each service behind its gateway, says that it can work; does not repeat."""
        try:
            whole = await self._http.get("/readyz", timeout=5)
            if whole.status_code != NOT_FOUND:
                return whole.is_success
            each = [await self._http.get(f"/{name}/readyz", timeout=5) for name in get_args(ServiceName)]
            return all(answer.is_success for answer in each)
        except httpx.TransportError:
            return False

    async def _renew(self, who: SignedIn, *, used: str) -> None:
        async with who.turn:
            if who.access != used:
                return  # somebody else did it while we waited
            if who.refresh_token and await self._try_refresh(who):
                return
            async with self._signing_in:
                response = await self._send_open(who.sign_in, who.body)
            who.take(_accepted(response).json())

    async def _try_refresh(self, who: SignedIn) -> bool:
        response = await self._send_open(who.refresh, {"refresh_token": who.refresh_token})
        if response.is_success:
            who.take(response.json())
        return response.is_success

    async def _send_open(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return await self._until_answered("POST", path, content=json.dumps(body).encode())

    async def _until_answered(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        sign: Any = None,
    ) -> httpx.Response:
        pause = FIRST_PAUSE
        give_up_at = asyncio.get_running_loop().time() + self.patience
        while True:
            sent = {"content-type": "application/json", **(headers or {}), **(sign() if sign else {})}
            why = "no answer"
            try:
                response = await self._http.request(method, path, content=content, headers=sent, params=query)
                if response.status_code < BROKEN and response.status_code != TOO_MANY:
                    return response
                why = f"{response.status_code} {response.text[:200]}"
            except httpx.TransportError as error:
                why = repr(error)
            if asyncio.get_running_loop().time() > give_up_at:
                raise Silent(f"{method} {path}: {why}")
            self.repeated += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.status_code < BAD:
        return response
    try:
        said = response.json()
    except ValueError:
        said = {"detail": response.text[:500]}
    raise Refused(response.status_code, said if isinstance(said, dict) else {"detail": str(said)})
