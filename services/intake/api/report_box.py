"""The paper report box: a task for each box and day, and how many of its letters are entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.said import CODE
from services.intake.domain.report_box import ORIGIN, letter_number
from services.intake.handlers import report_box as handling
from services.intake.repository import report_box
from shared.web import Answer, Change, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter(prefix="/report-box")

Day = Annotated[date, Field(strict=False)]


class Opening(Strict):
    """A box was opened."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"box_code": "BOX-1", "letters": 2}]})

    box_code: str = Field(pattern=CODE)
    letters: int = Field(ge=0, le=1000, description="How many letters were in it.")
    opened_at: Moment | None = Field(None, description="When, if earlier than now.")
    day: Day | None = Field(None, description="The day whose task it is; that of `opened_at` if absent.")


class BoxDay(Answer):
    """One box on one day. `letters_to_enter`: the `origin_no` under which each letter becomes an order."""

    box_code: str
    day: date
    due_at: datetime
    opened_at: datetime | None
    opened_by: str | None
    is_late: bool
    letters: int | None
    origin: str = ORIGIN
    letters_to_enter: list[str]


@router.post("/openings", status_code=201, summary="A report box was opened.")
async def enter_opening(door: Change, body: Opening) -> BoxDay:
    """Enter the daily opening; its letters are entered as late entries of the channel `report_box` (004-013)."""

    async def do() -> BoxDay:
        task = await handling.enter_opening(
            door.session,
            body.box_code,
            body.day,
            opened_at=body.opened_at,
            letters=body.letters,
            now=door.now,
            actor=door.actor,
        )
        return _view(task, await report_box.list_entered(door.session, [task]), now=door.now)

    return await door.once(BoxDay, do)


@router.get("/days", summary="The daily tasks of the report boxes, the latest day first.")
async def list_box_days(
    door: Read,
    *,
    is_open: bool | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[BoxDay]:
    """Return one page; `is_open=true` is what is still to be done, late or not."""
    day, box = decode_cursor(cursor, kinds=(date.fromisoformat, str)) if cursor else (None, None)
    after = (day, box) if day and box else None
    rows = await report_box.list_days(door.session, is_open=is_open, after=after, most=limit + 1)
    shown = rows[:limit]
    entered = await report_box.list_entered(door.session, shown)
    more = encode_cursor(shown[-1]["day"], shown[-1]["box_code"]) if len(rows) > limit else None
    return Page(items=[_view(row, entered, now=door.now) for row in shown], next_cursor=more)


def _view(task: Mapping[str, Any], entered: set[str], *, now: datetime) -> BoxDay:
    letters = task["letters"] or 0
    numbers = [letter_number(task["box_code"], task["day"], number) for number in range(1, letters + 1)]
    return BoxDay(
        box_code=task["box_code"],
        day=task["day"],
        due_at=task["due_at"],
        opened_at=task["opened_at"],
        opened_by=task["opened_by"],
        is_late=(task["opened_at"] or now) > task["due_at"],
        letters=task["letters"],
        letters_to_enter=[number for number in numbers if number not in entered],
    )
