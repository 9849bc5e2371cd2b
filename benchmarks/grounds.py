"""Where measurements take place: a durable PostgreSQL, fresh databases, Relight and its peers as processes."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from benchmarks.servers import Server, clean_environment, free_port, python, serving
from shared.auth import Actor, Role, Tokens
from shared.clock import SystemClock
from shared.db import login_url
from shared.embedded import EmbeddedPostgres, wheel_bin_folder

DRAINED_WITHIN = 180.0
SERVICES = ("intake", "dispatch", "callback", "sla")

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass
class Ground:
    """What a measurement is given. `is_quick` shortens everything; such figures are for looking, not for keeping."""

    folder: Path
    postgres: EmbeddedPostgres
    is_quick: bool
    data_folder: Path
    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    _databases: int = 0

    def token(self, name: str, *roles: Role) -> str:
        """Return a token for somebody, good for a day: what is measured is no sign-in."""
        return Tokens(self.secret).issue(
            Actor(name, frozenset(roles)), now=SystemClock().now(), life=timedelta(hours=24)
        )

    async def make_database(self, *, migrated: bool = True) -> str:
        """Return the owner's address of a fresh database."""
        self._databases += 1
        name = f"bench_{self._databases}"
        admin = await asyncpg.connect(self.postgres.url("postgres"))
        try:
            await admin.execute(f"CREATE DATABASE {name}")
        finally:
            await admin.close()
        url = self.postgres.url(name)
        if migrated:
            await self.run_relight("migrate", database_url=url)
        return url

    async def run_relight(self, *words: str, database_url: str, settings: Mapping[str, str] | None = None) -> str:
        """Run one command of `relight` to its end and return what it said; raises RuntimeError if it fails."""
        process = await asyncio.create_subprocess_exec(
            *relight(*words),
            cwd=self.folder,
            env=clean_environment({**self._settings(database_url), **(settings or {})}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"relight {' '.join(words)}: {output.decode(errors='replace')[-3000:]}")
        return output.decode(errors="replace")

    def serve(self, *services: str, database_url: str) -> AbstractAsyncContextManager[Server]:
        """Run `relight serve` for some services (or `all`) in one process until left."""
        port = free_port()
        return serving(
            f"serve-{'-'.join(services)}-{port}",
            relight("serve", *services),
            port=port,
            folder=self.folder,
            environment={**self._settings(database_url), "RELIGHT_PORT": str(port)},
        )

    def serve_peer(self, module: str, *, database_url: str = "") -> AbstractAsyncContextManager[Server]:
        """Run one of the peers (`python -m benchmarks.peers.<module>`) until left."""
        port = free_port()
        return serving(
            f"{module}-{port}",
            python("-m", f"benchmarks.peers.{module}"),
            port=port,
            folder=self.folder,
            environment={"PEER_DATABASE_URL": database_url, "PEER_PORT": str(port)},
            ready_path="/",
        )

    def _settings(self, database_url: str) -> dict[str, str]:
        return {
            "RELIGHT_DATABASE_URL": database_url,
            "RELIGHT_DATA_FOLDER": str(self.folder / "relight"),
            "RELIGHT_TOKEN_SECRET": self.secret,
            "RELIGHT_LOG_LEVEL": "warning",
        }


def relight(*words: str) -> list[str]:
    """Return the command `relight …` of the Python that runs us."""
    return [sys.executable, "-c", "from services.cli import main; main()", *words]


def program(name: str) -> Path:
    """Return one of the programs that came with our PostgreSQL (`pgbench`, `psql`)."""
    return wheel_bin_folder() / name


@asynccontextmanager
async def looking(database_url: str) -> AsyncIterator[Connection]:
    """Lend a connection to look at a database with."""
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def wait_until_drained(database_url: str, services: Sequence[str] = SERVICES) -> float:
    """Wait until every outbox is empty and every listener is up to date; return the seconds that took.

    A measurement whose server still works off its past would spoil the next one's.
    """
    clock = asyncio.get_running_loop().time
    started = clock()
    async with looking(database_url) as connection:
        while await _pending(connection, services):
            if clock() - started > DRAINED_WITHIN:
                raise RuntimeError("events are still on their way")
            await asyncio.sleep(0.1)
    return clock() - started


async def _pending(connection: Connection, services: Sequence[str]) -> int:
    outboxes = " UNION ALL ".join(f"SELECT position FROM {s}.outbox" for s in services)
    pending: int = await connection.fetchval(f"SELECT count(*) FROM ({outboxes}) AS waiting")
    behind: int = await connection.fetchval(
        "SELECT count(*) FROM bus.log JOIN bus.offsets USING (topic, slot) WHERE log.position > offsets.position"
        " AND offsets.group_name = ANY($1::text[])",
        list(services),
    )
    return pending + behind


async def settle(database_url: str) -> None:
    """Put what was loaded into the shape that a running system has: vacuumed, analysed, checkpointed."""
    async with looking(database_url) as connection:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


def socket_settings(postgres: EmbeddedPostgres) -> dict[str, str]:
    """Return how libpq's programs find the server."""
    settings = {"PGHOST": str(postgres.socket_folder), "PGPORT": "5432", "PGUSER": "relight"}
    return {**os.environ, **settings}


def service_login(database_url: str, service: str) -> str:
    """Return the address under which one service sees the database."""
    return login_url(database_url, user=f"relight_{service}")


def database_name(url: str) -> str:
    """Return the database that an address names."""
    return urlsplit(url).path.lstrip("/")
