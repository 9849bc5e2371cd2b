"""Calls an application as a server does, and listens only until it is clear what it answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from fastapi import FastAPI
from starlette.types import Message, Scope

BODY = b"{}"
LONGEST = 10.0
"""Seconds until an answer must have begun."""


@dataclass
class Heard:
    """What an application answered: its status, and its problem code if it refused."""

    status: int = 0
    body: bytes = b""
    is_done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"]) if self.status in (401, 403) else ""

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


async def call(app: FastAPI, method: str, path: str, headers: dict[str, str]) -> Heard:
    """Call a route and listen until its status is known; a stream is left as soon as it begins."""
    heard = Heard()
    sent = {"content-type": "application/json", "content-length": str(len(BODY)), **headers}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("relight.test", 80),
        "state": {},
    }
    unread: asyncio.Queue[Message] = asyncio.Queue()
    unread.put_nowait({"type": "http.request", "body": BODY, "more_body": False})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            heard.status = message["status"]
        else:
            heard.body += message.get("body", b"")
        if heard.status not in (0, 401, 403) or (heard.body and not message.get("more_body")):
            heard.is_done.set()

    answering = asyncio.create_task(app(scope, unread.get, send))
    listening = asyncio.create_task(heard.is_done.wait())
    await asyncio.wait({answering, listening}, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
    for task in (answering, listening):
        task.cancel()
    with suppress(Exception, asyncio.CancelledError):
        await answering  # what broke has been answered with 500, which the tests look at
    assert heard.status, f"{method} {path} did not answer within {LONGEST} s"
    return heard
