"""The log's stated end: what every group has acknowledged and is old enough goes, a little at a time."""

from __future__ import annotations

from datetime import timedelta

from shared.bus.patience import patience
from shared.bus.postgres.connection import LONGEST_STEP, TROUBLES, Pool
from shared.bus.postgres.publisher import SLOTS

ROWS_AT_ONCE = 5_000

# Per slot, how far all groups have come; a topic that no group has ever read is cut by age alone.
FINISHED = """
SELECT topic, slot, min(position) AS position FROM bus.offsets GROUP BY topic, slot
UNION ALL
SELECT topic, slot, last_position FROM bus.topics, generate_series(0, $1::int - 1) AS slot
WHERE NOT EXISTS (SELECT FROM bus.offsets WHERE offsets.topic = topics.topic)
"""

# Within a slot older means smaller, so all that goes is one stretch of the primary key.
DELETE = """
WITH gone AS (
    DELETE FROM bus.log WHERE topic = $1 AND slot = $2 AND position <= (
        SELECT max(position) FROM (
            SELECT position, appended_at FROM bus.log
            WHERE topic = $1 AND slot = $2 AND position <= $3 ORDER BY position LIMIT $5
        ) AS first
        WHERE appended_at < now() - $4::interval
    )
    RETURNING 1
)
SELECT count(*) FROM gone
"""


async def trim(pool: Pool, *, older_than: timedelta) -> int:
    """Delete finished rows that were appended longer than `older_than` ago; return how many went."""
    async with patience(LONGEST_STEP, *TROUBLES):
        finished = await pool.fetch(FINISHED, SLOTS)
    total = 0
    for topic, slot, position in finished:
        went = ROWS_AT_ONCE
        while went == ROWS_AT_ONCE:
            async with patience(LONGEST_STEP, *TROUBLES):
                went = await pool.fetchval(DELETE, topic, slot, position, older_than, ROWS_AT_ONCE)
            total += went
    return total
