"""A callback desk for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.callback.app import SERVICE
from shared.migrate import migrate
from tests.callback.desk import BUS, SENT_AT, Desk, desk_on
from tests.databases import DatabaseServer, name_of


@pytest.fixture(scope="session")
async def desk_template(databases: DatabaseServer) -> str:
    """Name a database with callback's tables, made once a worker and only ever cloned."""
    url = await databases.make(label="desk_template")
    await migrate(url, [BUS, SERVICE.history])
    return name_of(url)


@pytest.fixture(scope="session")
async def the_desk(databases: DatabaseServer, desk_template: str) -> AsyncIterator[Desk]:
    """One desk for the run; each test works on orders of its own."""
    async with databases.lend(template=desk_template) as url, desk_on(url) as desk:
        yield desk


@pytest.fixture
def desk(the_desk: Desk) -> Desk:
    """The desk, an hour after orders are sent, at eleven in the morning in Shanghai."""
    the_desk.clock.moment = SENT_AT + timedelta(hours=1)
    return the_desk


@pytest.fixture
async def own_desk(databases: DatabaseServer, desk_template: str) -> AsyncIterator[Desk]:
    """Return a desk on a database of its own, for what looks at all plans there are."""
    async with databases.lend(template=desk_template) as url, desk_on(url) as desk:
        yield desk
