"""Policies: data with a beginning, of which the one in force is read in each transaction that needs it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import column, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.domain.duplicates import DuplicatePolicy
from services.intake.tables import policies
from shared.db import Session

AUTOMATIC_ACCEPTANCE = "automatic_acceptance"
DUPLICATES = "duplicates"

_DUPLICATES = text(
    "SELECT value FROM intake.policies WHERE name = 'duplicates' AND valid_from <= :now"
    " ORDER BY valid_from DESC LIMIT 1"
).columns(column("value", JSONB))


async def get_duplicates(session: Session) -> DuplicatePolicy:
    """Return how far the recognition of duplicates goes now."""
    return DuplicatePolicy.read((await session.execute(_DUPLICATES, {"now": session.now})).scalar_one())


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
