"""What the whole system holds at rest, without PostgreSQL: in one process, and in one process each."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from benchmarks.figures import Figure, Row, at_most
from benchmarks.grounds import SERVICES, Ground

NAME = "memory"
COMMAND = "make bench ARGS=memory"
MIB = 1024 * 1024
LIMIT = 400


async def measure(ground: Ground) -> list[Row]:
    """Start both ways, let them come to rest, and read what the kernel says (PSS: shared pages by share)."""
    url = await ground.make_database()
    rest = 5 if ground.is_quick else 20
    together = await _hold(ground, url, [("all",)], rest=rest)
    apart = await _hold(ground, url, [(name,) for name in SERVICES], rest=rest)
    return [
        _row("at rest, one process (serve all)", together),
        _row("at rest, four processes (serve each)", apart),
    ]


async def _hold(ground: Ground, url: str, groups: list[tuple[str, ...]], *, rest: float) -> float:
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ground.serve(*group, database_url=url)) for group in groups]
        await asyncio.sleep(rest)
        return sum(server.memory() for server in servers) / MIB


def _row(what: str, value: float) -> Row:
    limit = Figure.once(LIMIT, "MiB")
    return Row(
        what=what,
        figure=Figure.once(value, "MiB"),
        against="limit",
        beside=limit,
        target=at_most(LIMIT),
        command=COMMAND,
        note="PSS of the processes, without PostgreSQL",
    )
