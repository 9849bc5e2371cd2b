"""What operations see: counted after the commit, and read from the books."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.sla.handlers.indicators import observe
from services.sla.handlers.timer import fire_due
from shared.glossary import BusinessType
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch

BREACHES = ("relight_sla_breaches_total", {"promise": "repair_accept_or_return", "layer": "INT"})
WARNINGS = ("relight_sla_warnings_total", {"promise": "repair_accept_or_return"})


def read(name: str, labels: dict[str, str]) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_breaches_and_warnings_are_counted_once_they_are_committed(own_watch: Watch) -> None:
    await own_watch.hear(tell.order(new_id()))
    before = read(*BREACHES), read(*WARNINGS)

    with pytest.raises(RuntimeError):
        async with own_watch.runtime.database.transaction(now=at("11:00")) as session:
            await fire_due(session, now=at("11:00"))
            raise RuntimeError
    assert (read(*BREACHES), read(*WARNINGS)) == before

    await own_watch.look(at("10:02:30"))
    await own_watch.look(at("10:03:30"))
    assert (read(*BREACHES), read(*WARNINGS)) == (before[0] + 1, before[1] + 1)


async def test_the_way_to_the_site_and_the_time_to_light_are_measured(own_watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()
    way, light = ("relight_arrival_minutes_sum", {"area_type": "urban"}), ("relight_restoration_minutes_sum",)
    before = read(*way), read(light[0], way[1])

    await own_watch.hear(tell.order(order_id), tell.assigned(order_id, task_id, TEN))
    await own_watch.hear(tell.arrived(order_id, task_id, at("10:21")))
    await own_watch.hear(tell.restored(order_id, at("11:00"), task_id=task_id))

    assert (read(*way), read(light[0], way[1])) == (before[0] + 21, before[1] + 39)


async def test_open_clocks_and_the_return_rate_are_read_from_the_books(own_watch: Watch) -> None:
    order_id = new_id()
    await own_watch.hear(
        tell.order(new_id()),
        tell.order(order_id, TEN - timedelta(days=1), business_type=BusinessType.OPINION),
        tell.returned(order_id, TEN - timedelta(hours=2)),
        tell.archived(order_id, TEN, business_type=BusinessType.OPINION),
    )

    async with own_watch.runtime.database.reading(now=at("10:01")) as session:
        await observe(session)

    assert read("relight_sla_clocks_open", {"promise": "repair_accept_or_return"}) == 1
    assert read("relight_return_rate_ratio", {"level": "national", "period": "this_month"}) == 1
    assert read("relight_return_rate_ratio", {"level": "province", "period": "this_month"}) == 0
