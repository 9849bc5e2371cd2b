"""The database is brought to what this version expects, and can be asked whether it is there."""

from __future__ import annotations

import asyncpg

from tests.cli.command import assert_one_clear_line, relight_here
from tests.conftest import MakeDatabase


async def test_a_fresh_database_is_migrated_once_and_then_current(make_database: MakeDatabase) -> None:
    url = await make_database()

    before = relight_here("migrate", "--check", database_url=url)
    first, again = relight_here("migrate", database_url=url), relight_here("migrate", database_url=url)
    after = relight_here("migrate", "--check", database_url=url)

    assert before.returncode == 1
    assert {line.split(":")[0] for line in first.stdout.splitlines()} == {
        "bus",
        "intake",
        "dispatch",
        "callback",
        "sla",
    }
    assert "current" in again.stdout
    assert (after.returncode, after.stderr) == (0, "")


async def test_drift_is_told_line_by_line_and_fails(make_migrated_database: MakeDatabase) -> None:
    url = await make_migrated_database()
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER TABLE callback.open_plans ADD COLUMN by_hand text")
    await connection.close()

    done = relight_here("migrate", "--check", database_url=url)

    assert "by_hand" in done.stdout
    assert_one_clear_line(done, status=1, words="not what we expect")


async def test_a_database_of_a_newer_version_is_one_clear_line(make_migrated_database: MakeDatabase) -> None:
    url = await make_migrated_database()
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE callback.alembic_version SET version_num = '9999'")
    await connection.close()

    done = relight_here("migrate", database_url=url)

    assert_one_clear_line(done, status=2, words="newer version")
