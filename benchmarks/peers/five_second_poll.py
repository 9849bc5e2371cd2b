"""The peer of the timer: every five seconds one set-based UPDATE takes whatever fell due, as GoAlert and River poll.

It is generous: nothing but the one statement has to happen, no event is written.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from benchmarks.grounds import looking

EVERY = 5.0
MAKE = """
CREATE SCHEMA peer;
CREATE TABLE peer.clocks AS SELECT * FROM sla.clocks;
ALTER TABLE peer.clocks ADD PRIMARY KEY (id), ADD COLUMN fired_at timestamptz;
CREATE INDEX ON peer.clocks (next_alarm_at) WHERE next_alarm_at IS NOT NULL;
ANALYZE peer.clocks;
"""
FIRE = """
UPDATE peer.clocks SET status = 'breached', decided_at = due_at, next_alarm_at = NULL, fired_at = clock_timestamp()
WHERE next_alarm_at < statement_timestamp()
"""
LATENESS = "SELECT extract(epoch FROM fired_at - due_at)::float8 AS late FROM peer.clocks WHERE fired_at IS NOT NULL"


async def poll(database_url: str, *, seconds: float) -> list[float]:
    """Poll a copy of the clocks for so long; return by how many seconds each deadline was missed."""
    async with looking(database_url) as connection:
        until = monotonic() + seconds
        while monotonic() < until:
            began = monotonic()
            await connection.execute(FIRE)
            await asyncio.sleep(max(EVERY - (monotonic() - began), 0))
        return [row["late"] for row in await connection.fetch(LATENESS)]
