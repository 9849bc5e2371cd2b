"""Days are counted as people count them: holidays off, worked weekends on, the last midnight included."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendars import Calendar, Holidays, add_days, end_of, last_day
from shared.zone import SHANGHAI

NATIONAL_DAY = Holidays.read([f"2026-10-{day:02d}" for day in range(1, 8)], ["2026-09-20", "2026-10-10"], [2026])
"""The week off at the beginning of October 2026, and the two weekend days that are worked for it."""


def shanghai(day: int, hour: int = 10, *, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("days", "last"),
    [
        (1, date(2026, 9, 30)),
        (2, date(2026, 10, 8)),
        (4, date(2026, 10, 10)),
        (5, date(2026, 10, 12)),
    ],
)
def test_working_days_jump_over_the_holiday_and_count_the_saturday_that_is_worked(days: int, last: date) -> None:
    assert last_day(shanghai(29), days, Calendar.WORKING_DAYS, NATIONAL_DAY) == last


def test_calendar_days_count_holidays_too() -> None:
    assert last_day(shanghai(29), 5, Calendar.CALENDAR_DAYS, NATIONAL_DAY) == date(2026, 10, 4)


def test_a_limit_of_days_ends_with_the_last_midnight_in_shanghai() -> None:
    by = add_days(shanghai(29), 1, Calendar.WORKING_DAYS, NATIONAL_DAY)

    assert by == datetime(2026, 10, 1, tzinfo=SHANGHAI)
    assert end_of(date(2026, 9, 30)) == by


def test_a_day_round_the_clock_is_24_hours() -> None:
    start = datetime(2026, 9, 30, 4, tzinfo=UTC)

    assert add_days(start, 1, Calendar.ROUND_THE_CLOCK, NATIONAL_DAY) == datetime(2026, 10, 1, 4, tzinfo=UTC)


def test_the_day_is_that_of_shanghai_however_the_instant_is_written() -> None:
    late_evening = datetime(2026, 9, 28, 16, 30, tzinfo=UTC)

    assert last_day(late_evening, 1, Calendar.WORKING_DAYS, NATIONAL_DAY) == date(2026, 9, 30)


def test_a_year_that_no_table_speaks_of_is_said_to_be_unknown() -> None:
    assert NATIONAL_DAY.knows(date(2026, 12, 31))
    assert not NATIONAL_DAY.knows(date(2027, 1, 1))


@given(start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), days=st.integers(1, 30))  # noqa: DTZ001
def test_between_start_and_limit_lie_as_many_working_days_as_promised(start: datetime, days: int) -> None:
    begun = start.replace(tzinfo=SHANGHAI)
    last = last_day(begun, days, Calendar.WORKING_DAYS, NATIONAL_DAY)

    between = [date.fromordinal(n) for n in range(begun.date().toordinal() + 1, last.toordinal() + 1)]
    assert sum(map(NATIONAL_DAY.is_working_day, between)) == days
    assert NATIONAL_DAY.is_working_day(last)
