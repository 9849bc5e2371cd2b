"""A file of outages that we made up goes through the whole running system; what it counts is what the file says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.simulation.clients import Origin
from services.simulation.replay import pipeline, run
from services.simulation.replay.books import BookFile, Page
from services.simulation.replay.run import Replay, Report, replay
from tests.simulation.conftest import System


class BrokenOff(Exception):
    """Somebody pressed Ctrl-C."""


START = datetime(2021, 3, 4, 5, 0, tzinfo=UTC)
Row = dict[str, Any]


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def make_row(number: int, *, seen: int, gone: int, events: Sequence[tuple[int, str, Any]], started: int = -5) -> Row:
    return {
        "id": f"made-up-{number}",
        "started_at": at(seen + started),
        "first_seen_at": at(seen),
        "gone_at": at(gone),
        "lat": 33.1 + number / 100,
        "lon": 118.6,
        "place": "Nowhere",
        "events": [[at(seen + minutes), field, value] for minutes, field, value in events],
    }


def make_rows() -> list[Row]:
    """Twenty outages, ten minutes apart, two hours long, with every kind of dirt."""
    crews: list[list[tuple[int, str, Any]]] = [
        [(0, "crew", "assess_assigned"), (10, "crew", "assess_enroute"), (45, "crew", "assess_onsite")],
        [(0, "crew", "assess_enroute"), (90, "crew", "repair_onsite")],
        [(0, "crew", "assess_onsite")],  # on site when first seen: does not count
        [(20, "crew", "assess_onsite"), (30, "crew", "assess_assigned"), (40, "crew", "assess_onsite")],
        [(0, "crew", "assess_enroute"), (10, "crew", "no_access"), (110, "crew", "assess_onsite")],
        [(0, "crew", None), (10, "crew", "assess_assigned")],
        [(0, "crew", "assess_assigned"), (10, "crew", "assess_assigned")],
        [],
    ]
    rows = []
    for number in range(20):
        events = [*crews[number % len(crews)], (0, "customers", number % 3 * 100), (60, "customers", 5)]
        events += [(0, "etr", at(number)), (30, "etr", None), (30, "location", [33.0, 118.0]), (30, "cause", "weather")]
        started = 7 if number == 11 else -5
        rows.append(make_row(number, seen=number * 10, gone=number * 10 + 120, events=sorted_(events), started=started))
    return rows


def sorted_(events: list[tuple[int, str, Any]]) -> list[tuple[int, str, Any]]:
    return sorted(events, key=lambda event: event[0])


EXPECTED = {
    "outages": 20,
    "arrivals_per_day": {"2021-03-04": 20},
    "arrivals_peak_hour": ["2021-03-04T05", 6],
    # Twelve follow each other within two hours; at equal instants an end counts before a start.
    "peak_concurrent_outages_gaps_ignored": [12, at(110)],
    # Of eight kinds, two to three times each: on site after 45, 90, 20 and 110 minutes.
    "first_onsite_within_min_of_first_seen": {"45": [6, 11], "90": [9, 11], "120": [11, 11]},
    # An hour with 0, 100 or 200 customers, then an hour with 5.
    "customer_minutes_first_seen_to_gone": 60 * (7 * 0 + 7 * 100 + 6 * 200) + 60 * 5 * 20,
}


@pytest.fixture
def what(system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replay:
    monkeypatch.setattr(run, "LOOK_EVERY", 0.5)  # seconds; so few outages are counted soon
    file = tmp_path / "made_up.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in make_rows()))
    return Replay(file, system.url, system.staff, books_folder=tmp_path / "books", is_quiet=True)


def figures(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(report.as_dict()))
    return {key: told[key] for key in EXPECTED}


async def test_the_system_counts_what_the_file_says_and_refuses_what_cannot_be(what: Replay) -> None:
    report = await replay(what)
    assert figures(report) == EXPECTED
    assert set(report.refused) == {"report.already_reported"}


async def test_playing_the_same_file_again_doubles_nothing(what: Replay) -> None:
    first, again = await replay(what), await replay(what)
    assert figures(again) == figures(first) == EXPECTED
    assert again.refused == first.refused


async def test_goes_on_after_it_was_broken_off(what: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "CHUNK", 20)
    assert what.books_folder is not None
    append, chunks = BookFile.append, list[Page]()

    def break_off_after_three(file: BookFile, page: Page) -> None:
        append(file, page)
        chunks.append(page)
        if len(chunks) == 3:
            raise BrokenOff

    monkeypatch.setattr(BookFile, "append", break_off_after_three)
    with pytest.raises(ExceptionGroup):
        await replay(what)
    monkeypatch.setattr(BookFile, "append", append)
    assert len(next(what.books_folder.iterdir()).read_text().splitlines()) == 4
    assert figures(await replay(what)) == EXPECTED


async def test_every_outage_is_one_order_of_its_origin(what: Replay) -> None:
    await replay(what)
    async with Origin(what.base_url) as origin:
        page = await origin.get("/intake/orders", what.ops, origin="made_up", limit=200)
    assert len(page["items"]) == 20
    assert all(order["is_late_entry"] for order in page["items"])
