"""The arithmetic: returns by orders and by times, cohorts by archiving, means, rates, and no value out of nothing.

`watch.indicators` asks twice, once of the books and once of the facts alone, and both must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.events import Fact
from shared.glossary import AreaType, BusinessType, ReturnLevel
from shared.ids import new_id
from shared.zone import SHANGHAI
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

NATIONAL, PROVINCE = ReturnLevel.NATIONAL, ReturnLevel.PROVINCE
OPINION = BusinessType.OPINION


def make_archived(
    archived_at: datetime, *returns: ReturnLevel, business_type: BusinessType = OPINION
) -> Iterator[Fact[Any]]:
    """Make an order's life: received a month before, returned some times, archived."""
    order_id, received_at = new_id(), archived_at - timedelta(days=30)
    yield tell.order(order_id, received_at, business_type=business_type)
    for n, level in enumerate(returns, start=1):
        yield tell.returned(order_id, received_at + timedelta(days=n), level=level, to_round=n + 1)
    yield tell.archived(order_id, archived_at, business_type=business_type)


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=SHANGHAI)


async def tell_all(watch: Watch, orders: list[Iterator[Fact[Any]]]) -> None:
    facts = [fact for order in orders for fact in order]
    for start in range(0, len(facts), 500):
        await watch.hear(*facts[start : start + 500])


@pytest.mark.requirement("001-014")
async def test_the_first_period_of_the_source(own_watch: Watch) -> None:
    """E1: [2013-11-23, 2014-01-01): 5 national returns of 5 orders, 12 by the province of 12."""
    day = midnight(2013, 12, 15)
    orders = [make_archived(day, NATIONAL) for _ in range(5)] + [make_archived(day, PROVINCE) for _ in range(12)]
    await tell_all(own_watch, orders + [make_archived(day) for _ in range(183)])

    returns = (await own_watch.indicators("2013-11-23", "2014-01-01"))["returns"]

    assert (returns["national"]["returned_orders"], returns["national"]["return_times"]) == (5, 5)
    assert (returns["province"]["returned_orders"], returns["province"]["return_times"]) == (12, 12)
    assert (returns["national"]["rate"], returns["province"]["rate"]) == (0.025, 0.06)
    answer = await own_watch.call("GET", "/indicators", params={"from": "2013-11-23", "to": "2014-01-01"})
    assert answer.json()["days"] == 39


@pytest.mark.requirement("001-010", "001-011", "001-013", "001-015")
async def test_the_rate_counts_orders_and_the_times_stand_beside_it(own_watch: Watch) -> None:
    """E2 and E3: 35 provincial returns on 32 orders, 3 of them twice, of 1,600: 2.00 %, not 2.19 %."""
    day = midnight(2014, 3, 30)
    orders = [make_archived(day, NATIONAL) for _ in range(9)]
    orders += [make_archived(day, PROVINCE) for _ in range(29)]
    orders += [make_archived(day, PROVINCE, PROVINCE) for _ in range(3)]
    await tell_all(own_watch, orders + [make_archived(day) for _ in range(1600 - 41)])

    returns = (await own_watch.indicators("2014-01-01", "2014-06-01"))["returns"]

    province, national = returns["province"], returns["national"]
    assert (province["return_times"], province["returned_orders"], province["orders_returned_twice"]) == (35, 32, 3)
    assert (province["archived"], province["rate"]) == (1600, 0.02)
    assert (national["returned_orders"], national["return_times"]) == (9, 9)


@pytest.mark.requirement("001-010", "001-073")
async def test_a_period_without_returns_is_zero_and_one_without_orders_has_no_value(own_watch: Watch) -> None:
    """E4."""
    await tell_all(own_watch, [make_archived(midnight(2014, 7, 1))])

    quiet = (await own_watch.indicators("2014-06-01", "2014-08-01"))["returns"]["national"]
    empty = (await own_watch.indicators("2014-08-01", "2014-09-01"))["returns"]["national"]

    assert (quiet["rate"], quiet["archived"]) == (0.0, 1)
    assert (empty["rate"], empty["archived"]) == (None, 0)


@pytest.mark.requirement("001-012")
async def test_midnight_in_shanghai_belongs_to_the_period_that_begins(own_watch: Watch) -> None:
    """E5: archived 2014-01-01 00:00:00."""
    await tell_all(own_watch, [make_archived(midnight(2014, 1, 1))])

    assert (await own_watch.indicators("2013-11-23", "2014-01-01"))["archived"] == 0
    assert (await own_watch.indicators("2014-01-01", "2014-06-01"))["archived"] == 1


