"""Wakes those who watch a crew's task list, wherever in the cluster it changed: one LISTEN for each process.

The commit that changes a list tells it by NOTIFY. A notification may be lost with its connection, so while that one is
away, and once it is back, watchers look by themselves; as long as it stands they sleep, or a thousand phones on long
polls would ask the database five hundred times a second for nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import asyncpg
import structlog

from services.dispatch.repository.now import NEWS
from shared.db import LOST

if TYPE_CHECKING:
    from shared.host import Runtime

log = structlog.get_logger()

LOOK_AGAIN_AFTER = 2.0
"""Seconds after which a watcher looks by itself while nobody listens: the answer to a lost connection."""

LOOK_ANYWAY_AFTER = 30.0
"""Seconds after which a watcher looks in any case: the answer to a connection that died without a word."""

CONNECT_AGAIN_AFTER = 0.5


class News:
    """The watchers of one process, and the connection that listens while there are any."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self._hears = False
        self._read: dict[str, tuple[str, float]] = {}
        """The tag with which a crew's list was read last, and when, as long as no news of it came."""

    @contextlib.contextmanager
    def watch(self, crew_code: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever the crew's list may have changed."""
        event = asyncio.Event()
        self._watchers[crew_code].add(event)
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen(), name="dispatch news")
        try:
            yield event
        finally:
            self._watchers[crew_code].discard(event)
            if not self._watchers[crew_code]:
                del self._watchers[crew_code]

    async def wait(self, event: asyncio.Event, *, seconds: float) -> bool:
        """Wait for news, for `seconds` at most, or until the process stops; return False when it stops."""
        stopping = self._runtime.stopping
        longest = LOOK_ANYWAY_AFTER if self._hears else LOOK_AGAIN_AFTER
        waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(stopping.wait())]
        try:
            await asyncio.wait(waits, timeout=min(seconds, longest), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()
        event.clear()
        return not stopping.is_set()

    def note_read(self, crew_code: str, tag: str, changed: asyncio.Event) -> None:
        """Remember what a watcher read, unless news came meanwhile or nobody listens for it."""
        if self._hears and not changed.is_set():
            self._read[crew_code] = tag, _now()

    def is_unchanged(self, crew_code: str, tag: str | None) -> bool:
        """Say whether the list that was read with this tag is certainly the same: nobody has to read it again."""
        known, read_at = self._read.get(crew_code, ("", 0.0))
        return known == tag and _now() - read_at < LOOK_ANYWAY_AFTER

    async def _listen(self) -> None:
        """Listen until the process stops; a connection that breaks is made anew."""
        stopping = self._runtime.stopping
        while not stopping.is_set():
            try:
                connection = await asyncpg.connect(self._runtime.database.url, timeout=5)
                try:
                    await connection.add_listener(NEWS, self._wake)
                    self._hears = True
                    self._wake_all()
                    await self._until_broken(connection)
                finally:
                    self._hears = False
                    connection.terminate()
                    self._wake_all()  # whoever sleeps soundly shall look, and look again soon
            except (OSError, *LOST, TimeoutError) as error:
                log.info("dispatch.news_interrupted", error=str(error))
                await asyncio.sleep(CONNECT_AGAIN_AFTER)

    async def _until_broken(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        while not self._runtime.stopping.is_set() and not connection.is_closed():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_AFTER):
                    await self._runtime.stopping.wait()

    def _wake(self, _: Any, __: int, ___: str, payload: object) -> None:
        for code in str(payload).split("\n"):
            self._read.pop(code, None)
            for event in self._watchers.get(code, ()):
                event.set()

    def _wake_all(self) -> None:
        self._read.clear()
        for events in self._watchers.values():
            for event in events:
                event.set()


def _now() -> float:
    return asyncio.get_running_loop().time()


_NEWS: WeakKeyDictionary[Runtime, News] = WeakKeyDictionary()


def news_of(runtime: Runtime) -> News:
    """Return the process's news for a running service."""
    if runtime not in _NEWS:
        _NEWS[runtime] = News(runtime)
    return _NEWS[runtime]
