"""Finding orders, and keeping what they are found by up to date."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.search import Wanted
from services.intake.repository import promises, search
from shared.auth import Actor
from shared.db import Session

FED_AT_ONCE = 250
"""Four times a second: twenty times what comes in a city's worst hour, and no other work of the server's waits long."""

SWEPT_AT_ONCE = 2_000


async def find_orders(
    session: Session, wanted: Wanted, *, actor: Actor, before: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Return the newest orders that fit and that `actor` may see, each with what is known of its promises at risk."""
    rows = await search.find_orders(session, wanted, actor=actor, before=before, most=most)
    due = await promises.find_due(session, [row["id"] for row in rows])
    return [promises.with_due(row, due) for row in rows]


async def feed_search(session: Session, *, now: datetime) -> int:
    """Make fresh orders findable by what they say; return how many."""
    return await search.feed(session, most=FED_AT_ONCE)


async def sweep_search(session: Session, *, now: datetime) -> int:
    """Make those of the last day findable that were committed long after their time; return how many."""
    return await search.feed(session, most=SWEPT_AT_ONCE, is_sweep=True)
