"""Rules about times: none to come, none before the order, none that no calendar has (001-021)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.page import Page, Place
from services.intake.domain.reply_quality.rule import Rule
from services.intake.domain.reply_quality.scanner import Hit
from services.intake.domain.times import TOLERANCE
from shared.errors import Text
from shared.zone import SHANGHAI

TELLING = frozenset({ReplyField.COURSE, ReplyField.BASIS, ReplyField.RESULT_TEXT, ReplyField.CUSTOMER_OPINION})
"""Fields that tell what happened; a plan may speak of days to come."""

_TIME = re.compile(r"([0-9][0-9]?)(?:月([0-9]{1,2})[日号號]|[:：时時点點]([0-9]{2})(?![0-9]))")
_LEAP_YEAR = 2024
"""Stands in for a year that is not told: the 29th of February exists."""


class Told(NamedTuple):
    """A day or an hour in the text that may be wrong: it does not exist (no `day`), or it names its year."""

    hit: Hit
    day: date | None = None


def find_time_to_come(page: Page) -> Iterator[Place]:
    """Name a handling time after the check's own moment."""
    handled = page.draft.handling_time
    if handled is not None and handled > page.draft.now + TOLERANCE:
        yield Place(ReplyField.HANDLING_TIME)


def find_time_before_order(page: Page) -> Iterator[Place]:
    """Name a handling time before the order was received."""
    handled, received = page.draft.handling_time, page.draft.received_at
    if handled is not None and received is not None and handled < received:
        yield Place(ReplyField.HANDLING_TIME)


def find_impossible_times(page: Page) -> Iterator[Place]:
    """Point at days and hours in the text that do not exist."""
    return (page.place(told.hit) for told in page.know(_times_told) if told.day is None)


def find_days_to_come(page: Page) -> Iterator[Place]:
    """Point at days, year and all, that are told of as past and lie in the future."""
    for told in page.know(_times_told):
        if told.day is not None and told.day > page.draft.now.astimezone(SHANGHAI).date():
            yield page.place(told.hit)


def _times_told(page: Page) -> list[Told]:
    text = page.text
    read = [_read(text, found) for found in _TIME.finditer(text) if not _is_fine(text, found)]
    return [told for told in read if told and page.field_at(told.hit.start) in TELLING]


def _is_fine(text: str, found: re.Match[str]) -> bool:
    """Say whether nothing can be wrong with it, as with nearly all: an hour of the day, a day that every month has."""
    first, day, minute = found.groups()
    if day is None:
        return int(first) <= 24 and int(minute) <= 59  # noqa: PLR2004 - hours and minutes of a day
    has_year = text[found.start() - 1 : found.start()] == "年"
    return not has_year and 0 < int(first) <= 12 and 0 < int(day) <= 28  # noqa: PLR2004 - months, and days of each


def _read(text: str, found: re.Match[str]) -> Told | None:
    first, day, minute = found.groups()
    start, end = found.span()
    if minute is not None:
        return Told(Hit(start, end))
    year = text[start - 5 : start - 1] if start >= len("2014年") and text[start - 1] == "年" else ""
    if year.isascii() and year.isdigit():
        return Told(Hit(start - 5, end), _day(int(year), int(first), int(day)))
    return None if _day(_LEAP_YEAR, int(first), int(day)) else Told(Hit(start, end))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


RULES = (
    Rule(
        code="time_error",
        severity=Severity.BLOCK,
        rows=("001-021",),
        prevents=("time_error", "inaccurate"),
        find=find_time_to_come,
        message=Text("处理时间晚于当前时间", "the handling time lies in the future"),
        mend=Text("填写实际处理时间", "enter when it was really handled"),
    ),
    Rule(
        code="time_error",
        severity=Severity.BLOCK,
        rows=("001-021",),
        prevents=("time_error", "inaccurate"),
        find=find_time_before_order,
        message=Text("处理时间早于受理时间", "the handling time is before the order was received"),
        mend=Text("填写实际处理时间", "enter when it was really handled"),
    ),
    Rule(
        code="time_error",
        severity=Severity.BLOCK,
        rows=("001-021",),
        prevents=("time_error", "inaccurate"),
        find=find_impossible_times,
        message=Text("没有这样的时间：{it}", "there is no such time: {it}"),
        mend=Text("改正日期或时刻", "mend the day or the hour"),
    ),
    Rule(
        code="time_error",
        severity=Severity.WARN,
        rows=("001-021",),
        prevents=("time_error", "inaccurate", "untrue"),
        find=find_days_to_come,
        message=Text("叙述的日期尚未到来：{it}", "this day is still to come: {it}"),
        mend=Text(
            "核对日期；将来的安排写入“处置方案”", "check the day; what is still to be done belongs into the plan"
        ),
    ),
)
