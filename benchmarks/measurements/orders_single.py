"""Accepted orders a second, one order a call, against the database alone and against a plain endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.contest import take_turns
from benchmarks.figures import Figure, Row, at_most, percentile, times
from benchmarks.grounds import Ground, wait_until_drained
from benchmarks.load import Pressed, press_closed, press_open
from benchmarks.orders import order_bodies
from benchmarks.peers.pgbench import commits_per_second, orders_and_outbox
from benchmarks.peers.tables import make_tables
from benchmarks.servers import Server
from benchmarks.wire import make_request
from shared.auth import Role

NAME = "orders_single"
COMMAND = "make bench ARGS=orders_single"
CONNECTIONS = 16
FASTEST = 4_000
"""Orders a second that bodies are made ready for."""


@dataclass
class Contest:
    """The three that take turns, on one PostgreSQL; each with a fresh server process in each round."""

    ground: Ground
    url: str
    url_of_all: str
    seconds: float
    processor: dict[str, list[float]] = field(default_factory=dict)

    async def database_alone(self) -> float:
        """Let pgbench commit the two rows from as many clients as there are connections."""
        return await commits_per_second(
            self.ground, self.url, orders_and_outbox(1), clients=CONNECTIONS, seconds=self.seconds
        )

    async def plain_endpoint(self) -> float:
        """Press the peer."""
        async with self.ground.serve_peer("plain_endpoint", database_url=self.url) as server:
            return await self._press(server)

    async def intake(self) -> float:
        """Press `relight serve intake`, one process of many as in the deployment on many machines."""
        async with self.ground.serve("intake", database_url=self.url) as server:
            rate = await self._press(server)
            await wait_until_drained(self.url, ["intake"])
        return rate

    async def all_services(self) -> float:
        """Press `relight serve all`: the same process dispatches, plans and counts what it accepts."""
        async with self.ground.serve("all", database_url=self.url_of_all) as server:
            rate = await self._press(server)
            await wait_until_drained(self.url_of_all)
        return rate

    async def _press(self, server: Server) -> float:
        bodies = order_bodies(round(FASTEST * (self.seconds + 1)))
        requests = list(order_requests(self.ground, bodies))
        warm = len(requests) // 5
        await press_closed(server.port, requests[:warm], connections=CONNECTIONS, seconds=1)
        before = server.seconds_of_processor()
        pressed = await press_closed(server.port, requests[warm:], connections=CONNECTIONS, seconds=self.seconds)
        pressed.must_be_good()
        spent = (server.seconds_of_processor() - before) / pressed.good
        self.processor.setdefault(server.name.rsplit("-", 1)[0], []).append(spent)
        return pressed.rate

    def say_processor(self, name: str) -> str:
        """Return how much processor time one order took, in words."""
        spent = Figure.of(self.processor[name], "s")
        return f"{spent.median * 1e6:.0f} µs of processor time an order in the server's process"


def order_requests(ground: Ground, bodies: Iterator[bytes]) -> Iterator[bytes]:
    """Make the calls that an agent's desk makes."""
    token = ground.token("bench-agent", Role.AGENT)
    return (make_request("POST", "/intake/orders", token=token, body=body) for body in bodies)


async def measure(ground: Ground) -> list[Row]:
    """Let them take turns, then hold half of what was reached and look at the latencies."""
    seconds, rounds = (2.0, 2) if ground.is_quick else (6.0, 5)
    url = await ground.make_database()
    await make_tables(url)
    contest = Contest(ground, url, await ground.make_database(), seconds)
    ceiling = await _ceiling(ground, seconds=seconds)
    contestants = {
        "database": contest.database_alone,
        "plain": contest.plain_endpoint,
        "intake": contest.intake,
        "all": contest.all_services,
    }
    found = await take_turns(contestants, rounds=rounds, unit="orders/s")
    held = await _hold(ground, url, rate=found["intake"].median / 2, seconds=seconds * 2)
    return _rows(contest, found, ceiling, held)


async def _ceiling(ground: Ground, *, seconds: float) -> Figure:
    """Press a server that does nothing with the same calls: what the load generator itself can do."""
    requests = list(order_requests(ground, order_bodies(2_000))) * 50
    async with ground.serve_peer("nothing") as server:
        pressed = await press_closed(server.port, requests, connections=CONNECTIONS, seconds=seconds / 2)
    return Figure.once(pressed.rate, "orders/s")


async def _hold(ground: Ground, url: str, *, rate: float, seconds: float) -> Pressed:
    async with ground.serve("intake", database_url=url) as server:
        requests = list(order_requests(ground, order_bodies(round(rate * (seconds + 2)))))
        warm = round(rate * 2)
        await press_open(server.port, requests[:warm], rate=rate, seconds=2)
        pressed = await press_open(server.port, requests[warm:], rate=rate, seconds=seconds)
        await wait_until_drained(url, ["intake"])
    pressed.must_be_good()
    return pressed


def _rows(contest: Contest, found: dict[str, Figure], ceiling: Figure, held: Pressed) -> list[Row]:
    p50, p99 = (Figure.once(percentile(held.latencies, share) * 1000, "ms") for share in (0.5, 0.99))
    plain = "plain FastAPI + ORM endpoint"
    return [
        Row(
            what="single orders, serve intake",
            figure=found["intake"],
            against=plain,
            beside=found["plain"],
            target=times(2),
            command=COMMAND,
            note=f"{CONNECTIONS} connections; {contest.say_processor('serve-intake')}; "
            f"the peer: {contest.say_processor('plain_endpoint')}",
        ),
        Row(
            what="single orders, serve intake",
            figure=found["intake"],
            against="pgbench, same two rows",
            beside=found["database"],
            command=COMMAND,
        ),
        Row(
            what="single orders, serve all",
            figure=found["all"],
            against=plain,
            beside=found["plain"],
            command=COMMAND,
            note=f"four services in the same process; {contest.say_processor('serve-all')}",
        ),
        Row(
            what="single orders, p99 at half load",
            figure=p99,
            against="p50 of the same",
            beside=p50,
            target=at_most(100),
            command=COMMAND,
            note=f"open loop, {held.good / held.seconds:.0f} orders/s held for {held.seconds:.0f} s",
        ),
        Row(
            what="single orders, serve intake",
            figure=found["intake"],
            against="load generator against a 204",
            beside=ceiling,
            command=COMMAND,
            note="far below 1: the load generator was not what limited",
        ),
    ]
