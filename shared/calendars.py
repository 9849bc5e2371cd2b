"""How a limit of days is counted: round the clock, by calendar days or by working days; the holidays are data.

A limit of days begins with the day after and ends at its last midnight in Shanghai, that instant included (decisions
10 and 17; SLA catalogue, conventions). Days that no holiday table speaks of are judged by the weekday alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shared.glossary import Word
from shared.zone import SHANGHAI

SATURDAY = 5


class Calendar(Word):
    """A way to count days."""

    ROUND_THE_CLOCK = "24x7"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True)
class Holidays:
    """The statutory days off, the weekend days that are worked instead (调休), and the years that both speak of."""

    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    @classmethod
    def read(cls, days_off: Iterable[str], days_on: Iterable[str], years: Iterable[int]) -> Holidays:
        """Read a table as it is stored: ISO dates and years."""
        off, on = (frozenset(map(date.fromisoformat, days)) for days in (days_off, days_on))
        return cls(off, on, frozenset(years))

    def is_working_day(self, day: date) -> bool:
        """Say whether offices are open on `day`."""
        return day in self.days_on or (day.weekday() < SATURDAY and day not in self.days_off)

    def knows(self, day: date) -> bool:
        """Say whether the table speaks of the year of `day`; if not, a holiday may be missed."""
        return day.year in self.years


def last_day(start: datetime, days: int, calendar: Calendar, holidays: Holidays) -> date:
    """Return the last day of a limit of `days` that begins at `start`: that day is not counted, a day off neither."""
    day = start.astimezone(SHANGHAI).date()
    if calendar is not Calendar.WORKING_DAYS:
        return day + timedelta(days=days)
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= holidays.is_working_day(day)
    return day


def end_of(day: date) -> datetime:
    """Return the midnight at which `day` ends in Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def add_days(start: datetime, days: int, calendar: Calendar, holidays: Holidays) -> datetime:
    """Return the last instant within a limit of `days`; round the clock a day is 24 hours."""
    if calendar is Calendar.ROUND_THE_CLOCK:
        return start + timedelta(days=days)
    return end_of(last_day(start, days, calendar, holidays)).astimezone(start.tzinfo)
