"""Sends all facts in the order of their times: four stages, one for each door, each a chunk behind the one before.

Within a chunk: orders, then assignments, then reports, then observations. A chunk's orders are in while the chunk
before is still being reported, so dispatch has mostly heard of them by the time they are assigned.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.simulation.progress import Progress
from services.simulation.replay.books import BookFile, Books, Page, enter
from services.simulation.replay.mapping import Fact, FactKind
from services.simulation.replay.senders import Senders

CHUNK = 1_000
AHEAD = 1
"""How many chunks wait between two stages."""

TICK = 0.25
"""Seconds between two looks at what is due, when the speed is not max."""

Send = Callable[[Sequence[Fact], Page], Awaitable[None]]


@dataclass(frozen=True)
class Chunk:
    """Some facts, one after another, and the page that their answers go on."""

    facts: Sequence[Fact]
    page: Page


class Pipeline:
    """Four stages with queues between them."""

    def __init__(self, senders: Senders, books: Books, file: BookFile, progress: Progress) -> None:
        self._senders, self._books, self._file, self._progress = senders, books, file, progress

    async def send_all(self, facts: Sequence[Fact], *, speed: float | None) -> None:
        """Send what is not behind us yet; `speed` seconds of the data pass in a real one, None: as fast as it goes."""
        left = facts[self._books.done :]
        ordered: asyncio.Queue[Chunk | None] = asyncio.Queue(AHEAD)
        assigned: asyncio.Queue[Chunk | None] = asyncio.Queue(AHEAD)
        reported: asyncio.Queue[Chunk | None] = asyncio.Queue(AHEAD)
        send = self._senders
        async with asyncio.TaskGroup() as together:
            together.create_task(self._order(left, speed, ordered))
            together.create_task(_pass_on(ordered, assigned, FactKind.ASSIGNMENT, send.send_assignments))
            together.create_task(_pass_on(assigned, reported, FactKind.REPORT, send.send_reports))
            together.create_task(self._finish(reported))

    async def _order(self, facts: Sequence[Fact], speed: float | None, out: asyncio.Queue[Chunk | None]) -> None:
        async for some in due_chunks(facts, speed=speed):
            chunk = Chunk(some, Page(facts=len(some)))
            await self._senders.send_orders(_of(chunk, FactKind.ORDER), chunk.page)
            await out.put(chunk)
        await out.put(None)

    async def _finish(self, waiting: asyncio.Queue[Chunk | None]) -> None:
        while (chunk := await waiting.get()) is not None:
            await self._senders.send_observations(_of(chunk, FactKind.OBSERVATION), chunk.page)
            enter(self._books, chunk.page)
            self._file.append(chunk.page)
            self._progress.move_to(self._books.done, f"{chunk.facts[-1].at:%m-%d %H:%M}")


async def due_chunks(facts: Sequence[Fact], *, speed: float | None) -> AsyncIterator[Sequence[Fact]]:
    """Yield the facts as they become due, at most a chunk at once; all at once when there is no speed."""
    loop = asyncio.get_running_loop()
    started, done = loop.time(), 0
    while done < len(facts):
        until = min(done + CHUNK, len(facts))
        if speed is not None:
            horizon = facts[0].at + timedelta(seconds=(loop.time() - started) * speed)
            until = next((n for n in range(done, until) if facts[n].at > horizon), until)
        if until == done:
            await asyncio.sleep(TICK)
            continue
        yield facts[done:until]
        done = until


async def _pass_on(
    source: asyncio.Queue[Chunk | None], target: asyncio.Queue[Chunk | None], kind: FactKind, send: Send
) -> None:
    while (chunk := await source.get()) is not None:
        await send(_of(chunk, kind), chunk.page)
        await target.put(chunk)
    await target.put(None)


def _of(chunk: Chunk, kind: FactKind) -> list[Fact]:
    return [fact for fact in chunk.facts if fact.kind is kind]
