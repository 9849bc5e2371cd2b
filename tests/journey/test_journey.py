"""The main job, end to end, through real processes: one for all, one for each service, and on a real Kafka."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services.simulation.clients import Origin
from shared.clock import SHANGHAI
from tests.conftest import MakeDatabase
from tests.journey.fleet import Fleet
from tests.journey.journey import (
    Cast,
    Phone,
    call_back,
    clocks_of,
    make_call,
    order_is,
    report_all,
    set_up,
    travel,
)

SERVICES = ("intake", "dispatch", "callback", "sla")
PROMISES = {
    "repair_accept_or_return",
    "repair_departure",
    "repair_arrival_internal",
    "repair_arrival_commitment",
    "repair_arrival_record",
    "repair_reply",
}


@dataclass
class World:
    """Relight running, and everybody who takes part."""

    origin: Origin
    cast: Cast
    fleet: Fleet


@pytest.fixture(
    scope="module",
    params=["one-process", "four-processes", pytest.param("four-processes-kafka", marks=pytest.mark.kafka)],
)
async def world(
    request: pytest.FixtureRequest, make_migrated_database: MakeDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    settings: dict[str, str] = {}
    if request.param == "four-processes-kafka":
        settings = {"bus": "kafka", "kafka_servers": request.getfixturevalue("kafka_servers"), "kafka_partitions": "4"}
    names = ("all",) if request.param == "one-process" else SERVICES
    url = await make_migrated_database()
    with Fleet(url, names, tmp_path_factory.mktemp("fleet"), **settings) as fleet:
        await fleet.ready()
        async with Origin("http://relight.test", transport=fleet.transport()) as origin:
            cast = Cast()
            await set_up(origin, cast)
            yield World(origin, cast, fleet)


@pytest.mark.requirement("000-002", "003-019", "003-022", "003-023", "003-024")
async def test_an_outage_order_goes_all_the_way_and_every_promise_is_judged(world: World) -> None:
    order_id = await travel(world.origin, world.cast, make_call(number=1), phone=Phone(world.origin))

    verdicts = await clocks_of(world.origin, world.cast, order_id, count=len(PROMISES))
    assert verdicts == dict.fromkeys(PROMISES, "met")


async def test_a_customer_without_light_at_the_callback_gets_a_crew_again(world: World) -> None:
    origin, cast, phone = world.origin, world.cast, Phone(world.origin)
    received = await origin.post("/intake/orders", cast.agent, make_call(number=2))
    order_id = received["id"]
    task = await phone.task_of(order_id)
    way = ("accepted", "departed", "arrived", "surveyed", "permit_requested")
    await report_all(phone, task["task_id"], way)
    checklist = dict.fromkeys(("isolated", "voltage_tested", "earthed", "signs_and_barriers", "supervisor_named"), True)
    await origin.post(f"/dispatch/tasks/{task['task_id']}/permit", cast.dispatcher, {"checklist": checklist})
    work = ("work_started", "repaired", "ready_to_energise", "restored", "replied")
    await report_all(phone, task["task_id"], work)
    await order_is(origin, cast, order_id, "replied")
    await origin.post(f"/intake/orders/{order_id}/send", cast.reviewer, {})
    await call_back(origin, cast, order_id, is_power_restored=False, opinion="仍然没有电")

    order = await order_is(origin, cast, order_id, "dispatched", "crew_accepted")
    assert order["round"] == 1
    again = await phone.task_of(order_id)
    assert again["task_id"] != task["task_id"]


async def test_the_indicators_count_what_happened(world: World) -> None:
    today = datetime.now(SHANGHAI).date()
    period = {"from": today - timedelta(days=1), "to": today + timedelta(days=2)}
    page = await world.origin.get("/sla/indicators", world.cast.auditor, **period)
    again = await world.origin.get("/sla/indicators", world.cast.auditor, **period, recompute="true")

    assert page["indicators"]["orders"] >= 1
    assert again["indicators"] == page["indicators"]


async def test_every_process_tells_operations_how_it_is(world: World) -> None:
    async with httpx.AsyncClient() as http:
        for name, port in world.fleet.ports.items():
            metrics = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
            assert "http_server_request_duration_seconds" in metrics, name
            assert not re.search(r"(?<![\d.])1390000\d{4}", metrics), "a phone number in the metrics"


async def test_every_process_leaves_cleanly_when_asked(make_migrated_database: MakeDatabase, tmp_path: Path) -> None:
    with Fleet(await make_migrated_database(), ("intake", "sla"), tmp_path) as fleet:
        await fleet.ready()
        assert fleet.stop() == {"intake": 0, "sla": 0}
