"""By when an answer is promised, to be read out to the caller (requirement 003-014); the limits are policy data.

An order keeps the version that was in force when it was received (decision 21). The clocks themselves are sla's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.intake.domain.taking import Subtype
from shared.calendars import Calendar, Holidays, add_days
from shared.glossary import AreaType, BusinessType, Channel


@dataclass(frozen=True)
class Limit:
    """So many days, counted so; or so many minutes."""

    days: int = 0
    minutes: int = 0
    calendar: Calendar = Calendar.WORKING_DAYS

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Limit:
        """Read a limit as it is stored."""
        calendar = Calendar(value.get("calendar", Calendar.WORKING_DAYS))
        return cls(int(value.get("days", 0)), int(value.get("minutes", 0)), calendar)

    def after(self, start: datetime, holidays: Holidays) -> datetime:
        """Return the last instant within the limit."""
        if self.minutes:
            return start + timedelta(minutes=self.minutes)
        return add_days(start, self.days, self.calendar, holidays)


@dataclass(frozen=True)
class AnswerDays:
    """One version of the policy: what is promised by type, by special case, by area and by kind of service."""

    by_type: Mapping[str, Limit]
    by_subtype: Mapping[str, Limit]
    by_channel: Mapping[str, Limit]
    arrival: Mapping[str, Limit]
    services: Mapping[str, Limit]

    @classmethod
    def read(cls, value: Mapping[str, Mapping[str, Any]]) -> AnswerDays:
        """Read a version as it is stored."""
        parts = ("by_type", "by_subtype", "by_channel", "arrival", "services")
        return cls(*({name: Limit.read(limit) for name, limit in value.get(part, {}).items()} for part in parts))

    def answer_limit(self, business_type: BusinessType, subtype: Subtype | None, channel: Channel) -> Limit | None:
        """Return what holds for an order: its type's limit, or that of a special case, whichever is named first.

        A broken commitment is fed back in ten calendar days (004-017), a letter from the box in fifteen (004-014).
        """
        special = self.by_subtype.get(subtype) if subtype else None
        return special or self.by_channel.get(channel) or self.by_type.get(business_type)

    def arrival_limit(self, area: AreaType) -> Limit | None:
        """Return how soon somebody is there."""
        return self.arrival.get(area)
