"""Crews and stations: who is ready, how far away they are, and which station owns a fault.

Ready means people, materials and vehicle in place (requirement 000-068), on shift, and nothing else to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from shared.glossary import Tier

EARTH_RADIUS_M = 6_371_000


@dataclass(frozen=True)
class Point:
    """A place on the map, degrees."""

    lon: float
    lat: float


def distance_m(a: Point, b: Point) -> int:
    """Return the great-circle distance in whole metres."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin(radians(b.lon - a.lon) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(sqrt(half)))


class CrewStatus(StrEnum):
    """What the command centre sees of a crew (requirement 000-064)."""

    READY = "ready"
    BUSY = "busy"
    UNREADY = "unready"
    OFF_SHIFT = "off_shift"


@dataclass(frozen=True)
class Station:
    """A supply station (所) and the stations that help it out."""

    code: str
    name: str
    place: Point
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crew:
    """A crew as it stands at one instant; `place` is its last position, or its home."""

    code: str
    name: str
    tier: Tier
    station_code: str
    place: Point
    has_people: bool = True
    has_materials: bool = True
    has_vehicle: bool = True
    is_on_shift: bool = True
    open_tasks: int = 0

    @property
    def status(self) -> CrewStatus:
        """Say whether the crew can be sent."""
        if not self.is_on_shift:
            return CrewStatus.OFF_SHIFT
        if not (self.has_people and self.has_materials and self.has_vehicle):
            return CrewStatus.UNREADY
        return CrewStatus.BUSY if self.open_tasks else CrewStatus.READY

    @property
    def is_ready(self) -> bool:
        """Whether the crew may be sent without asking anybody."""
        return self.status == CrewStatus.READY


def nearest_station(place: Point, stations: Iterable[Station]) -> Station | None:
    """Return the station nearest to a place, the lower code on a tie; None if there is none."""
    return min(stations, key=lambda s: (distance_m(place, s.place), s.code), default=None)
