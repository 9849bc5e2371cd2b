"""Tells Relight of the county, through the doors that an operator has: organisation, grid, customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.simulation.clients import Origin, SignedIn
from services.simulation.county.model import County, Crew, Customer, Feeder, Shift, Station, TransformerArea
from shared.clock import format_z

CUSTOMERS_A_CALL = 1000


@dataclass(frozen=True)
class Uploaded:
    """What was sent: how many of each."""

    stations: int
    crews: int
    feeders: int
    transformer_areas: int
    customers: int


async def upload_county(origin: Origin, ops: SignedIn, county: County) -> Uploaded:
    """Send the whole county; sending it again changes nothing."""
    await origin.put("/dispatch/organisation", ops, organisation(county.stations, county.crews, county.shifts))
    await origin.put("/dispatch/grid", ops, grid(county.feeders, county.areas))
    for start in range(0, len(county.customers), CUSTOMERS_A_CALL):
        some = county.customers[start : start + CUSTOMERS_A_CALL]
        body = {"customers": [customer(one, county.area_by_code[one.transformer_area]) for one in some]}
        await origin.post("/intake/customers/batch", ops, body)
    return Uploaded(
        len(county.stations), len(county.crews), len(county.feeders), len(county.areas), len(county.customers)
    )


def organisation(stations: Sequence[Station], crews: Sequence[Crew], shifts: Sequence[Shift]) -> dict[str, Any]:
    """Return the body of PUT /dispatch/organisation."""
    return {
        "stations": [
            {
                "code": s.code,
                "name": s.name,
                "lon": s.place.lon,
                "lat": s.place.lat,
                "area_type": s.area_type,
                "neighbours": list(s.neighbours),
            }
            for s in stations
        ],
        "crews": [
            {
                "code": c.code,
                "name": c.name,
                "tier": c.tier,
                "station_code": c.station_code,
                "device_secret": c.device_secret,
                "lon": c.place.lon,
                "lat": c.place.lat,
                "has_people": True,
                "has_materials": True,
                "has_vehicle": True,
            }
            for c in crews
        ],
        "shifts": [
            {"crew_code": s.crew_code, "starts_at": format_z(s.starts_at), "ends_at": format_z(s.ends_at)}
            for s in shifts
        ],
    }


def grid(feeders: Sequence[Feeder], areas: Sequence[TransformerArea]) -> dict[str, Any]:
    """Return the body of PUT /dispatch/grid."""
    return {
        "feeders": [
            {"code": f.code, "name": f.name, "station_code": f.station_code, "voltage_level": f.voltage_level}
            for f in feeders
        ],
        "transformer_areas": [
            {
                "code": a.code,
                "feeder_code": a.feeder_code,
                "station_code": a.station_code,
                "area_type": a.area_type,
                "lon": a.place.lon,
                "lat": a.place.lat,
                "customers": a.customers,
            }
            for a in areas
        ],
    }


def customer(one: Customer, area: TransformerArea) -> dict[str, Any]:
    """Return one customer as POST /intake/customers/batch takes it."""
    return {
        "customer_no": one.no,
        "name": one.name,
        "phone": one.phone,
        "address": one.address,
        "lon": one.place.lon,
        "lat": one.place.lat,
        "area_type": area.area_type,
        "transformer_area": area.code,
        "feeder": area.feeder_code,
        "station_code": one.station_code,
        "customer_class": one.customer_class,
        "special_need": one.special_need,
        "is_vip": one.is_vip,
    }
