"""Two ways to press: closed (each connection asks again once answered) and open (a fixed rate, whatever comes back)."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.wire import Connection, connect

GOOD = 400


@dataclass
class Pressed:
    """What came of it: latencies of good answers in seconds, how often each status came, how long it took."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    first_refusal: str = ""

    @property
    def good(self) -> int:
        """How many answers were good."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.seconds if self.seconds else 0.0

    def note(self, status: int, latency: float, body: bytes) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        if status < GOOD:
            self.latencies.append(latency)
        elif not self.first_refusal:
            self.first_refusal = body[:500].decode(errors="replace")

    def must_be_good(self) -> None:
        """Raise if anything was refused: a figure of refusals is no figure."""
        if len(self.latencies) != self.statuses.total():
            raise RuntimeError(f"refused: {dict(self.statuses)} {self.first_refusal}")


async def press_closed(port: int, requests: Iterable[bytes], *, connections: int, seconds: float) -> Pressed:
    """Ask on so many connections, each again once answered, until the time or the requests are over."""
    source, result = iter(requests), Pressed()
    opened = [await connect(port) for _ in range(connections)]
    started = perf_counter()
    until = started + seconds
    await asyncio.gather(*(_ask_again(connection, source, until, result) for connection in opened))
    result.seconds = perf_counter() - started
    for connection in opened:
        connection.close()
    return result


async def _ask_again(connection: Connection, source: Iterator[bytes], until: float, result: Pressed) -> None:
    for request in source:
        sent = perf_counter()
        if sent >= until:
            return
        answer = await connection.ask(request)
        result.note(answer.status, perf_counter() - sent, answer.body)


async def press_open(
    port: int, requests: Iterable[bytes], *, rate: float, seconds: float, connections: int = 64
) -> Pressed:
    """Send `rate` requests a second whatever comes back; a latency counts from when the request was due.

    So a server that stalls pays for everybody who had to wait (no coordinated omission), also for want of a connection.
    """
    count, source, result = int(rate * seconds), iter(requests), Pressed()
    opened = [await connect(port) for _ in range(connections)]
    numbers = itertools.count()
    started = perf_counter()

    async def keep_time(connection: Connection) -> None:
        while (number := next(numbers)) < count and (request := next(source, None)) is not None:
            due = started + number / rate
            await asyncio.sleep(max(due - perf_counter(), 0))
            answer = await connection.ask(request)
            result.note(answer.status, perf_counter() - due, answer.body)

    await asyncio.gather(*(keep_time(connection) for connection in opened))
    result.seconds = perf_counter() - started
    for connection in opened:
        connection.close()
    return result
