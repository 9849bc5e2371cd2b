"""An intake office for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase
from tests.intake.office import NOW, Office, office_on


@pytest.fixture(scope="session")
async def the_office(make_database: MakeDatabase) -> AsyncIterator[Office]:
    """One office for the run; each test works on orders of its own."""
    async with office_on(await make_database()) as office:
        yield office


@pytest.fixture
def office(the_office: Office) -> Office:
    """The office, at ten in the morning in Shanghai."""
    the_office.clock.moment = NOW
    return the_office


@pytest.fixture
async def own_office(make_database: MakeDatabase) -> AsyncIterator[Office]:
    """Return an office on a database of its own, for what looks at all orders there are."""
    async with office_on(await make_database()) as office:
        yield office
