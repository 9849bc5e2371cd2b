"""The organisation and the grid: whole tables at a time in, what a batch needs out."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, exists, func, or_, select, text
from sqlalchemy.dialects import postgresql

from services.dispatch import tables
from services.dispatch.domain.crews import Crew, Point, Station
from shared.db import Session
from shared.glossary import Tier


async def upsert(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: Collection[str] = ()
) -> None:
    """Write rows of the same columns by their key in one statement; a null in a `keep` column keeps what stood."""
    if not rows:
        return
    names = list(rows[0])
    keys = [c.name for c in table.primary_key.columns]
    types = {n: table.c[n].type.compile(postgresql.dialect()) for n in names}  # type: ignore[no-untyped-call]
    shape = ", ".join(f"{n} {types[n]}" for n in names)
    changes = ", ".join(
        f"{n} = COALESCE(EXCLUDED.{n}, {table.name}.{n})" if n in keep else f"{n} = EXCLUDED.{n}"
        for n in names
        if n not in keys
    )
    listed = ", ".join(names)
    statement = (
        f"INSERT INTO {table.schema}.{table.name} ({listed})"  # noqa: S608 - names of our own tables, no input
        f" SELECT {listed} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({shape})"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
    )
    await session.execute(text(statement), {"rows": json.dumps(rows, default=_say)})


def _say(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def find_unknown(session: Session, table: Table, codes: Collection[str]) -> set[str]:
    """Return those of `codes` that the table does not have."""
    if not codes:
        return set()
    known = (await session.execute(select(table.c.code).where(table.c.code.in_(codes)))).scalars()
    return set(codes) - set(known)


async def lock_readiness(session: Session, codes: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return what is in place with the crews of some codes, which nobody else changes until the end."""
    c = tables.crews
    statement = select(c.c.code, c.c.has_people, c.c.has_materials, c.c.has_vehicle).where(c.c.code.in_(codes))
    rows = (await session.execute(statement.order_by(c.c.code).with_for_update())).mappings()
    return {row["code"]: dict(row) for row in rows}


async def load_areas(session: Session, codes: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return the transformer areas of some codes."""
    return await _by_code(session, tables.transformer_areas, codes)


async def load_feeders(session: Session, codes: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Return the feeders of some codes."""
    return await _by_code(session, tables.feeders, codes)


async def _by_code(session: Session, table: Table, codes: Collection[str]) -> dict[str, Mapping[str, Any]]:
    if not codes:
        return {}
    rows = (await session.execute(select(table).where(table.c.code.in_(codes)))).mappings()
    return {row["code"]: dict(row) for row in rows}


async def load_stations(session: Session, codes: Collection[str] | None = None) -> dict[str, Station]:
    """Return the stations of some codes, or all of them."""
    t = tables.stations
    statement = select(t.c.code, t.c.name, t.c.lon, t.c.lat, t.c.neighbours)
    if codes is not None:
        statement = statement.where(t.c.code.in_(codes))
    return {
        row.code: Station(row.code, row.name, Point(row.lon, row.lat), tuple(row.neighbours))
        for row in await session.execute(statement)
    }


async def load_crews(
    session: Session, *, now: datetime, stations: Collection[str] | None = None, codes: Collection[str] | None = None
) -> list[Crew]:
    """Return crews as they stand at `now`: those of some stations, those of some codes, or all."""
    c, s, o, d = tables.crews, tables.stations, tables.open_tasks, tables.shifts
    on_shift = exists().where(d.c.crew_code == c.c.code, d.c.starts_at <= now, d.c.ends_at > now)
    # A crew without any roster is on standby round the clock (requirement 000-091).
    without_roster = ~exists().where(d.c.crew_code == c.c.code)
    open_tasks = select(func.count()).where(o.c.crew_code == c.c.code, o.c.is_occupying).correlate(c).scalar_subquery()
    statement = select(
        c.c.code,
        c.c.name,
        c.c.tier,
        c.c.station_code,
        func.coalesce(c.c.last_lon, c.c.lon, s.c.lon).label("lon"),
        func.coalesce(c.c.last_lat, c.c.lat, s.c.lat).label("lat"),
        c.c.has_people,
        c.c.has_materials,
        c.c.has_vehicle,
        or_(on_shift, without_roster).label("is_on_shift"),
        open_tasks.label("open_tasks"),
    ).join(s, s.c.code == c.c.station_code)
    narrowing = [c.c.station_code.in_(stations)] if stations is not None else []
    narrowing += [c.c.code.in_(codes)] if codes is not None else []
    rows = (await session.execute(statement.where(and_(True, *narrowing)).order_by(c.c.code))).mappings()
    return [_crew(row) for row in rows]


def _crew(row: Mapping[Any, Any]) -> Crew:
    values = dict(row)
    place = Point(values.pop("lon"), values.pop("lat"))
    return Crew(**{**values, "tier": Tier(values["tier"]), "place": place})
