"""The rows of files beside orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.lifecycle import TERMINAL
from services.intake.domain.reply_quality import DraftAttachment
from services.intake.tables import attachments, file_folder, orders
from shared.db import Session
from shared.errors import NotFound, Text

_MISSING = Text("没有这个附件", "there is no such attachment")


async def add_attachment(session: Session, row: Mapping[str, Any]) -> tuple[UUID, bool]:
    """Write the row of a file; return its id and whether it is new: the same file of the same kind is kept once."""
    new = insert(attachments).values(row).on_conflict_do_nothing(index_elements=["order_id", "content_hash", "kind"])
    made = (await session.execute(new.returning(attachments.c.id))).scalar()
    if made is not None:
        return made, True
    same = select(attachments.c.id).where(
        attachments.c.order_id == row["order_id"],
        attachments.c.content_hash == row["content_hash"],
        attachments.c.kind == row["kind"],
    )
    return (await session.execute(same)).scalar_one(), False


async def list_attachments(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return the files of an order in the order in which they came."""
    statement = select(attachments).where(attachments.c.order_id == order_id).order_by(attachments.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def get_attachment(session: Session, order_id: UUID, attachment_id: UUID) -> dict[str, Any]:
    """Return one file of one order; raises NotFound."""
    statement = select(attachments).where(attachments.c.id == attachment_id, attachments.c.order_id == order_id)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("attachment.unknown", _MISSING)
    return dict(row)


async def map_for_check(session: Session, order_ids: Collection[UUID]) -> dict[UUID, tuple[DraftAttachment, ...]]:
    """Return the files of orders as the quality check asks for them; an order without any is not in it.

    What is gone supports nothing any more.
    """
    a = attachments.c
    statement = (
        select(a.order_id, a.kind, a.is_third_party, a.size_bytes)
        .where(a.order_id.in_(list(order_ids)), a.removed_at.is_(None))
        .order_by(a.id)
    )
    found: dict[UUID, list[DraftAttachment]] = {}
    for row in (await session.execute(statement)).all():
        file = DraftAttachment(kind=AttachmentKind(row.kind), is_third_party=row.is_third_party, size=row.size_bytes)
        found.setdefault(row.order_id, []).append(file)
    return {order_id: tuple(files) for order_id, files in found.items()}


async def get_folder_owner(session: Session) -> str:
    """Return the id by which the folder of the files knows these books."""
    return str((await session.execute(select(file_folder.c.id))).scalar_one())


async def find_named(session: Session, hashes: Collection[str]) -> set[str]:
    """Return those hashes that some row still names."""
    statement = select(attachments.c.content_hash).where(
        attachments.c.content_hash.in_(list(hashes)), attachments.c.removed_at.is_(None)
    )
    return set((await session.execute(statement.distinct())).scalars())


async def end_kept(session: Session, *, now: datetime, most: int) -> int:
    """Note which files' time is up, `most` at once; an order whose life is not over keeps its own. Return how many."""
    a = attachments
    is_alive = exists().where(orders.c.id == a.c.order_id, orders.c.status.not_in(sorted(TERMINAL)))
    ended = select(a.c.id).where(a.c.keep_until <= now, a.c.removed_at.is_(None), ~is_alive).limit(most)
    return (await session.execute(update(a).where(a.c.id.in_(ended)).values(removed_at=now))).rowcount
