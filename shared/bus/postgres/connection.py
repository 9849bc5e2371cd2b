"""How the bus talks to PostgreSQL: what every connection of its sets, and which errors mean that the server is away."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

import asyncpg

LONGEST_STEP = timedelta(seconds=15)
"""Patience with one statement, waiting for a topic's other writers included."""

LONGEST_GOODBYE = timedelta(seconds=3)

TROUBLES = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

SETTINGS = {
    "application_name": "relight bus",
    # Publishing promises durability, whatever the server's default.
    "synchronous_commit": "on",
    # The log is only ever walked along its primary key; a plan made while it was empty must not say otherwise.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
    # A server that has lost its client must notice: the client's locks stand in the way of the others.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


async def connect(url: str) -> Connection:
    """Open one connection for the bus's own use."""
    timeout = LONGEST_STEP.total_seconds()
    return await asyncpg.connect(url, timeout=timeout, command_timeout=timeout, server_settings=SETTINGS)


async def open_pool(url: str, size: int) -> Pool:
    """Open the connections that publishing, acknowledging and counting share."""
    timeout = LONGEST_STEP.total_seconds()
    return await asyncpg.create_pool(
        url, min_size=1, max_size=size, timeout=timeout, command_timeout=timeout, server_settings=SETTINGS
    )


async def hang_up(connection: Connection) -> None:
    """Close a connection in bounded time, by force if it must be."""
    try:
        await connection.close(timeout=LONGEST_GOODBYE.total_seconds())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()
