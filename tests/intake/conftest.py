"""An intake office for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from services.intake.app import SERVICE
from shared.auth import Role
from shared.clock import format_z
from shared.migrate import migrate
from tests.databases import DatabaseServer, name_of
from tests.intake.office import BUS, NOW, Office, office_on


@pytest.fixture(scope="session")
async def intake_template(databases: DatabaseServer) -> str:
    """Name a database with intake's tables, made once a run and only ever cloned."""
    url = await databases.make(label="intake_template")
    await migrate(url, [BUS, SERVICE.history])
    await leave_duplicates(url)
    return name_of(url)


async def leave_duplicates(url: str) -> None:
    """Let orders of one caller be orders, unless a test says otherwise: most tests know one caller only."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "UPDATE intake.policies SET value = jsonb_set(value, '{is_enabled}', 'false') WHERE name = 'duplicates'"
        )
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def the_office(databases: DatabaseServer, intake_template: str) -> AsyncIterator[Office]:
    """One office for the run; each test works on orders of its own."""
    async with office_on(await databases.make(template=intake_template)) as office:
        yield office


@pytest.fixture
def office(the_office: Office) -> Office:
    """The office, at ten in the morning in Shanghai."""
    the_office.clock.moment = NOW
    return the_office


@pytest.fixture
async def own_office(databases: DatabaseServer, intake_template: str) -> AsyncIterator[Office]:
    """Return an office on a database of its own, for what looks at all orders there are."""
    async with databases.lend(template=intake_template) as url, office_on(url) as office:
        yield office


@pytest.fixture
async def alert_office(own_office: Office) -> Office:
    """Return an office of its own that knows again what it heard before, as every installation does."""
    policy = {"is_enabled": True, "valid_from": format_z(NOW - timedelta(days=5000))}
    answer = await own_office.call("PUT", "/policies/duplicates", role=Role.OPS, json=policy)
    assert answer.status_code == 200, answer.text
    return own_office
