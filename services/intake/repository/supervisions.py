"""Supervisions and what was reported on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update

from services.intake.domain.supervision import Supervision, SupervisionCause
from services.intake.repository.visibility import visible_to
from services.intake.tables import orders, supervision_reports, supervisions
from shared.auth import Actor
from shared.db import Session
from shared.errors import NotFound, Text
from shared.ids import new_id

_MISSING = Text("没有这项督办", "there is no such supervision")
FIELDS = ("id", "order_id", "reason", "addressee", "unit", "opened_by", "opened_at", "due_at", "closed_at")


async def add_supervision(session: Session, supervision: Supervision) -> None:
    """Write a new one."""
    row = {name: getattr(supervision, name) for name in FIELDS} | {"cause": str(supervision.cause)}
    await session.execute(supervisions.insert().values(row))


async def get_supervision(session: Session, supervision_id: UUID) -> Supervision:
    """Return one, locked until the end of the transaction; raises NotFound."""
    statement = select(supervisions).where(supervisions.c.id == supervision_id).with_for_update()
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("supervision.unknown", _MISSING)
    return Supervision(cause=SupervisionCause(row["cause"]), **{name: row[name] for name in FIELDS})


async def add_report(session: Session, supervision_id: UUID, said: str, *, by: str) -> None:
    """Write what was reported."""
    row = {
        "id": new_id(),
        "supervision_id": supervision_id,
        "text": said,
        "reported_by": by,
        "reported_at": session.now,
    }
    await session.execute(supervision_reports.insert().values(row))


async def count_reports(session: Session, supervision_id: UUID) -> int:
    """Count what was reported."""
    t = supervision_reports.c
    statement = select(func.count()).select_from(supervision_reports).where(t.supervision_id == supervision_id)
    return int((await session.execute(statement)).scalar_one())


async def close(session: Session, supervision_id: UUID, conclusion: str, *, at: datetime, by: str) -> None:
    """Write the end of one."""
    closed = {"closed_at": at, "closed_by": by, "conclusion": conclusion}
    await session.execute(update(supervisions).where(supervisions.c.id == supervision_id).values(closed))


async def list_supervisions(
    session: Session, actor: Actor, *, is_open: bool | None, order_id: UUID | None, before: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Return supervisions of orders that `actor` may see, newest first, with what was reported on each."""
    s, o, r = supervisions.c, orders.c, supervision_reports.c
    reports = (
        select(func.coalesce(func.json_agg(text("r ORDER BY r.id")), text("'[]'::json")))
        .select_from(select(r.id, r.text, r.reported_by, r.reported_at).where(r.supervision_id == s.id).subquery("r"))
        .scalar_subquery()
    )
    statement = (
        select(supervisions, o.order_no, o.status.label("order_status"), reports.label("reports"))
        .join_from(supervisions, orders, o.id == s.order_id)
        .where(*visible_to(actor))
        .order_by(s.id.desc())
        .limit(most)
    )
    if is_open is not None:
        statement = statement.where(s.closed_at.is_(None) if is_open else s.closed_at.is_not(None))
    if order_id is not None:
        statement = statement.where(s.order_id == order_id)
    if before is not None:
        statement = statement.where(s.id < before)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


_OVERDUE = text(
    "UPDATE intake.supervisions SET overdue_told_at = :now WHERE id IN ("
    " SELECT id FROM intake.supervisions WHERE closed_at IS NULL AND overdue_told_at IS NULL AND due_at < :now"
    " ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED) RETURNING id, order_id, due_at"
)


async def take_overdue(session: Session, *, most: int) -> list[Any]:
    """Mark supervisions whose time ran out as told, and return them: each once."""
    return list((await session.execute(_OVERDUE, {"now": session.now, "most": most})).all())
