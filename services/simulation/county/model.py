"""What a county is made of; plain values, the same for the same seed."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

METRES_PER_DEGREE = 111_320.0
"""Of latitude; a degree of longitude is this times the cosine of the latitude."""


@dataclass(frozen=True)
class Place:
    """A point, WGS-84 degrees."""

    lon: float
    lat: float

    def shifted(self, *, east_m: float, north_m: float) -> Place:
        """Return the point so many metres east and north of this one, to about a metre."""
        lon = self.lon + east_m / (METRES_PER_DEGREE * math.cos(math.radians(self.lat)))
        return Place(round(lon, 5), round(self.lat + north_m / METRES_PER_DEGREE, 5))

    def metres_to(self, other: Place) -> float:
        """Return the straight distance, metres; good enough inside one county."""
        east = (other.lon - self.lon) * math.cos(math.radians(self.lat))
        return math.hypot(east, other.lat - self.lat) * METRES_PER_DEGREE

    def towards(self, other: Place, share: float) -> Place:
        """Return the point at `share` (0 to 1) of the straight way to `other`."""
        share = min(max(share, 0.0), 1.0)
        return Place(
            round(self.lon + (other.lon - self.lon) * share, 5), round(self.lat + (other.lat - self.lat) * share, 5)
        )


@dataclass(frozen=True)
class Station:
    """供电所: owns feeders, transformer areas and crews; `neighbours` help it out."""

    code: str
    name: str
    place: Place
    area_type: str
    neighbours: tuple[str, ...]


@dataclass(frozen=True)
class Crew:
    """One crew of one tier (所/班/组) with the secret that its phone signs in with."""

    code: str
    name: str
    tier: str
    station_code: str
    device_secret: str
    place: Place


@dataclass(frozen=True)
class Shift:
    """A crew is on duty from `starts_at` until `ends_at`."""

    crew_code: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Feeder:
    """馈线."""

    code: str
    name: str
    station_code: str
    voltage_level: str


@dataclass(frozen=True)
class TransformerArea:
    """台区: everybody behind one distribution transformer."""

    code: str
    name: str
    feeder_code: str
    station_code: str
    area_type: str
    place: Place
    customers: int


@dataclass(frozen=True)
class Customer:
    """Somebody who does not exist, behind a transformer that does not either."""

    no: str
    name: str
    phone: str
    address: str
    place: Place
    transformer_area: str
    station_code: str
    customer_class: str = "ordinary"
    special_need: str = "none"
    is_vip: bool = False


@dataclass(frozen=True)
class County:
    """The whole invented city."""

    seed: int
    name: str
    centre: Place
    stations: tuple[Station, ...]
    crews: tuple[Crew, ...]
    shifts: tuple[Shift, ...]
    feeders: tuple[Feeder, ...]
    areas: tuple[TransformerArea, ...]
    customers: tuple[Customer, ...]

    @cached_property
    def customers_of(self) -> dict[str, list[Customer]]:
        """Who lives behind each transformer, by its code."""
        found: dict[str, list[Customer]] = defaultdict(list)
        for customer in self.customers:
            found[customer.transformer_area].append(customer)
        return dict(found)

    @cached_property
    def areas_of(self) -> dict[str, list[TransformerArea]]:
        """Which transformers hang on each feeder, by its code."""
        found: dict[str, list[TransformerArea]] = defaultdict(list)
        for area in self.areas:
            found[area.feeder_code].append(area)
        return dict(found)

    @cached_property
    def area_by_code(self) -> dict[str, TransformerArea]:
        """Every transformer area by its code."""
        return {area.code: area for area in self.areas}
