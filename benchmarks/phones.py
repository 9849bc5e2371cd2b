"""Crews' phones as the measurements see them: a long poll each, and when a task first showed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from benchmarks.servers import checked
from benchmarks.wire import Connection, connect, make_request

LONGEST_WAIT = 25
"""Seconds that the server may keep a poll open (interfaces, section 2)."""


class Phone:
    """One crew's phone on one connection that stays open."""

    def __init__(self, connection: Connection, token: str) -> None:
        self._connection = connection
        self._token = token
        self._etag = ""

    async def look(self) -> tuple[list[dict[str, Any]], float]:
        """Return the crew's open tasks, and when the answer was here (`perf_counter`); waits for news if it can."""
        path = f"/dispatch/mobile/tasks?wait={LONGEST_WAIT}" if self._etag else "/dispatch/mobile/tasks"
        headers = {"if-none-match": self._etag} if self._etag else {}
        answer = await self._connection.ask(make_request("GET", path, token=self._token, headers=headers))
        seen_at = perf_counter()
        if answer.status == 304:
            return [], seen_at
        checked(answer, path)
        self._etag = answer.header("etag")
        body = answer.json()
        return body["tasks"] if "tasks" in body else body["items"], seen_at

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@asynccontextmanager
async def phone(port: int, token: str) -> AsyncIterator[Phone]:
    """Lend a phone that has not looked yet."""
    held = Phone(await connect(port), token)
    try:
        yield held
    finally:
        held.close()