async def test_an_order_counts_in_the_period_in_which_it_was_archived(own_watch: Watch) -> None:
    """E6: returned in May, archived in June."""
    order_id = new_id()
    await own_watch.hear(
        tell.order(order_id, midnight(2014, 5, 1), business_type=OPINION),
        tell.returned(order_id, midnight(2014, 5, 20)),
        tell.archived(order_id, midnight(2014, 6, 2), business_type=OPINION),
    )

    assert (await own_watch.indicators("2014-05-01", "2014-06-01"))["returns"]["national"]["returned_orders"] == 0
    assert (await own_watch.indicators("2014-06-01", "2014-07-01"))["returns"]["national"]["returned_orders"] == 1


async def test_an_order_returned_by_both_counts_once_in_the_union(own_watch: Watch) -> None:
    day = midnight(2014, 7, 1)
    await tell_all(own_watch, [make_archived(day, PROVINCE, NATIONAL), make_archived(day, NATIONAL)])

    returns = (await own_watch.indicators("2014-07-01", "2014-08-01"))["returns"]

    assert [returns[level]["returned_orders"] for level in ("national", "province", "union")] == [2, 1, 2]
    assert [returns[level]["return_times"] for level in ("national", "province", "union")] == [2, 1, 3]


async def test_a_decline_is_not_a_return(own_watch: Watch) -> None:
    """E7: neither in the numerator nor in the denominator."""
    order_id = new_id()
    await own_watch.hear(tell.order(order_id), tell.declined(order_id, at("10:02")))

    counted = await own_watch.indicators("2026-11-23", "2026-11-24")

    assert (counted["declined"], counted["archived"]) == (1, 0)
    assert counted["returns"]["union"]["rate"] is None


async def test_returns_by_business_type_add_up(own_watch: Watch) -> None:
    """E8, as far as the source goes: 3 repairs, 1 complaint, 2 consultations."""
    day = midnight(2014, 3, 30)
    kinds = [BusinessType.FAULT_REPAIR] * 3 + [BusinessType.COMPLAINT] + [BusinessType.CONSULTATION] * 2
    await tell_all(own_watch, [make_archived(day, NATIONAL, business_type=kind) for kind in kinds])

    national = (await own_watch.indicators("2014-03-01", "2014-04-01"))["returns"]["national"]

    assert national["by_business_type"] == {"complaint": 1, "consultation": 2, "fault_repair": 3}
    assert sum(national["by_business_type"].values()) == national["returned_orders"]


@pytest.mark.requirement("000-098", "000-099", "000-100")
async def test_mean_arrival_and_what_was_kept(own_watch: Watch) -> None:
    """E9: arrivals after 26, 28 and 30 minutes: mean 28.0, everything on time, every customer satisfied."""
    for minutes in (26, 28, 30):
        order_id, task_id = new_id(), new_id()
        there = TEN + timedelta(minutes=minutes)
        await own_watch.hear(
            tell.order(order_id, at("09:59"), area_type=AreaType.COUNTY_TOWN),
            tell.assigned(order_id, task_id, TEN),
            tell.crew_received(order_id, task_id, at("10:01")),
            tell.arrived(order_id, task_id, there),
            tell.restored(order_id, there + timedelta(minutes=60), task_id=task_id),
            tell.called_back(order_id, at("15:00")),
        )

    counted = await own_watch.indicators("2026-11-23", "2026-11-24")

    assert (counted["arrivals"], counted["mean_arrival_minutes"]) == (3, 28.0)
    assert counted["arrival_on_time_rate"] == {"INT": 1.0, "EXT": 1.0}
    assert (counted["restorations"], counted["mean_restoration_minutes"]) == (3, 60.0)
    assert counted["mean_restoration_minutes_by_area"]["county_town"] == 60.0
    assert counted["mean_restoration_minutes_by_area"]["rural"] is None
    assert (counted["satisfaction_rate"], counted["commitment_fulfilment_rate"]) == (1.0, 1.0)


