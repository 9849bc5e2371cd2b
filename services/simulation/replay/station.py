"""The invented station whose crews stand for those of the map: uploaded first, far from everybody else's orders."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from services.simulation.clients import Origin, SignedIn, crew
from services.simulation.county.model import Crew, Place, Shift, Station
from services.simulation.county.upload import organisation
from services.simulation.replay.outages import Outage

CREWS = 4
"""Reports of one crew go one call after another; so many crews means so many calls in flight."""


def station_code(origin: str) -> str:
    """Return the code of an origin's station; every origin has its own."""
    return "RP" + hashlib.sha256(origin.encode()).hexdigest()[:6].upper()


def crew_codes(origin: str) -> list[str]:
    """Return the codes of an origin's crews."""
    return [f"{station_code(origin)}-{number:02}" for number in range(1, CREWS + 1)]


async def upload_station(
    origin_door: Origin, ops: SignedIn, *, origin: str, outages: Sequence[Outage]
) -> list[SignedIn]:
    """Tell of the station, its crews on shift for the whole file; return their phones. Secrets are new each time."""
    place = _middle(outages)
    code = station_code(origin)
    station = Station(code, f"重放 {origin}", place, "rural", ())
    crews = [
        Crew(crew_code, f"重放 {origin} {number} 班", "station_crew", code, secrets.token_urlsafe(24), place)
        for number, crew_code in enumerate(crew_codes(origin), 1)
    ]
    first = min(outage.first_seen_at for outage in outages)
    last = max(outage.gone_at or outage.first_seen_at for outage in outages)
    day = timedelta(days=1)
    shifts = [Shift(one.code, first - day, last + day) for one in crews]
    await origin_door.put("/dispatch/organisation", ops, organisation([station], crews, shifts))
    return [crew(one.code, one.device_secret) for one in crews]


def _middle(outages: Sequence[Outage]) -> Place:
    located = [(outage.lon, outage.lat) for outage in outages if outage.lon is not None and outage.lat is not None]
    if not located:
        return Place(0.0, 0.0)
    lons, lats = zip(*located, strict=True)
    return Place(round(sum(lons) / len(lons), 5), round(sum(lats) / len(lats), 5))
