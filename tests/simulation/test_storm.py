"""The evening before it is played: who rings, when the clock sets out, and what a crew does next."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from services.simulation.county import County, make_county
from services.simulation.storm.play import BEFORE, MINUTES, set_out_at
from services.simulation.storm.trip import details_of, drive_minutes, next_step
from services.simulation.storm.weather import Call, make_calls
from shared.clock import SHANGHAI

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def county() -> County:
    return make_county(7, now=NOW)


@pytest.fixture(scope="module")
def calls(county: County) -> list[Call]:
    return make_calls(county, Random(7), minutes=MINUTES)


def test_the_same_dice_make_the_same_evening(county: County, calls: list[Call]) -> None:
    assert make_calls(county, Random(7), minutes=MINUTES) == calls


def test_calls_come_in_order_and_number_about_as_many_as_asked_for(calls: list[Call]) -> None:
    assert 245 <= len(calls) <= 265
    assert [call.number for call in calls] == list(range(1, len(calls) + 1))
    assert [call.minute for call in calls] == sorted(call.minute for call in calls)


def test_one_call_in_ten_tells_of_no_outage_and_half_are_national(calls: list[Call]) -> None:
    kinds = Counter(call.business_type == "fault_repair" for call in calls)
    assert kinds[False] == 25
    assert 0.35 <= sum(call.is_national for call in calls) / len(calls) <= 0.55


def test_some_outages_are_told_of_by_several_people(calls: list[Call]) -> None:
    told = Counter(call.outage_minute for call in calls if call.outage_minute is not None)
    assert max(told.values()) >= 3


def test_nobody_rings_before_the_light_goes_out(calls: list[Call]) -> None:
    assert all(call.minute >= call.outage_minute for call in calls if call.outage_minute is not None)


@pytest.mark.parametrize("hour", range(24))
def test_the_evening_is_past_and_over_before_nobody_may_be_rung(hour: int) -> None:
    now = datetime(2026, 11, 22, hour, 17, tzinfo=UTC)
    start = set_out_at(now)
    end = start + timedelta(minutes=BEFORE + MINUTES)
    local = [moment.astimezone(SHANGHAI) for moment in (start, end)]
    assert end <= now
    assert local[0].hour >= 8
    assert (local[1].hour, local[1].minute) <= (21, 0)
    assert local[0].date() == local[1].date()


@pytest.mark.parametrize(
    ("needs", "step"),
    [
        (["accepted", "refused", "delayed"], "accepted"),
        (["trunk_restored", "repaired"], "repaired"),
        (["work_permit"], None),
        (["switching_done", "customer_internal"], None),
        (["replied"], "replied"),
        ([], None),
    ],
)
def test_a_crew_does_what_the_task_needs_next(needs: list[str], step: str | None) -> None:
    assert next_step(needs) == step


def test_every_reply_says_all_that_a_reply_needs() -> None:
    assert set(details_of("replied", Random(1), estimate="")) == {"process", "result", "customer_opinion", "cause"}


def test_a_longer_way_takes_longer(county: County) -> None:
    near, far = county.centre.shifted(east_m=1_000, north_m=0), county.centre.shifted(east_m=9_000, north_m=0)
    assert drive_minutes(county.centre, near) < drive_minutes(county.centre, far) < 60
