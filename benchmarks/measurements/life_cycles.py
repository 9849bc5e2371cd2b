"""Whole lives a second: from the call to the archive, through every service, every step over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure, Row, percentile
from benchmarks.fleet import Place, plan_fleet, upload_fleet
from benchmarks.grounds import Ground, looking, settle, wait_until_drained
from benchmarks.orders import make_order
from benchmarks.peers.pgbench import commits_per_second, outbox_only
from benchmarks.peers.tables import make_tables
from benchmarks.phones import phone
from benchmarks.servers import Server, checked
from benchmarks.wire import Connection, connect, make_request
from shared.auth import Role
from shared.clock import SystemClock, format_z
from shared.ids import new_id

NAME = "life_cycles"
COMMAND = "make bench ARGS=life_cycles"
IN_FLIGHT = 64
WARM_SECONDS = 5
PATIENCE = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.8
"""Seconds between two looks of a desk that waits: with so many orders in flight nobody is idle meanwhile."""
STATISTICS_ARE_TOLD_AFTER = 11
"""Seconds after which an idle PostgreSQL process has told what it wrote."""

CHECKLIST = ("isolated", "voltage_tested", "earthed", "signs_and_barriers", "supervisor_named")
TO_THE_PERMIT = ("accepted", "departed", "arrived", "surveyed", "permit_requested")
FROM_THE_PERMIT = ("work_started", "repaired", "ready_to_energise", "restored", "replied")
SAID: dict[str, dict[str, str]] = {
    "surveyed": {"first_report": "表前线烧断一处"},
    "replied": {
        "process": "更换表前线并紧固接头",
        "result": "已恢复供电",
        "customer_opinion": "满意",
        "cause": "表前线老化",
    },
}
ANSWERED = {
    "outcome": "answered",
    "is_power_restored": True,
    "satisfaction": "satisfied",
    "service_satisfaction": "satisfied",
    "at_customers_request": True,  # so that the hour of the measurement does not matter
}
WRITTEN = "SELECT sum(n_tup_ins + n_tup_upd)::int8 FROM pg_stat_user_tables"


@dataclass
class Lives:
    """What has been lived: when each life ended and how long it was, and how many calls all took."""

    ended: list[tuple[float, float]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def between(self, begin: float, end: float) -> list[float]:
        """Return how long those lives were that ended in that time, seconds."""
        return [long for ended_at, long in self.ended if begin <= ended_at < end]


async def measure(ground: Ground) -> list[Row]:
    """Keep so many orders in flight for a while, then let the database alone commit as many rows."""
    seconds, rounds = (8, 1) if ground.is_quick else (20, 3)
    url = await ground.make_database()
    rates: list[float] = []
    lengths: list[float] = []
    lives = Lives()
    async with ground.serve("all", database_url=url) as server:
        fleet = plan_fleet(IN_FLIGHT, crews_each=1)
        await upload_fleet(ground, server, fleet)
        await settle(url)
        before = await _rows_written(url)
        for _ in range(rounds):
            found = await _live(ground, server, fleet, lives, seconds=seconds)
            rates.append(len(found) / seconds)
            lengths += found
            await wait_until_drained(url)
        await asyncio.sleep(STATISTICS_ARE_TOLD_AFTER)
        rows = round((await _rows_written(url) - before) / len(lives.ended))
    await make_tables(url)
    alone = [
        await commits_per_second(ground, url, outbox_only(rows), clients=4, seconds=seconds / 2) for _ in range(rounds)
    ]
    return [_row(rates, alone, lengths, lives, rows=rows)]


def _row(rates: list[float], alone: list[float], lengths: list[float], lives: Lives, *, rows: int) -> Row:
    calls = lives.calls.total() / len(lives.ended)
    return Row(
        what="whole lives, serve all",
        figure=Figure.of(rates, "lives/s"),
        against=f"pgbench, {rows} rows in one commit",
        beside=Figure.of(alone, "lives/s"),
        command=COMMAND,
        note=f"{IN_FLIGHT} in flight, {calls:.0f} calls and {rows} rows a life; a life takes "
        f"{percentile(lengths, 0.5):.2f} s (p50), {percentile(lengths, 0.99):.2f} s (p99)",
    )


async def _rows_written(url: str) -> int:
    async with looking(url) as connection:
        return int(await connection.fetchval(WRITTEN))


async def _live(ground: Ground, server: Server, fleet: list[Place], lives: Lives, *, seconds: float) -> list[float]:
    """Let each crew's street have one outage after the other; return the lengths of those counted."""
    counted_from = perf_counter() + WARM_SECONDS
    until = counted_from + seconds
    await asyncio.gather(*(_one_after_the_other(ground, server, place, lives, until) for place in fleet))
    return lives.between(counted_from, until)


