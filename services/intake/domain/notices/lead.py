"""How long before the switch-off a notice must be public: seven days, or 24 hours (requirement 000-004, E18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.intake.domain.notices.words import NoticeKind
from shared.zone import SHANGHAI


@dataclass(frozen=True)
class NoticeLead:
    """Policy. `is_whole_days`: so many whole calendar days in Shanghai lie between, not so many hours (decision 20).

    Urgent defects and load shedding need no time ahead: the one is called through, the other's table is announced.
    """

    planned: timedelta = timedelta(days=7)
    temporary: timedelta = timedelta(hours=24)
    is_whole_days: bool = False

    def publish_by(self, kind: NoticeKind, starts_at: datetime) -> datetime | None:
        """Return the latest moment that is still early enough, or None if the kind needs no time ahead.

        The limit itself is kept (decision 17): an outage of the 8th, 08:00 may be published on the 1st at 08:00.
        """
        lead = {NoticeKind.PLANNED: self.planned, NoticeKind.TEMPORARY: self.temporary}.get(kind)
        if lead is None:
            return None
        if self.is_whole_days and kind is NoticeKind.PLANNED:
            first_whole_day = starts_at.astimezone(SHANGHAI).date() - lead
            return datetime.combine(first_whole_day, time.min, SHANGHAI)
        return starts_at - lead
