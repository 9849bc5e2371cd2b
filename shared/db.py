"""One service's way to its database: a pool under the service's own role, and transactions as sessions.

`commit` stands in this file only, for the three doors: whoever gets a `Session` changes things and never commits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast
from uuid import UUID

import asyncpg
from sqlalchemy import CursorResult, Executable, Table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.aggregate import Told
from shared.errors import Text, Unavailable

KEEPALIVES = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""A server that has lost its client to a power cut must notice within seconds: the client's locks stand in the way."""

LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when a connection of its own breaks; the last when that happens between two of its steps."""

STATEMENT_TIMEOUT_MS = 30_000
"""No request of ours may hold a lock longer than this; reports that need more say so themselves."""


COPY_FROM = 2
"""So many rows are quicker by COPY, which costs two more round trips."""


@cache
def _insert_into(table: Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return f'INSERT INTO "{table.schema}"."{table.name}" ({names}) VALUES ({places})'  # noqa: S608 - our own names


CANNOT_CONNECT = (OSError, PoolExhausted, DBAPIError, asyncpg.PostgresError)
"""What asking for a connection meets: no server, one that is starting, or none of its connections free in time."""

_AWAY = Text("数据库暂时不可用或繁忙，请稍后重试", "the database is away or busy; try again in a moment")


class DatabaseAway(Unavailable):
    """No connection could be had: nothing was done."""


class Keeper(Protocol):
    """Something that writes what it has gathered when the session is about to commit (a store of aggregates)."""

    async def flush(self, session: Session) -> None:
        """Write everything that changed."""
        ...


class Session:
    """One transaction: what is done through it becomes true together, with its events, or not at all.

    `now` was read once, at the door. `identity` is where stores keep the aggregates loaded in this transaction, so that
    two events of one order in one batch meet the same object.
    """

    def __init__(self, connection: AsyncConnection, *, now: datetime, trace: str = "") -> None:
        self.connection = connection
        self.now = now
        self.trace = trace
        self.identity: dict[object, dict[UUID, Any]] = {}
        self.untold: list[Told] = []
        self._keepers: dict[Keeper, None] = {}
        self._afterwards: list[Callable[[], None]] = []
        self._has_begun = False
        self._driver: asyncpg.Connection[asyncpg.Record] | None = None

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one statement inside the transaction; a sequence of parameters runs it once for each, pipelined."""
        self._has_begun = True
        return await self.connection.execute(statement, parameters)

    async def copy(self, table: Table, columns: Sequence[str], records: Sequence[Sequence[Any]]) -> None:
        """Write many rows into `table` inside the transaction, in their order: the quick way in for sets.

        By PostgreSQL's COPY; a single row by an INSERT.
        """
        if not records:
            return
        driver = await self._reach_driver()
        if len(records) < COPY_FROM:
            await driver.executemany(_insert_into(table, tuple(columns)), records)
        else:
            await driver.copy_records_to_table(table.name, schema_name=table.schema, columns=columns, records=records)

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run one statement in the driver's own words (`$1`, `$2` …) inside the transaction: for the few that every
        order pays for, where what SQLAlchemy adds would be half of the price.
        """
        driver = await self._reach_driver()
        return await driver.fetch(statement, *values)

    async def _reach_driver(self) -> asyncpg.Connection[asyncpg.Record]:
        if not self._has_begun:
            # The driver begins its transaction with the first statement; what goes around it must not be first.
            await self.connection.exec_driver_sql("SELECT 1")
            self._has_begun = True
        if self._driver is None:
            raw = await self.connection.get_raw_connection()
            self._driver = cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
        return self._driver

    def tell(self, told: Sequence[Told]) -> None:
        """Let events leave with this transaction, under the trace of what caused them."""
        self.untold.extend(replace(t, trace=self.trace) if self.trace else t for t in told)

    def will_flush(self, keeper: Keeper) -> None:
        """Have `keeper` write its changes before the commit, once, in the order of first asking."""
        self._keepers.setdefault(keeper)

    def when_committed(self, call: Callable[[], None]) -> None:
        """Have `call` (quick, never raising: a counter) made after the commit, and never if there is none."""
        self._afterwards.append(call)

    def committed(self) -> None:
        """Make the calls that waited for the commit; only the database does this."""
        calls, self._afterwards = self._afterwards, []
        for call in calls:
            call()

    def forget(self) -> None:
        """Drop what was gathered but not written, after a savepoint was rolled back."""
        self.identity.clear()
        self.untold.clear()
        self._keepers.clear()
        self._afterwards.clear()

    async def flush(self) -> None:
        """Write all that was gathered so far; the door does it before the commit, a reader may do it earlier."""
        while self._keepers:
            keepers, self._keepers = self._keepers, {}
            for keeper in keepers:
                await keeper.flush(self)


class Database:
    """The pool of one service. `after_commit` is called when a transaction that told events was committed."""

    def __init__(
        self,
        url: str,
        *,
        schema: str,
        pool_size: int = 8,
        write_events: Callable[[Session, Sequence[Told]], Awaitable[None]] | None = None,
        after_commit: Callable[[], None] | None = None,
    ) -> None:
        self.url = url
        self.schema = schema
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            # As many again under pressure, and they stay: one that comes and goes has to prepare everything anew.
            pool_size=2 * pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_use_lifo=True,  # the one that was last at work has every statement prepared
            hide_parameters=True,  # they are people's names and numbers, and errors are logged
            connect_args={
                "server_settings": {
                    "application_name": f"relight-{schema}",
                    "search_path": f"{schema},public",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                    "jit": "off",
                    **KEEPALIVES,
                }
            },
        )
        self._write_events = write_events
        self._after_commit = after_commit

    @asynccontextmanager
    async def transaction(self, *, now: datetime, trace: str = "") -> AsyncIterator[Session]:
        """Open one transaction; leaving it without an error commits, and only then are its events on their way.

        A commit that fails raises here, so no door can answer that something was done when it was not.
        """
        async with self._connection() as connection:
            session = Session(connection, now=now, trace=trace)
            try:
                yield session
                await session.flush()
                if session.untold and self._write_events:
                    await self._write_events(session, session.untold)
                await connection.commit()
            except BaseException:
                await connection.rollback()
                raise
        session.committed()
        if session.untold and self._after_commit:
            self._after_commit()

    @asynccontextmanager
    async def reading(self, *, now: datetime) -> AsyncIterator[Session]:
        """Open a read-only transaction: one consistent picture, nothing to commit."""
        async with self._connection() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                yield Session(connection, now=now)
            finally:
                await connection.rollback()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection; raises `DatabaseAway` if there is none to be had."""
        connection = self.engine.connect()
        try:
            await connection.start()
        except CANNOT_CONNECT as error:
            raise DatabaseAway("database.away", _AWAY) from error
        try:
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def sqlalchemy_url(url: str) -> URL:
    """Turn `postgresql://…` into SQLAlchemy's URL for asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def login_url(url: str, *, user: str, password: str | None = None) -> str:
    """Return the same server and database, entered as another user."""
    changed = make_url(url).set(username=user)
    if password:
        changed = changed.set(password=password)
    return changed.render_as_string(hide_password=False)


def role_of(service: str) -> str:
    """Name the database role of one service: the only one that can see its tables."""
    return f"relight_{service}"
