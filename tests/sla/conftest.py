"""A watch for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.sla.app import SERVICE
from shared.migrate import migrate
from tests.databases import DatabaseServer, name_of
from tests.sla.tell import TEN
from tests.sla.watch import BUS, Watch, watch_on


@pytest.fixture(scope="session")
async def watch_template(databases: DatabaseServer) -> str:
    """Name a database with sla's tables, made once a worker and only ever cloned."""
    url = await databases.make(label="watch_template")
    await migrate(url, [BUS, SERVICE.history])
    return name_of(url)


@pytest.fixture(scope="session")
async def the_watch(databases: DatabaseServer, watch_template: str) -> AsyncIterator[Watch]:
    """One watch for the run; each test works on orders of its own."""
    async with databases.lend(template=watch_template) as url, watch_on(url) as watch:
        yield watch


@pytest.fixture
def watch(the_watch: Watch) -> Watch:
    """The watch, at ten in the morning in Shanghai."""
    the_watch.clock.moment = TEN
    return the_watch


@pytest.fixture
async def own_watch(databases: DatabaseServer, watch_template: str) -> AsyncIterator[Watch]:
    """Return a watch on a database of its own, for what looks at all there is."""
    async with databases.lend(template=watch_template) as url, watch_on(url) as watch:
        yield watch
