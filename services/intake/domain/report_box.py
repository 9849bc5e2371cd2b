"""The paper report box (举报箱): opened every day before work ends; its letters become orders (requirement 004-013)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.intake.domain.times import TOLERANCE
from shared.errors import BadField, Conflict, Invalid, Text, bad_field
from shared.zone import SHANGHAI

ORIGIN = "report_box"
"""The `origin` of a letter's late entry; its number is `letter_number`."""

CAUGHT_UP = timedelta(days=31)
"""How far back tasks are made of days on which we did not run."""

_OPENED = Text("该箱当日已于 {opened_at} 开箱", "the box was opened that day already, at {opened_at}")
_INVALID = Text("开箱记录不符合要求", "the record of the opening breaks the rules below")


@dataclass(frozen=True)
class Box:
    """One box, and until when it is to be opened each day."""

    code: str
    name: str
    opened_by: time

    def due_at(self, day: date) -> datetime:
        """Return the end of work of `day` in Shanghai."""
        return datetime.combine(day, self.opened_by, SHANGHAI)


def days_to_make(last: date | None, today: date) -> list[date]:
    """Return the days without a task yet, today the last; a box that never had one begins today."""
    first = today if last is None else max(last + timedelta(days=1), today - CAUGHT_UP)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


def letter_number(box: str, day: date, number: int) -> str:
    """Return the number that a letter has: the box, the day, and which of that day's it is."""
    return f"{box}-{day:%Y%m%d}-{number}"


def check_opening(*, day: date, opened_at: datetime, already_opened_at: datetime | None, now: datetime) -> None:
    """Return if a box may be entered as opened; raises Conflict for a second time, Invalid for times that cannot be."""
    if already_opened_at is not None:
        raise Conflict("report_box.opened_already", _OPENED, opened_at=str(already_opened_at))
    wrong: list[BadField] = []
    if opened_at > now + TOLERANCE:
        wrong.append(bad_field("opened_at", "order.time_in_future", "不能晚于当前时间", "may not lie in the future"))
    if opened_at.astimezone(SHANGHAI).date() < day:
        wrong.append(bad_field("opened_at", "order.times_out_of_order", "早于应开箱之日", "is before the day"))
    if wrong:
        raise Invalid("report_box.invalid", _INVALID, fields=wrong)
