"""Stations, crews and transformers for a measurement, told to Relight through operations' own doors.

Each order of a measurement names the station of the crew that it is meant for, and a transformer of its own: so nothing
is merged, and no order waits for a crew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.grounds import Ground
from benchmarks.servers import Server
from shared.auth import Role

MOST = 5_000
STATIONS_A_ROW = 20
APART = 0.2
"""Degrees between two stations: no crew of another one is nearer than the own."""


@dataclass(frozen=True)
class Place:
    """A crew that stands ready, its station, and a transformer beside it."""

    crew_code: str
    station_code: str
    transformer_area: str
    lon: float
    lat: float


def plan_fleet(stations: int, *, crews_each: int) -> list[Place]:
    """Plan so many stations with so many crews each, every crew somewhere else."""
    return [_place(station, crew) for station in range(stations) for crew in range(crews_each)]


def _place(station: int, crew: int) -> Place:
    lon = 110 + (station % STATIONS_A_ROW) * APART + (crew % 10) * 0.005
    lat = 30 + (station // STATIONS_A_ROW) * APART + (crew // 10) * 0.005
    code = f"S{station:04}"
    return Place(f"{code}-C{crew:03}", code, f"{code}-T{crew:03}", round(lon, 5), round(lat, 5))


async def upload_fleet(ground: Ground, server: Server, fleet: Sequence[Place]) -> None:
    """Tell dispatch of the fleet; without device secrets, because crews come with tokens that we issue ourselves."""
    token = ground.token("bench-ops", Role.OPS)
    firsts = {place.station_code: place for place in reversed(fleet)}
    await server.ask(
        "PUT", "/dispatch/organisation", token=token, body={"stations": [_station(p) for p in firsts.values()]}
    )
    feeders = {"feeders": [_feeder(code) for code in firsts]}
    await server.ask("PUT", "/dispatch/grid", token=token, body=feeders)
    for start in range(0, len(fleet), MOST):
        some = fleet[start : start + MOST]
        await server.ask("PUT", "/dispatch/organisation", token=token, body={"crews": [_crew(p) for p in some]})
        areas = {"transformer_areas": [_area(p) for p in some]}
        await server.ask("PUT", "/dispatch/grid", token=token, body=areas)


def _station(place: Place) -> dict[str, Any]:
    code = place.station_code
    return {"code": code, "name": f"样板供电所{code}", "lon": place.lon, "lat": place.lat, "area_type": "urban"}


def _feeder(station_code: str) -> dict[str, Any]:
    return {"code": f"{station_code}-F", "name": f"10kV样板{station_code}线", "station_code": station_code}


def _crew(place: Place) -> dict[str, Any]:
    return {
        "code": place.crew_code,
        "name": f"样板电工抢修组{place.crew_code}",
        "tier": "electrician_group",
        "station_code": place.station_code,
        "lon": place.lon,
        "lat": place.lat,
    }


def _area(place: Place) -> dict[str, Any]:
    return {
        "code": place.transformer_area,
        "feeder_code": f"{place.station_code}-F",
        "station_code": place.station_code,
        "area_type": "urban",
        "lon": place.lon,
        "lat": place.lat,
        "customers": 60,
    }
