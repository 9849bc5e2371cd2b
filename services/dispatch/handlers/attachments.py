"""Photos from the field: checked by their content, kept once under their hash, whatever they are called."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.dispatch import tables
from services.dispatch.domain.photos import check_photo
from services.dispatch.domain.reports import not_your_task
from services.dispatch.repository.reading import find_task
from shared.auth import Actor
from shared.db import Session
from shared.file_store import write_file
from shared.ids import new_id


@dataclass(frozen=True)
class Attachment:
    """A photo that is kept."""

    id: UUID
    content_type: str
    content_hash: str
    size_bytes: int


async def keep(
    session: Session, task_id: UUID, content: bytes, *, folder: Path, now: datetime, actor: Actor
) -> Attachment:
    """Keep a photo of one of the crew's own tasks; the same photo again is the same attachment.

    Raises Invalid for what is no photo or larger than 5 MiB, NotFound for another crew's task.
    """
    content_type = check_photo(content)
    task = await find_task(session, task_id)
    if task is None or task.crew_code != actor.id:
        raise not_your_task()
    digest = hashlib.sha256(content).hexdigest()
    await asyncio.to_thread(write_file, folder, content, digest)
    t = tables.attachments
    row = {
        "id": new_id(),
        "task_id": task_id,
        "crew_code": actor.id,
        "content_type": content_type,
        "content_hash": digest,
        "size_bytes": len(content),
        "recorded_at": now,
    }
    same = insert(t).values(row)
    statement = same.on_conflict_do_update(
        index_elements=["task_id", "content_hash"], set_={"size_bytes": same.excluded.size_bytes}
    ).returning(t.c.id)
    return Attachment((await session.execute(statement)).scalar_one(), content_type, digest, len(content))
