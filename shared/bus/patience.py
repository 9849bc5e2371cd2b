"""How long we wait for a broker: every step towards one is bounded, and its silence has one name, `Unavailable`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from shared.errors import Text, Unavailable

AWAY = Text("消息总线暂时不可用", "the message bus does not answer")


def away(reason: str) -> Unavailable:
    """Make the error that says so."""
    return Unavailable("bus.unavailable", AWAY, reason=reason)


@asynccontextmanager
async def patience(longest: timedelta, *troubles: type[Exception]) -> AsyncIterator[None]:
    """Let the block run for `longest`; raise `Unavailable` (`bus.unavailable`) when it takes longer or meets trouble.

    `troubles` are the client library's own errors that mean "the broker is away",
    next to broken connections.
    """
    meant: tuple[type[Exception], ...] = (OSError, EOFError, *troubles)  # TimeoutError is an OSError
    try:
        async with asyncio.timeout(longest.total_seconds()):
            yield
    except meant as trouble:
        if isinstance(trouble, ValueError):  # asyncpg's DataError: what we sent is wrong, waiting will not help
            raise
        raise away(f"{type(trouble).__name__}: {trouble}") from trouble
