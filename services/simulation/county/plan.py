"""Makes the county from a seed: stations, crews, grid, people, in that order, each with dice of its own.

Dice of its own means: more crews leave the customers as they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from services.simulation.county import names
from services.simulation.county.model import (
    County,
    Crew,
    Customer,
    Feeder,
    Place,
    Shift,
    Station,
    TransformerArea,
)

CENTRE = Place(118.6, 33.1)
NEIGHBOURS = 3
FEEDERS_A_STATION = 5
AREAS_A_FEEDER = (6, 9)
PEOPLE_AN_AREA = (10, 17)
"""Customers whom intake knows by name, of those behind one transformer."""

SPREAD_M = {"urban": 1_600, "county_town": 2_200, "rural": 5_000, "special_remote": 8_000}
"""How far a transformer lies from its station, metres, one standard deviation."""

HOUSEHOLDS = {"urban": (80, 240), "county_town": (60, 180), "rural": (25, 90), "special_remote": (8, 40)}
CREWS_OF_TIER = {"station_alliance": (1, 1), "station_crew": (2, 3), "electrician_group": (3, 4)}
TIER_WORDS = {"station_alliance": "抢修联防组织", "station_crew": "抢修班", "electrician_group": "电工抢修组"}
TIER_LETTER = {"station_alliance": "A", "station_crew": "B", "electrician_group": "C"}
SHIFT = timedelta(hours=12)
NEEDS = (("five_guarantees", 0.008), ("lone_elderly", 0.02), ("vulnerable", 0.012))
VIPS = 24


def make_county(seed: int, *, now: datetime) -> County:
    """Make the city of `seed`; its shifts run from the day before `now` to two days after."""
    stations = tuple(_make_stations(_dice(seed, "stations")))
    crews = tuple(_make_crews(_dice(seed, "crews"), stations))
    feeders = tuple(_make_feeders(stations))
    areas = tuple(_make_areas(_dice(seed, "areas"), stations, feeders))
    customers = tuple(_make_customers(_dice(seed, "customers"), stations, areas))
    return County(
        seed=seed,
        name=names.CITY,
        centre=CENTRE,
        stations=stations,
        crews=crews,
        shifts=tuple(make_shifts([crew.code for crew in crews], now=now)),
        feeders=feeders,
        areas=areas,
        customers=customers,
    )


def make_shifts(crew_codes: Sequence[str], *, now: datetime) -> Iterator[Shift]:
    """Put every crew on duty in each twelve hours from the day before `now` to two days after: it is a storm."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight + SHIFT * turn for turn in range(-2, 6)]
    for code in crew_codes:
        for start in starts:
            yield Shift(code, start, start + SHIFT)


def _dice(seed: int, purpose: str) -> Random:
    return Random(f"{seed} {purpose}")  # noqa: S311 - a game, not a secret


def _make_stations(dice: Random) -> Iterator[Station]:
    places = {}
    for name, _, east_km, north_km in names.STATIONS:
        stray = dice.uniform(-0.3, 0.3)
        places[name] = CENTRE.shifted(east_m=(east_km + stray) * 1000, north_m=(north_km - stray) * 1000)
    code_of = {name: f"QL{number:02}" for number, (name, *_) in enumerate(names.STATIONS, 1)}
    for name, area_type, *_ in names.STATIONS:
        others = sorted((other for other in places if other != name), key=lambda o: places[name].metres_to(places[o]))
        near = tuple(code_of[other] for other in others[:NEIGHBOURS])
        yield Station(code_of[name], f"{name}供电所", places[name], area_type, near)


def _make_crews(dice: Random, stations: Sequence[Station]) -> Iterator[Crew]:
    for station in stations:
        for tier, (least, most) in CREWS_OF_TIER.items():
            for number in range(1, dice.randint(least, most) + 1):
                yield Crew(
                    code=f"{station.code}-{TIER_LETTER[tier]}{number}",
                    name=f"{station.name}{TIER_WORDS[tier]}" + (f"{number}" if most > 1 else ""),
                    tier=tier,
                    station_code=station.code,
                    device_secret=f"device-{dice.getrandbits(96):024x}",
                    place=station.place.shifted(east_m=dice.gauss(0, 400), north_m=dice.gauss(0, 400)),
                )


def _make_feeders(stations: Sequence[Station]) -> Iterator[Feeder]:
    for station in stations:
        for number in range(1, FEEDERS_A_STATION + 1):
            short = station.name.removesuffix("供电所")
            code = f"{station.code}-F{number}"
            yield Feeder(code, f"10kV {short}{number}线", station.code, "10kV")


def _make_areas(dice: Random, stations: Sequence[Station], feeders: Sequence[Feeder]) -> Iterator[TransformerArea]:
    by_code = {station.code: station for station in stations}
    for feeder in feeders:
        station = by_code[feeder.station_code]
        for number in range(1, dice.randint(*AREAS_A_FEEDER) + 1):
            area_type = _area_type(dice, station.area_type)
            spread = SPREAD_M[area_type]
            yield TransformerArea(
                code=f"{feeder.code}-T{number:02}",
                name=f"{feeder.name.removeprefix('10kV ')}{number}号台区",
                feeder_code=feeder.code,
                station_code=station.code,
                area_type=area_type,
                place=station.place.shifted(east_m=dice.gauss(0, spread), north_m=dice.gauss(0, spread)),
                customers=dice.randint(*HOUSEHOLDS[area_type]),
            )


def _area_type(dice: Random, usual: str) -> str:
    """Every station has an edge: one transformer in eight is of the next kind outwards."""
    kinds = list(SPREAD_M)
    outwards = kinds[min(kinds.index(usual) + 1, len(kinds) - 1)]
    return outwards if dice.random() < 1 / 8 else usual


def _make_customers(dice: Random, stations: Sequence[Station], areas: Sequence[TransformerArea]) -> Iterator[Customer]:
    short = {station.code: station.name.removesuffix("供电所") for station in stations}
    number = 0
    for area in areas:
        for _ in range(min(dice.randint(*PEOPLE_AN_AREA), area.customers)):
            number += 1
            yield Customer(
                no=f"QL{number:08}",
                name=names.make_person(dice),
                phone=names.make_phone(number),
                address=names.make_address(dice, station=short[area.station_code], area_type=area.area_type),
                place=area.place.shifted(east_m=dice.gauss(0, 120), north_m=dice.gauss(0, 120)),
                transformer_area=area.code,
                station_code=area.station_code,
                special_need=_special_need(dice),
                is_vip=number % (4_000 // VIPS) == 0,
            )
    yield from _make_firms(dice, areas, first_number=number + 1)


def _special_need(dice: Random) -> str:
    rolled = dice.random()
    for need, share in NEEDS:
        if rolled < share:
            return need
        rolled -= share
    return "none"


def _make_firms(dice: Random, areas: Sequence[TransformerArea], *, first_number: int) -> Iterator[Customer]:
    """Hospitals and waterworks: the important customers, of each regulatory class."""
    classes = ("important_special", "important_1", "important_2")
    for turn, firm in enumerate(names.FIRMS):
        area = dice.choice(areas)
        yield Customer(
            no=f"QL{first_number + turn:08}",
            name=firm,
            phone=names.make_phone(first_number + turn),
            address=f"{names.CITY}{firm}",
            place=area.place,
            transformer_area=area.code,
            station_code=area.station_code,
            customer_class=classes[turn % len(classes)],
            is_vip=True,
        )
