"""Who answers for which order: moves of accountability, open work by person, a person's own first contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.intake.domain.lifecycle import Status
from services.intake.domain.responsibility import Move
from services.intake.domain.shifts import OpenWork
from services.intake.tables import IS_OPEN, accountability_moves
from shared.db import Session
from shared.ids import new_id

COLUMNS = (
    "id",
    "order_id",
    "first_responder",
    "from_person",
    "to_person",
    "cause",
    "moved_at",
    "moved_by",
)


async def add_moves(session: Session, moves: Sequence[Move | None]) -> None:
    """Write moves into the history."""
    rows = [{"id": new_id(), **asdict(move)} for move in moves if move is not None]
    await session.copy(accountability_moves, COLUMNS, [tuple(row[name] for name in COLUMNS) for row in rows])


async def list_moves(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return how accountability for an order moved, oldest first."""
    t = accountability_moves
    statement = t.select().where(t.c.order_id == order_id).order_by(t.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


IS_IN_HAND = f"status <> '{Status.APPEAL_OPEN}'"
"""An appeal is the province's to decide: the complaint keeps nobody from leaving. Said beside `IS_OPEN`, by whose index
open work is found."""

_OPEN_WORK = text(
    "SELECT o.id AS order_id, o.order_no, o.business_type, o.status, o.received_at, h.to_person AS offered_to"  # noqa: S608 - our own words
    " FROM intake.orders o"
    " LEFT JOIN intake.handover_items i ON i.order_id = o.id AND i.decided_at IS NULL"
    " LEFT JOIN intake.handovers h ON h.id = i.handover_id"
    f" WHERE o.accountable = :person AND o.{IS_OPEN} AND o.{IS_IN_HAND} ORDER BY o.id LIMIT :most"
)
_COUNT_OPEN_WORK = text(
    f"SELECT count(*) FROM intake.orders WHERE accountable = :person AND {IS_OPEN} AND {IS_IN_HAND}"  # noqa: S608 - our own words
)


async def list_open_work(session: Session, person: str, *, most: int) -> list[OpenWork]:
    """Return the open orders that a person answers for, oldest first, and whom each is offered to."""
    rows = (await session.execute(_OPEN_WORK, {"person": person, "most": most})).mappings()
    return [OpenWork(**row) for row in rows]


async def count_open_work(session: Session, person: str) -> int:
    """Count the open orders that a person answers for."""
    return int((await session.execute(_COUNT_OPEN_WORK, {"person": person})).scalar_one())


_OWN = (
    "SELECT o.id, o.order_no, o.business_type, o.channel, o.status, o.round, o.accountable, o.received_at,"
    " o.accept_by, o.estimated_restoration_at, m.moved_at"
    " FROM intake.orders o"
)
_FIRST_CONTACTS = text(
    f"{_OWN} LEFT JOIN LATERAL (SELECT NULL::timestamptz AS moved_at) m ON true"  # noqa: S608 - our own words
    f" WHERE o.accountable = :person AND o.first_responder = :person AND o.{IS_OPEN}"
    " AND (CAST(:before AS uuid) IS NULL OR o.id < :before)"
    " UNION ALL "
    f"{_OWN} JOIN (SELECT order_id, max(moved_at) AS moved_at FROM intake.accountability_moves"
    "  WHERE first_responder = :person GROUP BY order_id) m ON m.order_id = o.id"
    f" WHERE o.accountable <> :person AND o.{IS_OPEN} AND (CAST(:before AS uuid) IS NULL OR o.id < :before)"
    " ORDER BY id DESC LIMIT :most"
)


async def list_first_contacts(session: Session, person: str, *, before: UUID | None, most: int) -> list[dict[str, Any]]:
    """Return the open orders that a person took first, wherever they are by now, newest first (000-002).

    Those that they still answer for come by the index of open work, the others by the history of moves.
    """
    rows = await session.execute(_FIRST_CONTACTS, {"person": person, "before": before, "most": most})
    return [dict(row) for row in rows.mappings()]
