"""What every test stands on: one PostgreSQL for the whole run, a fresh database for whoever asks.

`RELIGHT_TEST_DATABASE_URL` (a superuser's address) names another server to run on instead of our own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from shared.embedded import EmbeddedPostgres
from shared.telemetry import configure_logging
from tests.cheap_secrets import make_secrets_cheap
from tests.databases import DatabaseServer, name_of
from tests.kafka_broker import KafkaBroker, why_not

pytest_plugins = ["tests.requirements_plugin"]

configure_logging(level="warning")
make_secrets_cheap()

MakeDatabase = Callable[[], Awaitable[str]]

FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "max_wal_size": "64MB",
}
"""Only here: a power cut during a test run loses nothing that anybody wants back."""

SERVER_FOLDER = "relight-test-"
MEMORY = Path("/dev/shm")
ROOM = 3 << 30
"""Bytes that have to be free in memory for a worker's databases to lie there: some times what they need."""

LEFT_BEHIND = 3600.0
"""Seconds after which a server's folder that nobody holds is what a killed run left behind."""


LONG = (
    "tests/bus/test_kafka_bus.py",
    "tests/sla/test_outages.py",
    "tests/crash",
    "tests/journey",
    "tests/replay",
    "tests/cli/test_up.py",
    "tests/simulation",
    "tests/cli",
    "tests/intake/test_any_",
    "tests/shared/test_embedded.py",
)
"""The files that take ten seconds and more, about the longest first; beside one that mostly waits one that works."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first: side by side, the last one decides when all are done."""

    def turn(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONG) if item.location[0].startswith(name)), len(LONG))

    items.sort(key=turn)


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
        tempfile.TemporaryDirectory(prefix=SERVER_FOLDER, dir=quick_folder()) as folder,
        EmbeddedPostgres(Path(folder), bin_folder=Path(bin_folder) if bin_folder else None, options=FAST) as server,
    ):
        yield DatabaseServer(server.url("postgres"))


def quick_folder() -> str | None:
    """Return memory if there is room: on a disk, making a database costs ten times as much. None is the usual place."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    sweep(MEMORY)
    return str(MEMORY) if shutil.disk_usage(MEMORY).free > ROOM else None


def sweep(place: Path) -> None:
    """Remove what killed runs left: folders that are old and that no server holds."""
    for folder in place.glob(f"{SERVER_FOLDER}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("rb") as lock:
            if time.time() - folder.stat().st_mtime > LEFT_BEHIND:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)


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
async def migrated_database(databases: DatabaseServer, migrated_template: str) -> AsyncIterator[str]:
    """Give one test module the address of a fresh, migrated database."""
    async with databases.lend(template=migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Return a running Kafka's address; skips where none can be, unless `RELIGHT_REQUIRE_KAFKA=1` forbids that."""
    if reason := why_not():
        if os.environ.get("RELIGHT_REQUIRE_KAFKA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with KafkaBroker() as broker:
        yield broker.servers
