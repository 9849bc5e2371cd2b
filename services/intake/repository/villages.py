"""The register of villages: read by name, replaced by county."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.addresses import Village
from services.intake.tables import villages
from shared.db import Session


async def find_named(session: Session, names: Collection[str]) -> dict[str, list[Village]]:
    """Return the villages that bear one of these names, by name, each list in the order of county and town."""
    if not names:
        return {}
    t = villages.c
    statement = select(villages).where(t.name.in_(sorted(names))).order_by(t.adcode, t.town)
    found: dict[str, list[Village]] = {}
    for row in await session.execute(statement):
        village = Village(adcode=row.adcode, county=row.county, town=row.town, name=row.name)
        found.setdefault(village.name, []).append(village)
    return found


async def replace_counties(session: Session, listed: Sequence[Village]) -> int:
    """Let the register of each county that is listed be exactly what is listed; return how many villages that are."""
    codes = sorted({village.adcode for village in listed})
    await session.execute(delete(villages).where(villages.c.adcode.in_(codes)))
    rows = {
        (v.adcode, v.town, v.name): {"adcode": v.adcode, "county": v.county, "town": v.town, "name": v.name}
        for v in listed
    }
    if rows:
        await session.execute(insert(villages), list(rows.values()))
    return len(rows)


async def count_villages(session: Session) -> int:
    """Return how many villages the register knows."""
    return int((await session.execute(select(func.count()).select_from(villages))).scalar_one())
