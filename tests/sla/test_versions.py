"""Promises are data: a clock keeps the version of its start, and the start itself is a switch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.sla.domain.calendars import Calendar
from services.sla.domain.clocks import ClockStatus, courses_of
from services.sla.domain.entries import ENTRIES, open_record
from services.sla.domain.marks import Milestone
from services.sla.domain.promises import Layer, Per, Promise, Promises, find_looser
from services.sla.domain.records import OrderRecord
from shared.events import Fact
from shared.events.intake import OrderCreated
from shared.glossary import AreaType
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

CHANGE = at("12:00")
COMMITMENT = Promise(
    id=new_id(),
    code="repair_arrival_commitment",
    layer=Layer.EXT,
    per=Per.ERRAND,
    starts=Milestone.CREW_RECEIVED,
    stops=frozenset({Milestone.ARRIVED}),
    limits={AreaType.URBAN: timedelta(minutes=45)},
    warn_at=0.8,
    calendar=Calendar.ROUND_THE_CLOCK,
    valid_from=TEN - timedelta(days=1),
    valid_to=CHANGE,
    source="001",
)
STRICTER = replace(
    COMMITMENT, id=new_id(), limits={None: timedelta(minutes=40)}, valid_from=CHANGE, valid_to=None, source="new"
)


def make_record(*facts: Fact[Any]) -> OrderRecord:
    created, *later = facts
    assert isinstance(created.event, OrderCreated)
    record = open_record(created.event, created.recorded_at)
    for fact in later:
        ENTRIES[type(fact.event)](record, fact.event, fact.recorded_at)
    return record


@pytest.mark.parametrize(("received", "limit"), [("11:59", 45), ("12:00", 40)])
def test_a_clock_keeps_the_version_that_was_in_force_when_it_started(received: str, limit: int) -> None:
    order_id, task_id = new_id(), new_id()
    record = make_record(
        tell.order(order_id),
        tell.assigned(order_id, task_id, at("11:50")),
        tell.crew_received(order_id, task_id, at(received)),
        tell.arrived(order_id, task_id, at(received) + timedelta(minutes=limit)),
    )

    (course,) = courses_of(record, Promises([COMMITMENT, STRICTER])).values()

    assert (course.due_at - course.started_at, course.status) == (timedelta(minutes=limit), ClockStatus.MET)


def test_the_start_of_the_commitment_is_a_switch() -> None:
    """Source 001 starts at the crew's receipt; the catalogue recommends the customer's report."""
    order_id, task_id = new_id(), new_id()
    record = make_record(
        tell.order(order_id, at("09:50")),
        tell.assigned(order_id, task_id, TEN),
        tell.crew_received(order_id, task_id, TEN),
        tell.arrived(order_id, task_id, at("10:40")),
    )

    (by_receipt,) = courses_of(record, Promises([COMMITMENT])).values()
    (by_report,) = courses_of(record, Promises([replace(COMMITMENT, starts=Milestone.REPORTED)])).values()

    assert (by_receipt.status, by_report.status) == (ClockStatus.MET, ClockStatus.BREACHED)


def test_an_area_that_was_promised_nothing_has_no_clock() -> None:
    order_id, task_id = new_id(), new_id()
    record = make_record(
        tell.order(order_id, area_type=AreaType.RURAL),
        tell.assigned(order_id, task_id, TEN),
        tell.crew_received(order_id, task_id, TEN),
    )

    assert courses_of(record, Promises([COMMITMENT])) == {}


@pytest.mark.requirement("000-072")
def test_an_internal_target_that_is_looser_than_the_commitment_is_found() -> None:
    lax = replace(COMMITMENT, code="repair_arrival_internal", layer=Layer.INT, limits={None: timedelta(minutes=46)})

    assert find_looser([COMMITMENT, lax]) == [
        "repair_arrival_internal is looser than repair_arrival_commitment in urban"
    ]


async def test_clocks_are_listed_by_status_those_due_first_first(own_watch: Watch) -> None:
    orders = [new_id() for _ in range(5)]
    await own_watch.hear(*(tell.order(order, TEN - timedelta(minutes=n)) for n, order in enumerate(orders)))

    asked = {"status": "open", "promise": "repair_accept_or_return", "limit": 3, "due_before": "2026-11-23T02:03:00Z"}
    first = (await own_watch.call("GET", "/clocks", params=asked)).json()
    rest = (await own_watch.call("GET", "/clocks", params={**asked, "cursor": first["next_cursor"]})).json()

    listed = [clock["order_id"] for clock in first["items"] + rest["items"]]
    assert listed == [str(order) for order in reversed(orders[1:])]
    assert rest["next_cursor"] is None


async def test_every_version_of_every_promise_can_be_read(watch: Watch) -> None:
    items = (await watch.call("GET", "/promises")).json()["items"]

    limits = {item["code"]: item["limit_minutes"] for item in items}
    assert limits["repair_arrival_internal"] == {"urban": 30, "county_town": 30, "rural": 90, "special_remote": 120}
    assert limits["repair_departure"] == {"any": 5}
    assert all(item["source"] for item in items)


async def test_an_order_never_heard_of_has_no_clocks(watch: Watch) -> None:
    answer = await watch.call("GET", f"/orders/{new_id()}/clocks")

    assert (answer.status_code, answer.json()["code"]) == (404, "order.unknown")
