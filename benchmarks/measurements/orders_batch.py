"""Accepted orders a second, a hundred orders a call, against the plain endpoint's one by one."""

from __future__ import annotations

from benchmarks.contest import take_turns
from benchmarks.figures import Row, times
from benchmarks.grounds import Ground, wait_until_drained
from benchmarks.load import press_closed
from benchmarks.measurements.orders_single import Contest
from benchmarks.orders import batch_bodies
from benchmarks.peers.pgbench import commits_per_second, orders_and_outbox
from benchmarks.peers.tables import make_tables
from benchmarks.wire import Answer, make_request
from shared.auth import Role

NAME = "orders_batch"
COMMAND = "make bench ARGS=orders_batch"
CONNECTIONS = 4
SIZE = 100
FASTEST = 200
"""Batches a second that bodies are made ready for."""


async def measure(ground: Ground) -> list[Row]:
    """Let the database alone, the plain endpoint and Relight take turns."""
    seconds, rounds = (2.0, 2) if ground.is_quick else (5.0, 5)
    url = await ground.make_database()
    await make_tables(url)
    peers = Contest(ground, url, url, seconds)

    async def database_alone() -> float:
        return SIZE * await commits_per_second(
            ground, url, orders_and_outbox(SIZE), clients=CONNECTIONS, seconds=max(seconds, 2)
        )

    async def batches() -> float:
        return await _press(ground, url, seconds=seconds)

    contestants = {"database": database_alone, "plain": peers.plain_endpoint, "batches": batches}
    found = await take_turns(contestants, rounds=rounds, unit="orders/s")
    note = f"{SIZE} orders a call, {CONNECTIONS} connections; the peer takes one a call from 16 connections"
    return [
        Row(
            what="batches, serve intake",
            figure=found["batches"],
            against="plain FastAPI + ORM endpoint",
            beside=found["plain"],
            target=times(15),
            command=COMMAND,
            note=note,
        ),
        Row(
            what="batches, serve intake",
            figure=found["batches"],
            against="pgbench, same rows in sets",
            beside=found["database"],
            command=COMMAND,
        ),
    ]


async def _press(ground: Ground, url: str, *, seconds: float) -> float:
    token = ground.token("bench-agent", Role.AGENT)
    bodies = batch_bodies(round(FASTEST * (seconds + 1)), size=SIZE)
    requests = [make_request("POST", "/intake/orders/batch", token=token, body=body) for body in bodies]
    warm = FASTEST
    async with ground.serve("intake", database_url=url) as server:
        first = await server.ask("POST", "/intake/orders/batch", token=token, body=next(batch_bodies(1, size=SIZE)))
        _must_be_taken(first)
        await press_closed(server.port, requests[:warm], connections=CONNECTIONS, seconds=1)
        pressed = await press_closed(server.port, requests[warm:], connections=CONNECTIONS, seconds=seconds)
        await wait_until_drained(url, ["intake"])
    pressed.must_be_good()
    return pressed.rate * SIZE


def _must_be_taken(answer: Answer) -> None:
    """Raise unless every order of a batch was taken: refused items would come cheap."""
    refused = [result for result in answer.json()["results"] if result.get("problem")]
    if refused:
        raise RuntimeError(f"refused in a batch: {refused[0]}")
