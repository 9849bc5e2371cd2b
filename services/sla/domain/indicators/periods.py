"""Periods run from midnight to midnight, the first included, the last not (requirement 001-012, decision 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class Period:
    """Half-open: an order archived at the very first instant belongs to it, one at the end to the next (E5)."""

    start: datetime
    end: datetime

    def has(self, moment: datetime | None) -> bool:
        """Say whether something happened, and in this period."""
        return moment is not None and self.start <= moment < self.end

    @property
    def days(self) -> int:
        """Its length in whole days."""
        return round((self.end - self.start) / timedelta(days=1))


def from_midnight(first: date, end: date, *, zone: tzinfo) -> Period:
    """Return the period from the first instant of `first` to that of `end`, by the calendar of `zone`."""
    return Period(datetime.combine(first, time(), zone), datetime.combine(end, time(), zone))


def month_of(moment: datetime, *, zone: tzinfo, back: int = 0) -> Period:
    """Return the calendar month of an instant, or the one `back` months before."""
    day = moment.astimezone(zone).date()
    number = day.year * 12 + day.month - 1 - back
    return from_midnight(_first_of(number), _first_of(number + 1), zone=zone)


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
