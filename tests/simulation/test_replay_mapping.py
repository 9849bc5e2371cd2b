"""What an outage of the map becomes: every kind of dirt that such maps have, in files that we made up."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.simulation.replay.mapping import Fact, FactKind, facts_of, make_facts, make_order
from services.simulation.replay.outages import BadLine, Outage, make_outage, origin_of, read_outages

START = datetime(2021, 3, 4, 5, 0, tzinfo=UTC)


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def make_row(*events: tuple[int, str, Any], **overrides: Any) -> dict[str, Any]:
    row = {
        "id": "made-up-1",
        "started_at": at(-15),
        "first_seen_at": at(0),
        "gone_at": at(120),
        "lat": 33.1,
        "lon": 118.6,
        "place": "Nowhere",
        "events": [[at(minutes), field, value] for minutes, field, value in events],
    }
    return {**row, **overrides}


def facts(*events: tuple[int, str, Any], **overrides: Any) -> list[Fact]:
    outage = make_outage(make_row(*events, **overrides))
    return list(facts_of(outage, origin="made_up", crew_code="R-01"))


def reports(*statuses: tuple[int, Any]) -> list[tuple[str, str]]:
    said = facts(*((minutes, "crew", status) for minutes, status in statuses))
    return [(fact.body["kind"], fact.body["occurred_at"]) for fact in said if fact.kind is FactKind.REPORT]


def observations(*events: tuple[int, str, Any], **overrides: Any) -> list[dict[str, Any]]:
    said = facts(*events, **overrides)
    return [fact.body for fact in said if fact.kind is FactKind.OBSERVATION]


def order(*events: tuple[int, str, Any], **overrides: Any) -> dict[str, Any]:
    return make_order(make_outage(make_row(*events, **overrides)), origin="made_up")


# -- crews


def test_each_status_becomes_the_report_of_its_step() -> None:
    assert reports((0, "assess_assigned"), (10, "assess_enroute"), (30, "assess_onsite")) == [
        ("accepted", at(0)),
        ("departed", at(10)),
        ("arrived", at(30)),
    ]


def test_skipped_statuses_are_filled_in_at_the_instant_that_shows_them() -> None:
    assert reports((20, "repair_onsite")) == [("accepted", at(20)), ("departed", at(20)), ("arrived", at(20))]


def test_only_what_is_missing_is_filled_in() -> None:
    assert reports((0, "assess_assigned"), (20, "assess_onsite")) == [
        ("accepted", at(0)),
        ("departed", at(20)),
        ("arrived", at(20)),
    ]


def test_backward_statuses_are_sent_as_they_are() -> None:
    kinds = [kind for kind, _ in reports((0, "assess_onsite"), (10, "assess_enroute"), (20, "repair_assigned"))]
    assert kinds == ["accepted", "departed", "arrived", "departed", "accepted"]


def test_repeated_statuses_are_sent_again_with_ids_of_their_own() -> None:
    said = [f for f in facts((0, "crew", "assess_assigned"), (9, "crew", "assess_assigned")) if f.body.get("report_id")]
    assert [fact.body["kind"] for fact in said] == ["accepted", "accepted"]
    assert said[0].body["report_id"] != said[1].body["report_id"]


def test_after_going_backwards_nothing_is_filled_in_twice() -> None:
    kinds = [kind for kind, _ in reports((0, "assess_onsite"), (10, "assess_assigned"), (20, "repair_onsite"))]
    assert kinds == ["accepted", "departed", "arrived", "accepted", "arrived"]


def test_no_access_is_a_delay_with_an_explanation() -> None:
    said = facts((0, "crew", "assess_enroute"), (10, "crew", "no_access"))
    delayed = next(fact.body for fact in said if fact.body.get("kind") == "delayed")
    assert delayed["explanation"]


def test_no_access_as_the_first_word_shows_that_the_crew_had_accepted() -> None:
    assert [kind for kind, _ in reports((0, "no_access"))] == ["accepted", "delayed"]


@pytest.mark.parametrize("status", [None, "", "somewhere_else"])
def test_a_status_that_says_nothing_is_ignored(status: str | None) -> None:
    assert not reports((0, status))


def test_the_assignment_is_dated_with_the_first_status_that_says_something() -> None:
    said = facts((0, "crew", None), (10, "crew", "assess_enroute"), (20, "crew", "assess_onsite"))
    (assignment,) = (fact for fact in said if fact.kind is FactKind.ASSIGNMENT)
    assert assignment.body["dispatched_at"] == at(10)


def test_an_outage_without_crew_has_no_assignment() -> None:
    assert all(fact.kind is not FactKind.ASSIGNMENT for fact in facts((0, "customers", 5)))


# -- orders


def test_the_order_is_received_when_the_outage_was_first_seen() -> None:
    made = order((0, "customers", 12))
    assert made["reported_at"] == at(0)
    assert made["late_entry"] == {"received_at": at(0), "origin": "made_up", "origin_no": "made-up-1"}
    assert made["customers_affected"] == 12


def test_zero_customers_is_a_number() -> None:
    assert order((0, "customers", 0))["customers_affected"] == 0


def test_customers_first_shown_later_are_an_observation_not_part_of_the_order() -> None:
    assert "customers_affected" not in order((10, "customers", 7))
    assert observations((10, "customers", 7))[0]["customers_affected"] == 7


def test_a_start_after_it_was_seen_is_left_out() -> None:
    assert "outage_started_at" not in order(started_at=at(1))
    assert order(started_at=at(0))["outage_started_at"] == at(0)


@pytest.mark.parametrize(("customers", "area_type"), [(0, "rural"), (49, "rural"), (50, "county_town"), (500, "urban")])
def test_the_area_type_follows_the_stated_rule(customers: int, area_type: str) -> None:
    assert order((0, "customers", customers))["area_type"] == area_type


# -- observations


def test_the_first_customers_are_told_once_with_the_order() -> None:
    seen = [body["customers_affected"] for body in observations((0, "customers", 1), (40, "customers", 561))[:-1]]
    assert seen == [561]


def test_an_estimate_without_value_takes_it_back() -> None:
    first, second, *_ = observations((0, "etr", at(60)), (10, "etr", None))
    assert first["estimated_restoration_at"] == at(60)
    assert second["clears_estimate"] is True


def test_an_estimate_in_the_past_is_sent_too() -> None:
    assert observations((50, "etr", at(10)))[0]["estimated_restoration_at"] == at(10)


def test_gone_from_the_map_is_power_back() -> None:
    assert observations()[-1]["power_restored_at"] == at(120)


def test_an_outage_that_is_still_there_has_no_power_back() -> None:
    assert observations(gone_at=None) == []


@pytest.mark.parametrize("field", ["location", "cause", "crew_eta"])
def test_what_is_not_ours_to_say_is_not_sent(field: str) -> None:
    assert [fact.kind for fact in facts((10, field, "something"))] == [FactKind.ORDER, FactKind.OBSERVATION]


# -- all together


def test_facts_go_in_the_order_of_their_times_and_doors() -> None:
    rows = [
        make_row((0, "crew", "assess_onsite"), (0, "etr", at(60)), id="made-up-2"),
        make_row((0, "crew", "assess_assigned"), id="made-up-3", first_seen_at=at(-30), gone_at=at(-5)),
    ]
    made = make_facts([make_outage(row) for row in rows], origin="made_up", crew_codes=["R-01"])
    turn = list(FactKind)
    keys = [(fact.at, turn.index(fact.kind)) for fact in made]
    assert keys == sorted(keys)


def test_the_same_file_makes_the_same_ids() -> None:
    def ids() -> list[Any]:
        said = facts((0, "crew", "assess_onsite"), (5, "etr", at(60)), (9, "crew", "assess_onsite"))
        return [fact.body.get("report_id") or fact.body.get("observation_id") for fact in said]

    assert ids() == ids()
    given = [one for one in ids() if one]
    assert len(set(given)) == len(given)


def test_the_stem_of_the_file_is_the_origin() -> None:
    assert origin_of(Path("somewhere/made_up.jsonl.gz")) == "made_up"


def test_reads_gzipped_and_plain_files(tmp_path: Path) -> None:
    text = json.dumps(make_row()) + "\n\n" + json.dumps(make_row(id="made-up-2")) + "\n"
    (tmp_path / "plain.jsonl").write_text(text)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    plain: list[Outage] = read_outages(tmp_path / "plain.jsonl")
    assert [outage.id for outage in plain] == ["made-up-1", "made-up-2"]
    assert read_outages(tmp_path / "packed.jsonl.gz") == plain


def test_a_line_that_is_no_outage_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text(json.dumps(make_row()) + '\n{"id": "x"}\n')
    with pytest.raises(BadLine, match="line 2"):
        read_outages(tmp_path / "bad.jsonl")
