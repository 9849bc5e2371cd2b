"""The way onto the log: one statement takes a topic's next positions, writes the messages and wakes the readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from zlib import crc32

from shared.bus import Message
from shared.bus.patience import patience
from shared.bus.postgres.connection import LONGEST_STEP, TROUBLES, Connection, Pool

SLOTS = 16
"""Shares that a topic can be cut into, so the most members of one group that can read it side by side."""

# The upsert locks the topic's row until commit. So there is one writer per topic, position order is commit order, and a
# reader that has seen position n will never meet a smaller one later. Topics are locked in name order: no deadlocks.
APPEND = """
WITH place AS (
    INSERT INTO bus.topics AS t (topic, last_position)
    SELECT topic, messages FROM unnest($1::text[], $2::bigint[]) AS new (topic, messages) ORDER BY topic
    ON CONFLICT (topic) DO UPDATE SET last_position = t.last_position + excluded.last_position
    RETURNING topic, last_position
), entry AS (
    INSERT INTO bus.log (topic, slot, position, id, type, key, occurred_at, recorded_at, appended_at, trace, data)
    SELECT
        topic, slot, last_position - following, id, type, key, occurred_at, recorded_at, clock_timestamp(), trace, data
    FROM unnest(
        $3::text[], $4::smallint[], $5::bigint[], $6::uuid[], $7::text[], $8::text[],
        $9::timestamptz[], $10::timestamptz[], $11::text[], $12::bytea[]
    ) AS message (topic, slot, following, id, type, key, occurred_at, recorded_at, trace, data)
    JOIN place USING (topic)
)
SELECT pg_notify('relight_bus', topic) FROM place
"""

# The same where the messages lie in an outbox of this very database: they never leave the server, and going on the log
# and leaving the outbox is one commit. `{outbox}` is a quoted table name.
TAKE_OVER = """
WITH due AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY topic ORDER BY position) AS turn
    FROM (SELECT * FROM {outbox} ORDER BY position LIMIT $1) AS first
), amount AS (
    SELECT topic, count(*) AS messages FROM due GROUP BY topic
), place AS (
    INSERT INTO bus.topics AS t (topic, last_position) SELECT topic, messages FROM amount ORDER BY topic
    ON CONFLICT (topic) DO UPDATE SET last_position = t.last_position + excluded.last_position
    RETURNING topic, last_position
), entry AS (
    INSERT INTO bus.log (topic, slot, position, id, type, key, occurred_at, recorded_at, appended_at, trace, data)
    SELECT
        topic, crc32(convert_to(key, 'UTF8')) % {slots}, last_position - messages + turn,
        id, type, key, occurred_at, recorded_at, clock_timestamp(), trace, data
    FROM due JOIN amount USING (topic) JOIN place USING (topic)
    ORDER BY due.position
), gone AS (
    DELETE FROM {outbox} AS o USING due WHERE o.position = due.position
)
SELECT messages, pg_notify('relight_bus', topic) FROM amount JOIN place USING (topic)
"""


def slot_of(key: str) -> int:
    """Return the slot that all messages of one key share."""
    return crc32(key.encode()) % SLOTS


class PostgresPublisher:
    """Appends messages to the log; safe to use from many tasks at once."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append the messages, all or none, in the order given; they are on disk when this returns."""
        if not messages:
            return
        topics, rows = _rows(messages)
        async with patience(LONGEST_STEP, *TROUBLES), self._pool.acquire() as connection:
            await connection.execute(APPEND, list(topics), list(topics.values()), *rows)

    async def take_over(self, connection: Connection, outbox: str, *, most: int) -> int:
        """Move up to `most` rows of `outbox` (`"schema"."table"`) onto the log; return how many."""
        statement = TAKE_OVER.format(outbox=outbox, slots=SLOTS)
        return sum(row["messages"] for row in await connection.fetch(statement, most))

    async def close(self) -> None:
        """Nothing to give back: the connections are the bus's."""


def _rows(messages: Sequence[Message]) -> tuple[Counter[str], list[list[object]]]:
    """Count the messages per topic, and turn them into columns; `following` counts those of its topic still to come."""
    topics = Counter(message.topic for message in messages)
    left = topics.copy()
    rows = []
    for m in messages:
        left[m.topic] -= 1
        following = left[m.topic]
        slot = slot_of(m.key)
        rows.append((m.topic, slot, following, m.id, m.type, m.key, m.occurred_at, m.recorded_at, m.trace, m.data))
    return topics, [list(column) for column in zip(*rows, strict=True)]
