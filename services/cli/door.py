"""The command line's own door: transactions of one service, under that service's own role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.clock import SystemClock
from shared.db import Database, Session
from shared.host import service_url
from shared.settings import Settings


@asynccontextmanager
async def transaction_of(service: str, settings: Settings, database_url: str) -> AsyncIterator[Session]:
    """Open one transaction of a service; leaving it without an error commits."""
    async with (
        database_of(service, settings, database_url) as database,
        database.transaction(now=SystemClock().now()) as session,
    ):
        yield session


@asynccontextmanager
async def database_of(service: str, settings: Settings, database_url: str) -> AsyncIterator[Database]:
    """Lend a service's way to its database, for work that takes many transactions."""
    database = Database(service_url(settings, database_url, service), schema=service, pool_size=2)
    try:
        yield database
    finally:
        await database.close()
