"""What must be true in the database after any number of crashes; each question returns what breaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.cli.wiring import load_services

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

QUIET_PATIENCE = 90.0


async def until_quiet(connection: Connection) -> None:
    """Return once nothing is on its way any more; fails with what still is."""
    give_up_at = asyncio.get_running_loop().time() + QUIET_PATIENCE
    while moving := await find_stuck(connection):
        if asyncio.get_running_loop().time() > give_up_at:
            raise AssertionError(f"still on its way: {moving}")
        await asyncio.sleep(0.3)


async def find_stuck(connection: Connection) -> list[str]:
    """Name everything that is unpublished, parked, or published and not taken."""
    stuck: list[str] = []
    for service in load_services():
        unpublished = f"SELECT count(*) FROM {service.name}.outbox"
        if count := await connection.fetchval(unpublished):
            stuck.append(f"{service.name}: {count} events unpublished")
        parked = await connection.fetch(f"SELECT type, reason, tries FROM {service.name}.parked_events LIMIT 5")
        stuck += [f"{service.name}: parked {row['type']} after {row['tries']} tries: {row['reason']}" for row in parked]
    missing = await find_not_taken(connection)
    return stuck + missing[:5]


async def find_not_taken(connection: Connection) -> list[str]:
    """Name each event that somebody listens to and has not given its effect."""
    missing: list[str] = []
    for listener in load_services():
        names = [event.name for event in listener.listening.reactions]
        rows = await connection.fetch(
            f"SELECT o.id, o.type FROM bus.log o LEFT JOIN {listener.name}.inbox i ON i.event_id = o.id"
            " WHERE o.type = ANY($1) AND i.event_id IS NULL LIMIT 5",
            names,
        )
        missing += [f"{listener.name} has not taken {row['type']} {row['id']}" for row in rows]
    return missing


async def find_lost_or_doubled(connection: Connection, answered: Sequence[str]) -> list[str]:
    """Name each order that was answered with a 201 and is not in the books exactly once."""
    rows = await connection.fetch(
        "SELECT a.id, count(o.id) AS times FROM (SELECT DISTINCT unnest($1::uuid[])) AS a(id)"
        " LEFT JOIN intake.orders o ON o.id = a.id GROUP BY a.id HAVING count(o.id) <> 1",
        answered,
    )
    doubled = await connection.fetch(
        "SELECT order_no, count(*) AS times FROM intake.orders GROUP BY order_no HAVING count(*) > 1"
    )
    return [f"order {r['id']} stands {r['times']} times" for r in rows] + [f"{r['order_no']} twice" for r in doubled]


EFFECTS = {
    "an event on the log more than once": "SELECT id FROM bus.log GROUP BY id HAVING count(*) > 1",
    "an order that was never told of": (
        "SELECT o.id FROM intake.orders o WHERE NOT EXISTS"
        " (SELECT FROM bus.log WHERE log.key = o.id::text AND log.type = 'order-created')"
    ),
    "an order whose archiving was never told": (
        "SELECT o.id FROM intake.orders o WHERE o.archived_at IS NOT NULL AND NOT EXISTS"
        " (SELECT FROM bus.log WHERE log.key = o.id::text AND log.type = 'order-archived')"
    ),
    "an arrival that was never told": (
        "SELECT t.id FROM dispatch.tasks t WHERE t.reported ? 'arrived' AND NOT EXISTS"
        " (SELECT FROM bus.log WHERE log.key = t.order_id::text AND log.type = 'crew-arrived'"
        " AND convert_from(log.data, 'UTF8')::jsonb ->> 'task_id' = t.id::text)"
    ),
    "an event told by nobody in sla's books": (
        "SELECT f.id FROM sla.facts f LEFT JOIN bus.log ON log.id = f.id WHERE log.id IS NULL"
    ),
    "an accepted repair order without an incident": (
        "SELECT o.id FROM intake.orders o LEFT JOIN dispatch.job_orders j ON j.id = o.id"
        " WHERE o.business_type = 'fault_repair' AND o.accepted_at IS NOT NULL AND j.incident_id IS NULL"
    ),
    "an order that was sent to its customer without exactly one open or closed plan a round": (
        "SELECT order_id FROM callback.plans GROUP BY order_id, round, sent_at HAVING count(*) > 1"
    ),
    "an order told as created more than once": (
        "SELECT key FROM bus.log WHERE type = 'order-created' GROUP BY key HAVING count(*) > 1"
    ),
    "an order archived more than once": (
        "SELECT key FROM bus.log WHERE type = 'order-archived' GROUP BY key HAVING count(*) > 1"
    ),
    "a step of a crew told more than once": (
        "SELECT key FROM bus.log WHERE type IN ('crew-departed', 'crew-arrived', 'fault-repaired')"
        " GROUP BY key, type, convert_from(data, 'UTF8')::jsonb->>'task_id' HAVING count(*) > 1"
    ),
}
"""What would show that an event took effect twice or not at all: a query that finds nothing when all is well."""


async def find_wrong_effects(connection: Connection) -> list[str]:
    """Name each effect that is missing or doubled."""
    wrong: list[str] = []
    for what, question in EFFECTS.items():
        if rows := await connection.fetch(question + " LIMIT 3"):
            wrong.append(f"{what}: {[str(row[0]) for row in rows]}")
    return wrong
