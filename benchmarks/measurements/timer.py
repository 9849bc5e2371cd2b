"""How late promises are found broken with a million open deadlines, against polling every five seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from benchmarks.figures import Figure, Row, at_most, percentile
from benchmarks.grounds import Ground, looking, settle, wait_until_drained
from benchmarks.peers import five_second_poll
from shared.clock import SystemClock
from shared.ids import new_id

NAME = "timer"
COMMAND = "make bench ARGS=timer"
RATE = 500
LEAD = timedelta(seconds=10)
"""What the loading of those that will fall due may take before the first one does."""

LIMIT = timedelta(minutes=45)
CHUNK = 50_000
COLUMNS = ["id", "order_id", "promise_id", "promise", "layer", "subject"]
COLUMNS += ["started_at", "due_at", "due_alarm_at", "status", "warned_at", "next_alarm_at"]

FIRED = """
SELECT extract(epoch FROM log.recorded_at - clocks.due_at)::float8 AS fired,
       extract(epoch FROM log.appended_at - clocks.due_at)::float8 AS told
FROM bus.log JOIN sla.clocks ON clocks.id = (convert_from(log.data, 'UTF8')::jsonb ->> 'clock_id')::uuid
WHERE log.type = 'promise-breached' AND log.topic = 'sla'
"""

Line = tuple[Any, ...]
"""A clock as COPY takes it."""


@dataclass(frozen=True)
class Promised:
    """The promise that the clocks are about."""

    id: UUID
    code: str
    layer: str


async def measure(ground: Ground) -> list[Row]:
    """Load the deadlines, let the peer poll a copy, then let the sla service run on the real table."""
    opened, seconds = (100_000, 15) if ground.is_quick else (1_000_000, 60)
    url = await ground.make_database()
    promise = await _find_promise(url)
    await _load(url, "sla", _far_away(promise, opened))
    await settle(url)
    naive = await _let_peer_poll(url, promise, seconds=seconds)
    await settle(url)
    fired, told = await _let_service_run(ground, url, promise, seconds=seconds)
    note = f"{opened:,} open, {RATE}/s falling due for {seconds} s, {len(fired):,} fired; serve sla alone"
    return [
        _row("promise found broken, p99 lateness", fired, naive, note=note),
        _row("promise told on the bus, p99 lateness", told, naive, note="the event stands in the bus's log"),
    ]


def _row(what: str, ours: list[float], naive: list[float], *, note: str) -> Row:
    p50 = percentile(ours, 0.5)
    return Row(
        what=what,
        figure=Figure.once(percentile(ours, 0.99), "s"),
        against="polling every 5 s, p99",
        beside=Figure.once(percentile(naive, 0.99), "s"),
        target=at_most(0.5),
        command=COMMAND,
        note=f"p50 {p50 * 1000:.0f} ms, highest {max(ours) * 1000:.0f} ms; {note}",
    )


async def _find_promise(url: str) -> Promised:
    async with looking(url) as connection:
        code = "repair_arrival_commitment"
        found = await connection.fetchrow("SELECT id, code, layer FROM sla.promises WHERE code = $1", code)
    if found is None:
        raise RuntimeError("the migrations seeded no promise of arrival")
    return Promised(found["id"], found["code"], found["layer"])


async def _let_peer_poll(url: str, promise: Promised, *, seconds: int) -> list[float]:
    """Poll a copy of the table with fresh deadlines in it; return how late each was found."""
    async with looking(url) as connection:
        await connection.execute(five_second_poll.MAKE, timeout=300)
        await _load(url, "peer", _soon_due(promise, seconds=seconds))
        late = await five_second_poll.poll(url, seconds=_until_all_are_due(seconds) + five_second_poll.EVERY)
        await connection.execute("DROP SCHEMA peer CASCADE")
    return _all_of(late, seconds)


async def _let_service_run(
    ground: Ground, url: str, promise: Promised, *, seconds: int
) -> tuple[list[float], list[float]]:
    """Let the service find the deadlines; return how late each was recorded as broken, and how late it was told."""
    async with ground.serve("sla", database_url=url):
        await _load(url, "sla", _soon_due(promise, seconds=seconds))
        await asyncio.sleep(_until_all_are_due(seconds))
        await wait_until_drained(url, ["sla"])
    async with looking(url) as connection:
        rows = await connection.fetch(FIRED)
    return _all_of([row["fired"] for row in rows], seconds), [row["told"] for row in rows]


def _until_all_are_due(seconds: int) -> float:
    return LEAD.total_seconds() + seconds + 1


def _all_of(late: list[float], seconds: int) -> list[float]:
    """Return the latenesses; raise if a deadline was lost or fired twice."""
    if len(late) != RATE * seconds:
        raise RuntimeError(f"{len(late)} fired of {RATE * seconds} that fell due")
    return late


async def _load(url: str, schema: str, rows: Iterator[Line]) -> None:
    async with looking(url) as connection:
        while chunk := list(islice(rows, CHUNK)):
            await connection.copy_records_to_table("clocks", schema_name=schema, columns=COLUMNS, records=chunk)


def _far_away(promise: Promised, count: int) -> Iterator[Line]:
    """Make clocks that fall due over the day after tomorrow: open, in nobody's way."""
    first = SystemClock().now() + timedelta(days=2)
    return (_clock(promise, first + timedelta(days=1) * (number / count)) for number in range(count))


def _soon_due(promise: Promised, *, seconds: int) -> Iterator[Line]:
    """Make clocks that fall due evenly over so many seconds, beginning after `LEAD`."""
    first = SystemClock().now() + LEAD
    return (_clock(promise, first + timedelta(seconds=number / RATE)) for number in range(RATE * seconds))


def _clock(promise: Promised, due_at: datetime) -> Line:
    """Make an open clock that was warned of already, so that what comes next is its end."""
    started_at = due_at - LIMIT
    warned_at = min(started_at + LIMIT * 0.8, SystemClock().now())
    named = (new_id(), new_id(), promise.id, promise.code, promise.layer, "errand:1")
    return (*named, started_at, due_at, due_at, "open", warned_at, due_at)
