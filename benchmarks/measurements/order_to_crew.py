"""From the 201 of an order until its task shows on the crew's phone, through all services and the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.figures import Figure, Row, at_most, percentile
from benchmarks.fleet import Place, plan_fleet, upload_fleet
from benchmarks.grounds import Ground, settle, wait_until_drained
from benchmarks.orders import make_order
from benchmarks.phones import phone
from benchmarks.servers import Server
from benchmarks.wire import connect, make_request
from shared.auth import Role

NAME = "order_to_crew"
COMMAND = "make bench ARGS=order_to_crew"
RATE = 50
WARM_SECONDS = 3
CONNECTIONS = 16
PATIENCE = 30.0
PHONES_A_SECOND = 80
"""How fast the crews come on duty, so that their long polls of 25 s end evenly over time, as real phones' do."""


@dataclass
class Watch:
    """When each order was answered with 201, and when it was first seen on a phone (`perf_counter`)."""

    answered: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)

    def latencies(self, skip: int) -> list[float]:
        """Return the milliseconds of all but the first `skip` orders; one seen before its 201 counts as 0."""
        orders = list(self.answered)[skip:]
        return [max(self.seen[order] - self.answered[order], 0) * 1000 for order in orders]


async def measure(ground: Ground) -> list[Row]:
    """Hold the rate while every crew polls; the first seconds warm up and do not count."""
    seconds = 10 if ground.is_quick else 30
    fleet = plan_fleet(10 if ground.is_quick else 40, crews_each=70 if ground.is_quick else 50)
    url = await ground.make_database()
    async with ground.serve("all", database_url=url) as server:
        await upload_fleet(ground, server, fleet)
        await settle(url)
        watch = await _hold(ground, server, fleet, count=RATE * (seconds + WARM_SECONDS))
        await wait_until_drained(url)
    latencies = watch.latencies(RATE * WARM_SECONDS)
    p50, p99 = (Figure.once(percentile(latencies, share), "ms") for share in (0.5, 0.99))
    return [
        Row(
            what="order to crew's phone, p99",
            figure=p99,
            against="p50 of the same",
            beside=p50,
            target=at_most(250),
            command=COMMAND,
            note=f"{len(latencies)} orders at {RATE}/s, {len(fleet)} phones on long polls, serve all; "
            f"highest {max(latencies):.0f} ms",
        )
    ]


async def _hold(ground: Ground, server: Server, fleet: Sequence[Place], *, count: int) -> Watch:
    watch = Watch()
    looking: list[asyncio.Task[None]] = []
    try:
        for place in fleet:
            looking.append(asyncio.create_task(_keep_looking(ground, server, place, watch)))
            await asyncio.sleep(1 / PHONES_A_SECOND)
        await _send(ground, server, fleet[:count], watch)
        until = perf_counter() + PATIENCE
        while watch.answered.keys() - watch.seen.keys() and perf_counter() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    finally:
        for task in looking:
            task.cancel()
        left = [one for one in await asyncio.gather(*looking, return_exceptions=True) if isinstance(one, Exception)]
    if left:
        raise RuntimeError(f"{len(left)} phones gave up, the first one: {left[0]!r}")
    missing = watch.answered.keys() - watch.seen.keys()
    if missing:
        raise RuntimeError(f"{len(missing)} of {len(watch.answered)} orders never showed on a phone")
    return watch


async def _keep_looking(ground: Ground, server: Server, place: Place, watch: Watch) -> None:
    async with phone(server.port, ground.token(place.crew_code, Role.CREW)) as crew:
        while True:
            tasks, seen_at = await crew.look()
            for task in tasks:
                watch.seen.setdefault(task["order_id"], seen_at)


async def _send(ground: Ground, server: Server, fleet: Sequence[Place], watch: Watch) -> None:
    """Send one order beside each crew, `RATE` a second whatever comes back."""
    token = ground.token("bench-agent", Role.AGENT)
    waiting = iter(enumerate(fleet))
    started = perf_counter()

    async def keep_time() -> None:
        connection = await connect(server.port)
        for number, place in waiting:
            await asyncio.sleep(max(started + number / RATE - perf_counter(), 0))
            request = make_request("POST", "/intake/orders", token=token, body=_order_at(place))
            answer = await connection.ask(request)
            if answer.status >= 400:
                raise RuntimeError(f"refused: {answer.status} {answer.body[:500].decode()}")
            watch.answered[answer.json()["id"]] = perf_counter()
        connection.close()

    await asyncio.gather(*(keep_time() for _ in range(CONNECTIONS)))


def _order_at(place: Place) -> dict[str, object]:
    area, station = place.transformer_area, place.station_code
    return make_order(station_code=station, transformer_area=area, lon=place.lon, lat=place.lat)
