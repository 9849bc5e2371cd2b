"""The databases that tests get: fresh, apart from each other, soon there."""

from __future__ import annotations

import asyncpg

from tests.conftest import MakeDatabase


async def run(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_two_databases_know_nothing_of_each_other(make_database: MakeDatabase) -> None:
    first, second = await make_database(), await make_database()

    await run(first, "CREATE TABLE mark (id int)")

    assert await run(first, "SELECT to_regclass('mark') IS NOT NULL")
    assert await run(second, "SELECT to_regclass('mark') IS NULL")


async def test_a_migrated_database_has_every_table(make_migrated_database: MakeDatabase) -> None:
    url = await make_migrated_database()

    assert await run(url, "SELECT to_regclass('bus.log') IS NOT NULL AND to_regclass('sla.clocks') IS NOT NULL")
