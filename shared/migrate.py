"""Brings the database to what the code expects: roles, schemas, each service's own history under its own role.

One process migrates at a time (advisory lock); statements wait for locks a short time only, so that a migration never
stands in the way of people at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from shared.db import role_of, sqlalchemy_url
from shared.partitions import is_partition

SERVICES_ROLE = "relight_services"
"""A role without login that the services' roles are members of: what they may all do, such as use the bus."""

LOCK = "SELECT pg_advisory_lock(hashtext('relight migrate'))"


@dataclass(frozen=True)
class History:
    """One schema's history: the migrations in `folder` lead to `metadata`. `has_role`: a service's role owns it."""

    schema: str
    metadata: MetaData
    folder: Path
    has_role: bool = True


async def migrate(url: str, histories: Sequence[History], *, role_password: str = "") -> list[str]:
    """Bring every history to its head as the owner at `url`; return what was done, one line each. Safe to repeat."""
    done: list[str] = []
    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            await connection.execute(text(LOCK))
            await connection.commit()
            await _make_roles(connection, histories, role_password)
            for history in histories:
                done += await connection.run_sync(_upgrade, history)
            await connection.commit()
    finally:
        await engine.dispose()
    return done


async def find_drift(url: str, histories: Sequence[History]) -> list[str]:
    """Return how the database differs from the tables that the code declares; an empty list is clean."""
    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            return [line for history in histories for line in await connection.run_sync(_drift, history)]
    finally:
        await engine.dispose()


async def is_current(connection: AsyncConnection, history: History) -> bool:
    """Say whether the database stands at the head of a history; `/readyz` asks."""
    heads = set(_scripts(history).get_heads())

    def read(sync: Connection) -> set[str]:
        return set(MigrationContext.configure(sync, opts=_options(history)).get_current_heads())

    return await connection.run_sync(read) == heads


async def _make_roles(connection: AsyncConnection, histories: Sequence[History], password: str) -> None:
    await _make_role(connection, SERVICES_ROLE, "NOLOGIN")
    await connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public"))
    for history in histories:
        if history.has_role:
            role = role_of(history.schema)
            await _make_role(connection, role, "LOGIN")
            await connection.execute(text(f"GRANT {SERVICES_ROLE} TO {role}"))
            await connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
            if password:
                quoted = password.replace("'", "''")
                await connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD '{quoted}'")
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {history.schema} AUTHORIZATION {role}"))
        else:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {history.schema}"))
            await connection.execute(text(f"GRANT USAGE ON SCHEMA {history.schema} TO {SERVICES_ROLE}"))
    await connection.commit()


async def _make_role(connection: AsyncConnection, role: str, login: str) -> None:
    found = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role})
    if found.first() is None:
        await connection.execute(text(f"CREATE ROLE {role} {login}"))


def _upgrade(connection: Connection, history: History) -> list[str]:
    scripts = _scripts(history)
    done: list[str] = []

    def steps(revision: Any, context: Any) -> Any:
        found = scripts._upgrade_revs("head", revision)
        done.extend(f"{history.schema}: {step.revision.revision} {step.revision.doc}" for step in found)
        return found

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, **_options(history))
        with environment.begin_transaction():
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            connection.execute(text(f"SET LOCAL search_path = {history.schema}, public"))
            if history.has_role:
                connection.execute(text(f"SET LOCAL ROLE {role_of(history.schema)}"))
            environment.run_migrations()
    return done


def _drift(connection: Connection, history: History) -> list[str]:
    context = MigrationContext.configure(connection, opts=_options(history))
    return [f"{history.schema}: {difference}" for difference in compare_metadata(context, history.metadata)]


def _scripts(history: History) -> ScriptDirectory:
    return ScriptDirectory(str(history.folder), version_locations=[str(history.folder / "versions")])


def _options(history: History) -> dict[str, Any]:
    def include_name(name: str | None, kind: str, _: Any) -> bool:
        return name == history.schema if kind == "schema" else True

    def include_object(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
        return not (kind == "table" and name is not None and (is_partition(name) or name == "alembic_version"))

    return {
        "target_metadata": history.metadata,
        "version_table_schema": history.schema,
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "compare_type": True,
    }
