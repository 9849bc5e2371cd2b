"""Files of customers: how far each was read, and a chunk of one into the register by COPY and one upsert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    DOUBLE_PRECISION,
    BigInteger,
    Boolean,
    Column,
    Double,
    MetaData,
    Table,
    Text,
    TextClause,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.customers import ContactRole
from services.intake.domain.customers.file import CONTACTS, REGISTER, Layout
from services.intake.tables import customer_imports, customers
from shared.db import Session


@dataclass(frozen=True)
class Progress:
    """How far a file was read: rows behind us, of which so many were good, changed something, or were bad."""

    rows_done: int
    rows_good: int
    rows_changed: int
    rows_bad: int
    report_bytes: int
    finished_at: datetime | None


async def hold_progress(session: Session, sha256: str, file_name: str, *, is_again: bool) -> Progress:
    """Return how far the file of this content was read, locked; it begins now if nobody read it yet, or `is_again`."""
    fresh = {"sha256": sha256, "file_name": file_name, "started_at": session.now, "moved_at": session.now}
    await session.execute(insert(customer_imports).values(fresh).on_conflict_do_nothing())
    if is_again:
        nothing = dict.fromkeys(("rows_done", "rows_good", "rows_changed", "rows_bad", "report_bytes"), 0)
        started = {**nothing, "finished_at": None, "started_at": session.now}
        await session.execute(update(customer_imports).where(customer_imports.c.sha256 == sha256).values(started))
    statement = select(customer_imports).where(customer_imports.c.sha256 == sha256).with_for_update()
    row = (await session.execute(statement)).mappings().one()
    return Progress(**{name: row[name] for name in Progress.__dataclass_fields__})


async def keep_progress(session: Session, sha256: str, progress: Progress) -> None:
    """Write how far the file was read, with what was read."""
    values = {name: getattr(progress, name) for name in Progress.__dataclass_fields__}
    statement = update(customer_imports).where(customer_imports.c.sha256 == sha256)
    await session.execute(statement.values(**values, moved_at=session.now))


def _stage_column(name: str) -> Column[Any]:
    known = customers.columns.get(name)
    if known is not None and isinstance(known.type, Boolean | Double):
        return Column(name, Boolean if isinstance(known.type, Boolean) else DOUBLE_PRECISION)
    return Column(name, Text)


STAGE = Table(
    "customer_stage",
    MetaData(schema="pg_temp"),
    Column("line", BigInteger),
    *(_stage_column(column.name) for column in (*REGISTER, *CONTACTS)),
)
"""Where a chunk lies before it is merged: gone with its transaction."""

_STAGED = ", ".join(f"{column.name} {column.type.compile()}" for column in STAGE.columns)
_CREATE = text(f"CREATE TEMPORARY TABLE customer_stage ({_STAGED}) ON COMMIT DROP")


async def merge_rows(session: Session, layout: Layout, rows: Sequence[tuple[Any, ...]]) -> int:
    """Merge rows (`line` and then the layout's values) into the register; return how many of it changed.

    The last row of one number stands. What is the same already is not written again.
    """
    if not rows:
        return 0
    await session.execute(_CREATE)
    await session.copy(STAGE, ("line", *layout.names), rows)
    changed = (await session.execute(_merge(layout.register_names), {"now": session.now})).rowcount
    for role in layout.roles:
        await session.execute(_forget_contacts(role))
        await session.execute(_merge_contacts(role))
    return changed


@cache
def _merge(names: tuple[str, ...]) -> TextClause:
    listed = ", ".join(names)
    others = [name for name in names if name != "customer_no"]
    old, new = (", ".join(f"{table}.{name}" for name in others) for table in ("c", "excluded"))
    changes = ", ".join(f"{name} = excluded.{name}" for name in others)
    return text(
        f"INSERT INTO intake.customers AS c ({listed}, updated_at)"  # noqa: S608 - our own names
        f" SELECT DISTINCT ON (customer_no) {listed}, :now FROM customer_stage ORDER BY customer_no, line DESC"
        f" ON CONFLICT (customer_no) DO UPDATE SET {changes}, updated_at = excluded.updated_at"
        f" WHERE ({old}) IS DISTINCT FROM ({new})"
    ).bindparams(bindparam("now", type_=customers.c.updated_at.type))


@cache
def _forget_contacts(role: ContactRole) -> TextClause:
    return text(
        "DELETE FROM intake.customer_contacts c USING customer_stage s"  # noqa: S608 - our own words
        f" WHERE c.customer_no = s.customer_no AND c.role = '{role}'"
    )


@cache
def _merge_contacts(role: ContactRole) -> TextClause:
    return text(
        "INSERT INTO intake.customer_contacts (customer_no, role, name, phone)"  # noqa: S608 - our own words
        f" SELECT customer_no, '{role}', {role}_name, {role}_phone FROM"
        " (SELECT DISTINCT ON (customer_no) * FROM customer_stage ORDER BY customer_no, line DESC) AS latest"
        f" WHERE {role}_phone IS NOT NULL"
    )
