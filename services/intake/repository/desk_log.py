"""The log of calls and service requests: one row for each thing that happened, only ever added."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from services.intake.domain.desk_log import DeskSubject
from services.intake.tables import desk_log
from shared.db import Session
from shared.ids import new_id


class DeskLog:
    """Gathers the lines of a transaction and writes them with the flush."""

    def add(self, session: Session, subject: DeskSubject) -> None:
        """Write what happened to a subject with this transaction."""
        lines = session.identity.setdefault(self, {})
        for line in subject.take_logged():
            row_id = new_id()
            lines[row_id] = {
                "id": row_id,
                "subject_id": subject.id,
                "kind": line.kind,
                "occurred_at": line.occurred_at,
                "recorded_at": session.now,
                "actor": line.actor,
                "data": line.data,
            }
        session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Write what was gathered, in the order in which it happened to us."""
        lines = session.identity.pop(self, {})
        if lines:
            await session.execute(insert(desk_log), list(lines.values()))


DESK_LOG = DeskLog()


async def list_log(session: Session, subject_id: UUID) -> list[dict[str, Any]]:
    """Return everything that happened to a call or a service request, in the order in which we learned of it."""
    statement = select(desk_log).where(desk_log.c.subject_id == subject_id).order_by(desk_log.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
