"""Stations, crews, shifts and the grid: kept as the system that owns them sends them, whole lists at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, update

from services.dispatch import tables
from services.dispatch.handlers.desk import DESK
from services.dispatch.repository import grid
from shared.auth import hash_secret
from shared.db import Session
from shared.errors import BadField, Invalid, NotFound, Text
from shared.ids import new_id

Rows = Sequence[Mapping[str, Any]]

READINESS = ("has_people", "has_materials", "has_vehicle")

_UNKNOWN = Text("引用了不存在的代码", "something refers to a code that does not exist")


async def put_organisation(session: Session, *, stations: Rows, crews: Rows, shifts: Rows) -> None:
    """Insert or change stations, crews and shifts by their codes; a crew without a new secret keeps the old one.

    Raises Invalid naming every reference to a station or crew that does not exist.
    """
    await grid.upsert(session, tables.stations, stations)
    await _check(session, tables.stations, crews, "crews", "station_code")
    crews = await _keep_readiness(session, crews)
    await grid.upsert(session, tables.crews, crews, keep=("secret_hash", "lon", "lat"))
    await _check(session, tables.crews, shifts, "shifts", "crew_code")
    await grid.upsert(session, tables.shifts, shifts)
    DESK.serve_queue(session)


async def _keep_readiness(session: Session, crews: Rows) -> Rows:
    known = await grid.lock_readiness(session, {c["code"] for c in crews})
    fresh = dict.fromkeys(READINESS, True)
    return [
        {**c, **{n: stands[n] if c[n] is None else c[n] for n in READINESS}}
        for c in crews
        for stands in [known.get(c["code"], fresh)]
    ]


async def put_grid(session: Session, *, feeders: Rows, transformer_areas: Rows) -> None:
    """Insert or change feeders and transformer areas by their codes; raises Invalid like `put_organisation`."""
    await _check(session, tables.stations, feeders, "feeders", "station_code")
    await grid.upsert(session, tables.feeders, feeders)
    await _check(session, tables.stations, transformer_areas, "transformer_areas", "station_code")
    await _check(session, tables.feeders, transformer_areas, "transformer_areas", "feeder_code")
    await grid.upsert(session, tables.transformer_areas, transformer_areas)


async def hash_secrets(secrets: Collection[str | None]) -> list[str | None]:
    """Hash device secrets off the event loop, in the order given; about 50 ms of one core each."""
    jobs = [asyncio.to_thread(hash_secret, s) if s else asyncio.sleep(0, None) for s in secrets]
    return list(await asyncio.gather(*jobs))


async def set_readiness(session: Session, crew_code: str, ready: Mapping[str, bool]) -> None:
    """Note whether people, materials and vehicle are in place (requirement 000-068); raises NotFound."""
    t = tables.crews
    changed = await session.execute(update(t).where(t.c.code == crew_code).values(dict(ready)))
    if not changed.rowcount:
        raise NotFound("crew.unknown", Text("没有这支队伍", "there is no such crew"), crew_code=crew_code)
    DESK.serve_queue(session)


async def note_position(
    session: Session, crew_code: str, *, lon: float, lat: float, accuracy_m: float, observed_at: datetime, now: datetime
) -> None:
    """Keep where a crew is: the latest with the crew, every one in the history (000-071)."""
    seen = {"lon": lon, "lat": lat, "accuracy_m": accuracy_m, "observed_at": observed_at}
    row = {"id": new_id(), "crew_code": crew_code, "recorded_at": now, **seen}
    await session.execute(tables.crew_positions.insert().values(row))
    t = tables.crews
    is_newer = (t.c.last_seen_at.is_(None)) | (t.c.last_seen_at <= observed_at)
    last = {"last_lon": lon, "last_lat": lat, "last_accuracy_m": accuracy_m, "last_seen_at": observed_at}
    await session.execute(update(t).where(t.c.code == crew_code, is_newer).values(last))


async def _check(session: Session, table: Table, rows: Rows, of: str, column: str) -> None:
    unknown = await grid.find_unknown(session, table, {r[column] for r in rows if r[column]})
    if unknown:
        words = Text("没有这个代码", "there is no such code")
        bad = [
            BadField(f"{of}.{i}.{column}", "code.unknown", words) for i, r in enumerate(rows) if r[column] in unknown
        ]
        raise Invalid("organisation.code_unknown", _UNKNOWN, fields=bad)
