"""Promises out of their table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.sla.domain.calendars import Calendar
from services.sla.domain.marks import Milestone
from services.sla.domain.promises import Layer, Per, Promise, Promises
from services.sla.tables import promises
from shared.db import Session
from shared.glossary import AreaType

EVERYWHERE = "any"
_HELD = "promises"


async def load_promises(session: Session) -> Promises:
    """Return every version of every promise, read once a transaction."""
    held: dict[UUID, Any] = session.identity.setdefault(_HELD, {})
    if not held:
        held.update({promise.id: promise for promise in await list_promises(session)})
    return Promises(held.values())


async def list_promises(session: Session) -> list[Promise]:
    """List all versions, by code and time."""
    rows = await session.execute(select(promises).order_by(promises.c.code, promises.c.valid_from))
    return [_promise(row) for row in rows.mappings()]


def _promise(row: Any) -> Promise:
    return Promise(
        id=row["id"],
        code=row["code"],
        layer=Layer(row["layer"]),
        per=Per(row["per"]),
        starts=Milestone(row["starts"]),
        stops=frozenset(Milestone(name) for name in row["stops"]),
        limits={_area(name): timedelta(minutes=minutes) for name, minutes in row["limit_minutes"].items()},
        warn_at=row["warn_at"],
        calendar=Calendar(row["calendar"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        source=row["source"],
    )


def _area(name: str) -> AreaType | None:
    return None if name == EVERYWHERE else AreaType(name)
