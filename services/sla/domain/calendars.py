"""How a limit is counted: round the clock, later by working days too. The name stands in the promise, as data."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.glossary import Word


class Calendar(Word):
    """A way to count time. `24x7` is elapsed time: no holiday, no lunch break (SLA catalogue, conventions)."""

    ROUND_THE_CLOCK = "24x7"


def add(start: datetime, limit: timedelta, calendar: Calendar) -> datetime:
    """Return the last instant at which something begun at `start` is still within `limit`."""
    match calendar:
        case Calendar.ROUND_THE_CLOCK:
            return start + limit
