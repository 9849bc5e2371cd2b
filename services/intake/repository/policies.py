"""Policies: data with a beginning, of which the one in force is read in each transaction that needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.receiving import AutomaticAcceptance
from services.intake.tables import policies
from shared.db import Session

AUTOMATIC_ACCEPTANCE = "automatic_acceptance"

_IN_FORCE = select(policies.c.value).order_by(policies.c.valid_from.desc()).limit(1)


async def get_automatic_acceptance(session: Session) -> AutomaticAcceptance:
    """Return how orders are accepted now."""
    statement = _IN_FORCE.where(policies.c.name == AUTOMATIC_ACCEPTANCE, policies.c.valid_from <= session.now)
    value = (await session.execute(statement)).scalar_one()
    stations = value["stations"]
    return AutomaticAcceptance(value["is_enabled"], frozenset(stations) if stations is not None else None)


async def add_policy(session: Session, name: str, value: dict[str, Any], *, valid_from: datetime, by: str) -> None:
    """Let a policy begin; the one before stays on record."""
    row = {"name": name, "valid_from": valid_from, "value": value, "set_by": by}
    statement = insert(policies).values(row)
    replaced = statement.on_conflict_do_update(
        index_elements=["name", "valid_from"], set_={"value": statement.excluded.value, "set_by": by}
    )
    await session.execute(replaced)


async def list_policies(session: Session) -> list[dict[str, Any]]:
    """Return every version of every policy, the latest first."""
    statement = select(policies).order_by(policies.c.name, policies.c.valid_from.desc())
    return [dict(row) for row in (await session.execute(statement)).mappings()]
