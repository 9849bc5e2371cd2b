"""Reading a file into the register, a chunk a transaction: whatever interrupts it, it goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.domain.customers.file import Layout
from services.intake.repository import customer_imports
from services.intake.repository.customer_imports import Progress
from shared.db import Session
from shared.errors import Conflict, Text

_ELSEWHERE = Text(
    "同一文件正在由另一个进程导入（已到第 {rows_done} 行）",
    "another process is importing the same file (it is at row {rows_done})",
)


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file: the good ones as (line, values …), how many bad ones, how long the report is with them."""

    good: Sequence[tuple[Any, ...]]
    bad: int
    report_bytes: int
    is_last: bool


async def begin_import(session: Session, sha256: str, file_name: str, *, is_again: bool, now: datetime) -> Progress:
    """Return how far this file was read before; with `is_again` it is read from the beginning."""
    return await customer_imports.hold_progress(session, sha256, file_name, is_again=is_again)


async def import_chunk(
    session: Session, sha256: str, file_name: str, layout: Layout, chunk: Chunk, *, after: Progress, now: datetime
) -> Progress:
    """Merge the chunk that follows `after` into the register; return how far we are now, in the same transaction.

    Raises Conflict (`customers.imported_elsewhere`) if somebody else has moved on with the same file.
    """
    known = await customer_imports.hold_progress(session, sha256, file_name, is_again=False)
    if known.rows_done != after.rows_done:
        raise Conflict("customers.imported_elsewhere", _ELSEWHERE, rows_done=known.rows_done)
    changed = await customer_imports.merge_rows(session, layout, chunk.good)
    progress = Progress(
        rows_done=after.rows_done + len(chunk.good) + chunk.bad,
        rows_good=after.rows_good + len(chunk.good),
        rows_changed=after.rows_changed + changed,
        rows_bad=after.rows_bad + chunk.bad,
        report_bytes=chunk.report_bytes,
        finished_at=now if chunk.is_last else None,
    )
    await customer_imports.keep_progress(session, sha256, progress)
    return progress