async def _one_after_the_other(ground: Ground, server: Server, place: Place, lives: Lives, until: float) -> None:
    while perf_counter() < until:
        began = perf_counter()
        async with asyncio.timeout(PATIENCE):
            await Life(ground, server.port, place, lives.calls).live()
        lives.ended.append((perf_counter(), perf_counter() - began))


class Life:
    """One order with everybody who has to do with it."""

    def __init__(self, ground: Ground, port: int, place: Place, calls: Counter[str]) -> None:
        self._port, self._place, self._calls = port, place, calls
        self._connection = Connection()
        self._desk = ground.token("bench-desk", Role.AGENT, Role.DISPATCHER, Role.REVIEWER)
        self._crew = ground.token(place.crew_code, Role.CREW)

    async def live(self) -> None:
        """Go all the way."""
        place = self._place
        order = make_order(
            station_code=place.station_code, transformer_area=place.transformer_area, lon=place.lon, lat=place.lat
        )
        order_id = (await self._call("POST", "/intake/orders", order))["id"]
        task_id = await self._task_of(order_id)
        await self._report(task_id, TO_THE_PERMIT)
        await self._call("POST", f"/dispatch/tasks/{task_id}/permit", {"checklist": dict.fromkeys(CHECKLIST, True)})
        await self._report(task_id, FROM_THE_PERMIT)
        await self._until_order_is(order_id, "replied")
        await self._call("POST", f"/intake/orders/{order_id}/send", {})
        plan_id = await self._plan_of(order_id)
        await self._call("POST", f"/callback/plans/{plan_id}/attempts", ANSWERED)
        await self._until_order_is(order_id, "archived")
        self._connection.close()

    async def _task_of(self, order_id: str) -> str:
        async with phone(self._port, self._crew) as crew:
            while True:
                tasks, _ = await crew.look()
                self._calls["look"] += 1
                for task in tasks:
                    if task["order_id"] == order_id:
                        return str(task["task_id"])

    async def _report(self, task_id: str, kinds: tuple[str, ...]) -> None:
        now = format_z(SystemClock().now())
        reports = [
            {"report_id": str(new_id()), "task_id": task_id, "kind": kind, "occurred_at": now, **SAID.get(kind, {})}
            for kind in kinds
        ]
        answer = await self._call("POST", "/dispatch/mobile/reports", {"reports": reports}, token=self._crew)
        refused = [result for result in answer["results"] if result["outcome"] != "applied"]
        if refused:
            raise RuntimeError(f"a report was refused: {refused[0]}")

    async def _until_order_is(self, order_id: str, status: str) -> None:
        pause = FIRST_PAUSE
        while (await self._call("GET", f"/intake/orders/{order_id}"))["status"] != status:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _plan_of(self, order_id: str) -> str:
        pause = FIRST_PAUSE
        while not (items := (await self._call("GET", f"/callback/plans?order_id={order_id}"))["items"]):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return str(items[0]["id"])

    async def _call(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        self._calls[method] += 1
        if not self._connection.is_open:
            self._connection = await connect(self._port)
        request = make_request(method, path, token=token or self._desk, body=body)
        return checked(await self._connection.ask(request), f"{method} {path}").json()
