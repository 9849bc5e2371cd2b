"""The invented county: the same for the same seed, with everybody in it that a demonstration needs."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.simulation.county import County, make_county
from services.simulation.county.upload import customer, grid, organisation

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def county() -> County:
    return make_county(7, now=NOW)


def test_the_same_seed_makes_the_same_county(county: County) -> None:
    assert make_county(7, now=NOW) == county


def test_another_seed_makes_other_people(county: County) -> None:
    assert make_county(8, now=NOW).customers != county.customers


def test_has_the_promised_size(county: County) -> None:
    assert len(county.stations) == 8
    assert len(county.feeders) == 40
    assert 280 <= len(county.areas) <= 320
    assert 3_700 <= len(county.customers) <= 4_300


def test_every_station_has_crews_of_all_three_tiers(county: County) -> None:
    for station in county.stations:
        tiers = Counter(crew.tier for crew in county.crews if crew.station_code == station.code)
        assert tiers["station_alliance"] == 1
        assert 2 <= tiers["station_crew"] <= 3
        assert 3 <= tiers["electrician_group"] <= 4


def test_every_crew_is_on_duty_now_and_through_the_night(county: County) -> None:
    for moment in (NOW, NOW + timedelta(hours=12)):
        on_duty = {shift.crew_code for shift in county.shifts if shift.starts_at <= moment < shift.ends_at}
        assert on_duty == {crew.code for crew in county.crews}


def test_shifts_of_one_crew_do_not_overlap(county: County) -> None:
    for crew in county.crews:
        own = sorted((s.starts_at, s.ends_at) for s in county.shifts if s.crew_code == crew.code)
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(own))


def test_has_every_kind_of_area_and_of_customer(county: County) -> None:
    assert {area.area_type for area in county.areas} == {"urban", "county_town", "rural", "special_remote"}
    assert {one.special_need for one in county.customers} == {"none", "five_guarantees", "lone_elderly", "vulnerable"}
    classes = {"ordinary", "important_special", "important_1", "important_2"}
    assert {one.customer_class for one in county.customers} == classes
    assert sum(one.is_vip for one in county.customers) >= 10


def test_every_phone_is_of_the_invented_range_and_nobody_shares_one(county: County) -> None:
    phones = [one.phone for one in county.customers]
    assert all(phone.startswith("1390000") and len(phone) == 11 for phone in phones)
    assert len(set(phones)) == len(phones)


def test_everything_hangs_together(county: County) -> None:
    stations = {station.code for station in county.stations}
    feeders = {feeder.code: feeder for feeder in county.feeders}
    assert {feeder.station_code for feeder in county.feeders} == stations
    assert all(area.station_code == feeders[area.feeder_code].station_code for area in county.areas)
    assert all(one.station_code == county.area_by_code[one.transformer_area].station_code for one in county.customers)
    assert all(set(station.neighbours) < stations - {station.code} for station in county.stations)


def test_no_two_crews_share_a_device_secret(county: County) -> None:
    assert len({crew.device_secret for crew in county.crews}) == len(county.crews)


def test_what_is_uploaded_names_everything_once(county: County) -> None:
    told = organisation(county.stations, county.crews, county.shifts)
    assert len({crew["code"] for crew in told["crews"]}) == len(county.crews)
    assert len({area["code"] for area in grid(county.feeders, county.areas)["transformer_areas"]}) == len(county.areas)


def test_a_customer_is_uploaded_with_what_care_needs(county: County) -> None:
    cared_for = next(one for one in county.customers if one.special_need != "none")
    told = customer(cared_for, county.area_by_code[cared_for.transformer_area])
    assert told["special_need"] == cared_for.special_need
    assert told["transformer_area"] == cared_for.transformer_area
