"""A command centre for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase
from tests.dispatch.centre import TEN, Centre, centre_on


@pytest.fixture(scope="session")
async def the_centre(make_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    """One centre for the run; each test makes a county of its own."""
    async with centre_on(await make_database(), tmp_path_factory.mktemp("dispatch")) as centre:
        yield centre


@pytest.fixture
def centre(the_centre: Centre) -> Centre:
    """The centre, at ten in the morning in Shanghai."""
    the_centre.clock.moment = TEN
    return the_centre
