"""Shifts: at most one open for each person; the database says so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.shifts import Group, Shift
from services.intake.tables import shifts
from shared.db import Session
from shared.ids import new_id


async def find_shift(session: Session, person: str) -> Shift | None:
    """Return the shift that a person is in, locked until the end of the transaction, or None."""
    return await _find(session, _open_of(person).with_for_update())


async def find_open(session: Session, person: str) -> Shift | None:
    """Return the shift that a person is in, not locked, or None."""
    return await _find(session, _open_of(person))


def _open_of(person: str) -> Select[Any]:
    return select(shifts).where(shifts.c.person == person, shifts.c.signed_out_at.is_(None))


async def _find(session: Session, statement: Select[Any]) -> Shift | None:
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        return None
    return Shift(row["id"], row["person"], Group(row["duty_group"]), row["signed_in_at"], row["signed_out_at"])


async def is_known(session: Session, person: str) -> bool:
    """Say whether somebody of that name was ever on duty: shifts are begun by their own people, so it is a login."""
    statement = select(shifts.c.id).where(shifts.c.person == person).limit(1)
    return (await session.execute(statement)).first() is not None


async def begin_shift(session: Session, person: str, group: Group) -> bool:
    """Begin a shift; return whether it was begun: not if one is open, maybe since this instant."""
    row = {"id": new_id(), "person": person, "duty_group": str(group), "signed_in_at": session.now}
    begun = insert(shifts).values(row).on_conflict_do_nothing().returning(shifts.c.id)
    return (await session.execute(begun)).first() is not None


async def end_shift(session: Session, shift_id: UUID) -> None:
    """End a shift now."""
    await session.execute(update(shifts).where(shifts.c.id == shift_id).values(signed_out_at=session.now))
