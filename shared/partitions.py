"""Tables cut by time on their UUIDv7 key: a hundred million rows keep the plans of a million, and old ones leave whole.

Each month is a partition, made ahead by housekeeping; a default partition catches what no month claims, so that nothing
is ever refused for want of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.ids import first_id_at

MONTHS_AHEAD = 3


def months_from(moment: datetime, count: int) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield `count` months from that of `moment` on, as (`yyyymm`, first instant, first instant of the next)."""
    year, month = moment.astimezone(UTC).year, moment.astimezone(UTC).month
    for _ in range(count):
        start = datetime(year, month, 1, tzinfo=UTC)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
        yield f"{start:%Y%m}", start, datetime(year, month, 1, tzinfo=UTC)


def partition_statements(table: str, *, now: datetime, ahead: int = MONTHS_AHEAD) -> list[str]:
    """Return the DDL that makes the partitions of `table` for the coming months, and its default one."""
    statements = [f"CREATE TABLE IF NOT EXISTS {table}_default PARTITION OF {table} DEFAULT"]
    for name, start, end in months_from(now, ahead + 1):
        bounds = f"FROM ('{first_id_at(start)}') TO ('{first_id_at(end)}')"
        statements.append(f"CREATE TABLE IF NOT EXISTS {table}_p{name} PARTITION OF {table} FOR VALUES {bounds}")
    return statements


def is_partition(name: str) -> bool:
    """Say whether a table's name is that of a partition, which no model declares."""
    stem, _, suffix = name.rpartition("_")
    return bool(stem) and (suffix == "default" or (suffix[:1] == "p" and suffix[1:].isdigit()))


async def ensure_partitions(connection: AsyncConnection, table: str, *, now: datetime) -> None:
    """Make the coming months' partitions of `table`, if they are not there."""
    for statement in partition_statements(table, now=now):
        await connection.execute(text(statement))
