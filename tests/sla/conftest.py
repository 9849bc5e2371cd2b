"""A watch for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase
from tests.sla.tell import TEN
from tests.sla.watch import Watch, watch_on


@pytest.fixture(scope="session")
async def the_watch(make_database: MakeDatabase) -> AsyncIterator[Watch]:
    """One watch for the run; each test works on orders of its own."""
    async with watch_on(await make_database()) as watch:
        yield watch


@pytest.fixture
def watch(the_watch: Watch) -> Watch:
    """The watch, at ten in the morning in Shanghai."""
    the_watch.clock.moment = TEN
    return the_watch


@pytest.fixture
async def own_watch(make_database: MakeDatabase) -> AsyncIterator[Watch]:
    """Return a watch on a database of its own, for what looks at all there is."""
    async with watch_on(await make_database()) as watch:
        yield watch
