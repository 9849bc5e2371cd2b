"""The daily tasks of the report boxes: made ahead of the day's end, entered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.report_box import ORIGIN, Box, days_to_make, letter_number
from services.intake.tables import report_box_days
from shared.db import Session
from shared.errors import NotFound, Text

_MISSING = Text("没有这个举报箱当日的任务", "there is no task of that box and day")


async def make_days(session: Session, boxes: Sequence[Box], day: date) -> int:
    """Make each box's tasks up to `day`, those of days on which we did not run too; return how many were made."""
    if not boxes:
        return 0
    last = await _find_last_days(session, boxes)
    rows = [
        {"box_code": box.code, "day": missed, "due_at": box.due_at(missed)}
        for box in boxes
        for missed in days_to_make(last.get(box.code), day)
    ]
    if not rows:
        return 0
    made = insert(report_box_days).values(rows).on_conflict_do_nothing().returning(report_box_days.c.box_code)
    return len((await session.execute(made)).all())


async def _find_last_days(session: Session, boxes: Sequence[Box]) -> dict[str, date]:
    table = report_box_days
    statement = (
        select(table.c.box_code, func.max(table.c.day).label("last"))
        .where(table.c.box_code.in_([box.code for box in boxes]))
        .group_by(table.c.box_code)
    )
    return {row.box_code: row.last for row in await session.execute(statement)}


async def take_overdue(session: Session) -> list[tuple[str, date]]:
    """Return the tasks that are late and of which nobody was told yet, each once."""
    table = report_box_days
    statement = (
        table.update()
        .where(table.c.opened_at.is_(None), table.c.alerted_at.is_(None), table.c.due_at < session.now)
        .values(alerted_at=session.now)
        .returning(table.c.box_code, table.c.day)
    )
    return sorted((row.box_code, row.day) for row in await session.execute(statement))


async def get_day(session: Session, box_code: str, day: date) -> Mapping[str, Any]:
    """Return one task, locked until the end of the transaction; raises NotFound."""
    statement = select(report_box_days).where(report_box_days.c.box_code == box_code, report_box_days.c.day == day)
    row = (await session.execute(statement.with_for_update())).mappings().first()
    if row is None:
        raise NotFound("report_box.unknown", _MISSING)
    return dict(row)


async def enter_opening(
    session: Session, box_code: str, day: date, *, opened_at: datetime, letters: int, by: str
) -> None:
    """Write that a box was opened."""
    statement = (
        report_box_days.update()
        .where(report_box_days.c.box_code == box_code, report_box_days.c.day == day)
        .values(opened_at=opened_at, opened_by=by, letters=letters, recorded_at=session.now)
    )
    await session.execute(statement)


async def list_days(
    session: Session, *, is_open: bool | None, after: tuple[date, str] | None, most: int
) -> list[dict[str, Any]]:
    """Return the tasks, latest day first, those after `after` (day and box); `is_open`: still to be done, or done."""
    table = report_box_days
    statement = select(table).order_by(table.c.day.desc(), table.c.box_code).limit(most)
    if is_open is not None:
        statement = statement.where(table.c.opened_at.is_(None) if is_open else table.c.opened_at.is_not(None))
    if after is not None:
        day, box = after
        statement = statement.where(or_(table.c.day < day, and_(table.c.day == day, table.c.box_code > box)))
    return [dict(row) for row in (await session.execute(statement)).mappings()]


_ENTERED = text("SELECT key FROM intake.order_keys WHERE kind = 'origin' AND key = ANY(CAST(:keys AS text[]))")


async def list_entered(session: Session, tasks: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the numbers of the letters of these tasks that became orders."""
    numbers = [
        letter_number(task["box_code"], task["day"], number)
        for task in tasks
        for number in range(1, (task["letters"] or 0) + 1)
    ]
    if not numbers:
        return set()
    found = await session.execute(_ENTERED, {"keys": [f"{ORIGIN}:{number}" for number in numbers]})
    return {str(key).removeprefix(f"{ORIGIN}:") for key in found.scalars()}
