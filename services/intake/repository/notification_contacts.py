"""Contacts per unit and role: policy data, of which every version stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from services.intake.domain.notifying import Contact, NotifiedRole
from services.intake.tables import notification_contacts
from shared.db import Session
from shared.ids import new_id

COLUMNS = ("id", "unit", "role", "name", "means", "address", "valid_from", "set_by")


async def put_contacts(
    session: Session, unit: str, contacts: Mapping[NotifiedRole, Sequence[Contact]], *, by: str
) -> None:
    """Let these be the unit's contacts from now on; who was before stays on record."""
    t = notification_contacts
    await session.execute(update(t).where(t.c.unit == unit, t.c.ended_at.is_(None)).values(ended_at=session.now))
    rows = [
        (new_id(), unit, str(role), c.name, str(c.means), c.address, session.now, by)
        for role, listed in contacts.items()
        for c in listed
    ]
    await session.copy(t, COLUMNS, rows)


async def list_contacts(session: Session, unit: str | None) -> list[dict[str, Any]]:
    """Return the contacts that hold now, of one unit or of all."""
    t = notification_contacts
    statement = select(t).where(or_(t.c.ended_at.is_(None), t.c.ended_at > session.now)).order_by(t.c.unit, t.c.id)
    if unit is not None:
        statement = statement.where(t.c.unit == unit)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
