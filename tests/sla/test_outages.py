"""Real outages through the real reactions: the same numbers as the data's own oracle must come out."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.sla.domain.indicators.outages import Outage, count_outages
from shared.events import Fact
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

DATA = Path(__file__).parents[3] / "shared" / "data" / "outages"
BATCH = 500
ON_SITE = ("assess_onsite", "repair_onsite")
KEYS = (
    "outages",
    "arrivals_per_day",
    "arrivals_peak_hour",
    "peak_concurrent_outages_gaps_ignored",
    "first_onsite_within_min_of_first_seen",
    "customer_minutes_first_seen_to_gone",
)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the outage data is not at {DATA}")
@pytest.mark.parametrize("part", ["pge_2019_calm", "pge_2020_storm"])
async def test_a_replay_gives_the_numbers_of_the_oracle(own_watch: Watch, part: str) -> None:
    oracle = json.loads((DATA / "oracle.json").read_text())[part]

    facts = sorted(_facts(part), key=lambda fact: fact.occurred_at)
    for start in range(0, len(facts), BATCH):
        await own_watch.hear(*facts[start : start + BATCH])

    assert await own_watch.reasons() == []
    for recompute in ("false", "true") if part == "pge_2019_calm" else ("false",):
        answer = await own_watch.call("GET", "/indicators/outages", params={"origin": part, "recompute": recompute})
        assert answer.json() == {key: oracle[key] for key in KEYS}


def test_at_one_instant_an_outage_that_ends_makes_room_for_one_that_begins() -> None:
    outages = [Outage(TEN, at("11:00"), None), Outage(at("11:00"), at("12:00"), None)]

    assert count_outages(outages).peak_concurrent_outages_gaps_ignored == (1, TEN)


def test_customer_minutes_are_rounded_once_at_the_end() -> None:
    third = timedelta(seconds=20)
    outages = [Outage(TEN, TEN + third, None, [(TEN, 1)])] * 3

    assert count_outages(outages).customer_minutes_first_seen_to_gone == 1


def test_a_crew_that_was_there_before_the_report_says_nothing_about_arrival() -> None:
    outages = [Outage(TEN, at("12:00"), TEN), Outage(TEN, at("12:00"), at("10:45"))]

    assert count_outages(outages).first_onsite_within_min_of_first_seen["45"] == (1, 1)


async def test_an_extent_told_for_the_same_instant_replaces_the_one_before(own_watch: Watch) -> None:
    order_id = new_id()

    await own_watch.hear(
        tell.order(order_id, origin="paper", origin_no="1", customers_affected=10),
        tell.extent(order_id, TEN, 100),
        tell.restored(order_id, at("10:10")),
    )

    answer = await own_watch.call("GET", "/indicators/outages", params={"origin": "paper"})
    assert answer.json()["customer_minutes_first_seen_to_gone"] == 1000


def _facts(part: str) -> Iterator[Fact[Any]]:
    with gzip.open(DATA / f"{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield from _facts_of(json.loads(line), part)


def _facts_of(outage: dict[str, Any], part: str) -> Iterator[Fact[Any]]:
    order_id, task_id = new_id(), new_id()
    seen = datetime.fromisoformat(outage["first_seen_at"])
    changes = [(datetime.fromisoformat(moment), field, value) for moment, field, value in outage["events"]]
    customers = [(moment, value) for moment, field, value in changes if field == "customers"]
    first = next((value for moment, value in customers if moment == seen), None)
    yield tell.order(
        order_id, seen, origin=part, origin_no=outage["id"], is_late_entry=True, customers_affected=first, content=""
    )
    for moment, value in customers:
        if moment > seen:
            yield tell.extent(order_id, moment, value)
    crew = [(moment, value) for moment, field, value in changes if field == "crew"]
    on_site = next((moment for moment, value in crew if value in ON_SITE), None)
    if on_site:
        yield tell.assigned(order_id, task_id, crew[0][0])
        yield tell.arrived(order_id, task_id, on_site)
    if outage.get("gone_at"):
        yield tell.restored(order_id, datetime.fromisoformat(outage["gone_at"]))
