"""Files beside orders: checked by their content, kept once under their hash, swept when nobody names them any more."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from services.intake.domain.attachments import RECORDINGS, NewAttachment, check_attachment, keep_until
from services.intake.domain.order import Happening
from services.intake.repository import attachments, lists
from services.intake.repository.timeline import TIMELINE
from shared.auth import Actor, Role
from shared.db import Session
from shared.errors import Forbidden, NotFound, Text
from shared.file_store import PARTS, keep_file, path_of, sweep_part
from shared.ids import new_id
from shared.settings import Settings

HEARS_RECORDINGS = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.AUDITOR, Role.INSPECTOR})
"""Those who judge what was said; whoever was on the line needs no recording of it."""

SWEEP_EVERY_SECONDS = 300
SWEPT_AT_ONCE = 8
"""Parts of the folder in one sweep: its locks are held for milliseconds, and the whole is through in some hours."""

ENDED_AT_ONCE = 500

_NOT_YOURS = Text("当前角色无权播放录音录像", "your role may not hear or see recordings")
_REMOVED = Text("附件已过保存期限", "the attachment's time is up, and it is gone")
_LOST = Text("附件文件不存在，请联系运维", "the attachment's file is not there; tell the operators")


@dataclass(frozen=True)
class Kept:
    """A file that is kept; `is_new` unless the order had the same file of the same kind already."""

    row: Mapping[str, Any]
    is_new: bool


async def add_attachment(
    session: Session, order_id: UUID, new: NewAttachment, *, settings: Settings, now: datetime, actor: Actor
) -> Kept:
    """Keep a file for an order: its bytes first, then its row, with a line on the timeline.

    Raises TooLarge and Invalid for what may not be kept, NotFound for an order that is not there.
    """
    content_type = check_attachment(new)
    order = await lists.get_row(session, order_id)
    owner = await attachments.get_folder_owner(session)
    digest = await keep_file(session, settings.order_files, new.content, owner=owner)
    row = {
        "id": new_id(),
        "order_id": order_id,
        "round": order["round"],
        "kind": new.kind,
        "is_third_party": new.is_third_party,
        "name": new.name,
        "content_type": content_type,
        "content_hash": digest,
        "size_bytes": len(new.content),
        "added_by": actor.id,
        "recorded_at": now,
        "keep_until": keep_until(new.kind, recorded_at=now, keeps_recordings=settings.retention_recordings),
    }
    known, is_new = await attachments.add_attachment(session, row)
    if not is_new:
        return Kept(await attachments.get_attachment(session, order_id, known), is_new=False)
    noted = ("id", "kind", "is_third_party", "content_type", "content_hash", "size_bytes")
    _note(session, order_id, "attachment-added", {name: row[name] for name in noted}, now=now, actor=actor)
    return Kept({**row, "removed_at": None}, is_new=True)


async def list_attachments(session: Session, order_id: UUID) -> list[dict[str, Any]]:
    """Return the files of an order, oldest first; raises NotFound for an order that is not there."""
    await lists.get_row(session, order_id)
    return await attachments.list_attachments(session, order_id)


async def open_attachment(
    session: Session, order_id: UUID, attachment_id: UUID, *, folder: Path, now: datetime, actor: Actor
) -> tuple[Mapping[str, Any], Path]:
    """Return a file's row and where it lies; who hears a recording stands on the timeline (003-048)."""
    row = await attachments.get_attachment(session, order_id, attachment_id)
    if row["removed_at"] is not None:
        raise NotFound("attachment.removed", _REMOVED)
    path = path_of(folder, row["content_hash"])
    if not path.is_file():
        raise NotFound("attachment.lost", _LOST)
    if row["kind"] in RECORDINGS:
        if not actor.roles & HEARS_RECORDINGS:
            raise Forbidden("attachment.recording_closed", _NOT_YOURS)
        _note(session, order_id, "recording-opened", {"id": attachment_id}, now=now, actor=actor)
    return row, path


async def end_kept(session: Session, *, now: datetime) -> int:
    """Let go of recordings whose time is up; their rows stay, their files go with the next sweeps."""
    return await attachments.end_kept(session, now=now, most=ENDED_AT_ONCE)


async def sweep_files(session: Session, *, now: datetime, settings: Settings) -> int:
    """Take away files that no row names, some parts of the folder each time, the whole folder in turn."""
    turn = int(now.timestamp() // SWEEP_EVERY_SECONDS) * SWEPT_AT_ONCE
    find_named = partial(_find_named, session)
    parts = [f"{(turn + number) % PARTS:02x}" for number in range(SWEPT_AT_ONCE)]
    owner = await attachments.get_folder_owner(session)
    return sum([await sweep_part(session, settings.order_files, part, find_named, owner=owner) for part in parts])


async def _find_named(session: Session, hashes: Collection[str]) -> set[str]:
    return await attachments.find_named(session, hashes)


def _note(session: Session, order_id: UUID, kind: str, data: Mapping[str, Any], *, now: datetime, actor: Actor) -> None:
    text = json.dumps(data, ensure_ascii=False, default=str)
    TIMELINE.add(session, order_id, [Happening(kind, now, actor.id, text)])
