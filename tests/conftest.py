"""What every test stands on: one PostgreSQL for the whole run, a fresh database for whoever asks.

`RELIGHT_TEST_DATABASE_URL` (a superuser's address) names another server to run on instead of our own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from shared.embedded import EmbeddedPostgres
from shared.telemetry import configure_logging
from tests.databases import DatabaseServer, name_of
from tests.kafka_broker import KafkaBroker, why_not

pytest_plugins = ["tests.requirements_plugin"]

configure_logging(level="warning")

MakeDatabase = Callable[[], Awaitable[str]]

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
"""Only here: a power cut during a test run loses nothing that anybody wants back."""


LONG = ("tests/journey", "tests/crash", "tests/replay", "tests/cli", "tests/bus")
"""Where the files are that take longest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first: side by side, the last one decides when all are done."""
    items.sort(key=lambda item: not item.location[0].startswith(LONG))


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """One server for the whole run, ours or the one that is named."""
    named = os.environ.get("RELIGHT_TEST_DATABASE_URL")
    if named:
        yield DatabaseServer(named)
        return
    bin_folder = os.environ.get("RELIGHT_PG_BIN")
    # Not pytest's tmp_path: that one keeps the folders of three runs, and ours are large.
    with (
        tempfile.TemporaryDirectory(prefix="relight-test-") as folder,
        EmbeddedPostgres(Path(folder), bin_folder=Path(bin_folder) if bin_folder else None, options=FAST) as server,
    ):
        yield DatabaseServer(server.url("postgres"))


@pytest.fixture(scope="session")
async def databases(postgres: DatabaseServer) -> AsyncIterator[DatabaseServer]:
    """The server as a maker of databases; on a server that outlives us, what was made is dropped at the end."""
    yield postgres
    if "RELIGHT_TEST_DATABASE_URL" in os.environ:
        await postgres.drop_all()


@pytest.fixture(scope="session")
def make_database(databases: DatabaseServer) -> MakeDatabase:
    """Return `await make_database()`: the address of a fresh, empty database."""

    async def make() -> str:
        return await databases.make()

    return make


@pytest.fixture(scope="session")
async def migrated_template(databases: DatabaseServer) -> str:
    """Name a database that every migration of the project has run on, once a run; it is cloned, never used itself."""
    from tests.migrations import (
        migrate_everything,
    )  # late: one service that cannot be imported stops its own tests only

    url = await databases.make(label="template")
    await migrate_everything(url)
    return name_of(url)


@pytest.fixture(scope="session")
def make_migrated_database(databases: DatabaseServer, migrated_template: str) -> MakeDatabase:
    """Return `await make_migrated_database()`: the address of a fresh database with every table, seeded."""

    async def make() -> str:
        return await databases.make(template=migrated_template)

    return make


@pytest.fixture(scope="module")
async def migrated_database(databases: DatabaseServer, make_migrated_database: MakeDatabase) -> AsyncIterator[str]:
    """Give one test module the address of a fresh, migrated database."""
    url = await make_migrated_database()
    yield url
    await databases.drop(name_of(url))


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Return a running Kafka's address; skips where none can be, unless `RELIGHT_REQUIRE_KAFKA=1` forbids that."""
    if reason := why_not():
        if os.environ.get("RELIGHT_REQUIRE_KAFKA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with KafkaBroker() as broker:
        yield broker.servers