async def test_who_was_not_reached_or_gave_no_answer_has_no_part_in_satisfaction(own_watch: Watch) -> None:
    said = ["satisfied", "dissatisfied", None]
    for satisfaction in said:
        order_id = new_id()
        await own_watch.hear(tell.order(order_id), tell.called_back(order_id, at("12:00"), satisfaction=satisfaction))
    silent = new_id()
    await own_watch.hear(tell.order(silent), tell.unreachable(silent, at("18:00")))

    counted = await own_watch.indicators("2026-11-23", "2026-11-24")

    assert (counted["callbacks_completed"], counted["callbacks_unreachable"]) == (3, 1)
    assert counted["satisfaction_rate"] == 0.5


async def test_what_ran_out_counts_as_broken_before_the_timer_has_spoken(own_watch: Watch) -> None:
    await own_watch.hear(tell.order(new_id()))
    own_watch.clock.moment = at("10:10")

    before = await own_watch.indicators("2026-11-23", "2026-11-24")
    await own_watch.look(at("10:10"))
    after = await own_watch.indicators("2026-11-23", "2026-11-24")

    assert before["promises"] == after["promises"]
    assert (before["promises"][0]["promise"], before["promises"][0]["breached"]) == ("repair_accept_or_return", 1)


async def test_a_scope_narrows_what_is_counted(own_watch: Watch) -> None:
    for station, area in (("S1", AreaType.URBAN), ("S1", AreaType.RURAL), ("S2", AreaType.RURAL)):
        order_id = new_id()
        await own_watch.hear(
            tell.order(order_id, station_code=station, area_type=area), tell.accepted(order_id, at("10:01"))
        )

    counted = await own_watch.indicators("2026-11-23", "2026-11-24", station_code="S1", area_type="rural")

    assert (counted["orders"], counted["promises"][0]["met"]) == (1, 1)


@pytest.mark.requirement("001-009")
async def test_the_return_rate_is_told_for_the_city_and_for_each_station(own_watch: Watch) -> None:
    for station, returns in (("S1", 1), ("S1", 0), ("S2", 0), ("S2", 0)):
        order_id = new_id()
        await own_watch.hear(
            tell.order(order_id, TEN, business_type=OPINION, station_code=station),
            *(tell.returned(order_id, at("12:00")) for _ in range(returns)),
            tell.archived(order_id, at("15:00"), business_type=OPINION),
        )

    city = await own_watch.indicators("2026-11-23", "2026-11-24")
    stations = [await own_watch.indicators("2026-11-23", "2026-11-24", station_code=code) for code in ("S1", "S2")]

    assert [counted["returns"]["national"]["rate"] for counted in (city, *stations)] == [0.25, 0.5, 0.0]


async def test_a_figure_can_be_opened_down_to_the_facts_that_made_it(own_watch: Watch) -> None:
    day = midnight(2014, 7, 1)
    await tell_all(own_watch, [make_archived(day, NATIONAL, NATIONAL) for _ in range(3)] + [make_archived(day)])
    asked = {"from": "2014-07-01", "to": "2014-08-01", "limit": 2}

    first = (await own_watch.call("GET", "/indicators/national_returns/orders", params=asked)).json()
    asked["cursor"] = first["next_cursor"]
    rest = (await own_watch.call("GET", "/indicators/national_returns/orders", params=asked)).json()

    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    names = [fact["name"] for fact in first["items"][0]["facts"]]
    assert names == ["order-returned", "order-returned", "order-archived"]


async def test_a_broken_promise_can_be_opened(own_watch: Watch) -> None:
    late, early = new_id(), new_id()
    await own_watch.hear(tell.order(late), tell.accepted(late, at("10:04")))
    await own_watch.hear(tell.order(early), tell.accepted(early, at("10:02")))

    asked = {"from": "2026-11-23", "to": "2026-11-24", "promise": "repair_accept_or_return"}
    opened = (await own_watch.call("GET", "/indicators/promises_breached/orders", params=asked)).json()

    assert [item["order_id"] for item in opened["items"]] == [str(late)]
    assert [fact["name"] for fact in opened["items"][0]["facts"]] == ["order-created", "order-accepted"]


@pytest.mark.parametrize("asked", [{"from": "2014-01-01", "to": "2014-01-01"}, {"from": "0", "to": "2014-01-01"}])
async def test_an_empty_or_unreadable_period_is_refused(watch: Watch, asked: dict[str, str]) -> None:
    answer = await watch.call("GET", "/indicators", params=asked)

    assert answer.status_code == 422
    assert answer.json()["fields"]
