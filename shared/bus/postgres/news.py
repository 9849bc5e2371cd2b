"""Waking readers at once: one connection per bus listens, and tells every subscriber what concerns it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import structlog

from shared.backoff import Backoff
from shared.bus.postgres.connection import TROUBLES, connect, hang_up

log = structlog.get_logger()

PAUSES = Backoff(first=timedelta(milliseconds=200), longest=timedelta(seconds=10))


class News:
    """One subscriber's ear: rings for its topics and for changes in its group."""

    def __init__(self, group: str, topics: Sequence[str]) -> None:
        self.group = group
        self.topics = frozenset(topics)
        self._bell = asyncio.Event()
        self._has_group_changed = True

    def ring(self, *, has_group_changed: bool = False) -> None:
        """Wake the subscriber."""
        self._has_group_changed |= has_group_changed
        self._bell.set()

    def clear(self) -> None:
        """Forget the rings so far; call it before looking, so that none in between is missed."""
        self._bell.clear()

    def take_group_change(self) -> bool:
        """Say, once, whether members came or went."""
        changed, self._has_group_changed = self._has_group_changed, False
        return changed

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            pass


class Listener:
    """The bus's one listening connection, reopened for ever; while it is away the subscribers' polls bridge the gap."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ears: set[News] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen in the background until `stop`."""
        self._task = asyncio.create_task(self._listen_for_ever(), name="bus listener")

    async def stop(self) -> None:
        """Stop listening, in bounded time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def add(self, news: News) -> None:
        """Let a subscriber hear."""
        self._ears.add(news)

    def remove(self, news: News) -> None:
        """Let a subscriber go."""
        self._ears.discard(news)

    async def _listen_for_ever(self) -> None:
        attempt = 0
        while True:
            try:
                await self._listen()
                attempt = 0
            except (OSError, asyncpg.PostgresError, *TROUBLES) as trouble:
                attempt += 1
                log.warning("bus.listener_lost", reason=repr(trouble), attempt=attempt)
            await asyncio.sleep(PAUSES.pause(max(attempt, 1)).total_seconds())

    async def _listen(self) -> None:
        connection = await connect(self._url)
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener("relight_bus", self._on_message)
            await connection.add_listener("relight_bus_group", self._on_group_change)
            self._ring_all()  # for what was said while we were deaf
            await lost.wait()
        finally:
            await hang_up(connection)

    def _ring_all(self) -> None:
        for ear in self._ears:
            ear.ring(has_group_changed=True)

    def _on_message(self, _connection: object, _pid: int, _channel: str, topic: object) -> None:
        for ear in self._ears:
            if topic in ear.topics:
                ear.ring()

    def _on_group_change(self, _connection: object, _pid: int, _channel: str, group: object) -> None:
        for ear in self._ears:
            if group == ear.group:
                ear.ring(has_group_changed=True)
