"""A callback desk for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.callback.desk import SENT_AT, Desk, desk_on
from tests.conftest import MakeDatabase


@pytest.fixture(scope="session")
async def the_desk(make_database: MakeDatabase) -> AsyncIterator[Desk]:
    """One desk for the run; each test works on orders of its own."""
    async with desk_on(await make_database()) as desk:
        yield desk


@pytest.fixture
def desk(the_desk: Desk) -> Desk:
    """The desk, an hour after orders are sent, at eleven in the morning in Shanghai."""
    the_desk.clock.moment = SENT_AT + timedelta(hours=1)
    return the_desk


@pytest.fixture
async def own_desk(make_database: MakeDatabase) -> AsyncIterator[Desk]:
    """Return a desk on a database of its own, for what looks at all plans there are."""
    async with desk_on(await make_database()) as desk:
        yield desk
