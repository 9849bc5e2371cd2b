"""What intake tells of outages that were announced. `order_id` is the notice's own id: its events stay in order."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.events.intake.orders import IntakeEvent


class OutageNoticePublished(IntakeEvent):
    """An outage to come was made public (停电通知); `order_id` is the notice's id.

    `publish_by` is the latest moment that would still have been early enough; absent for kinds that need no lead.
    """

    name: ClassVar[str] = "outage-notice-published"

    kind: str
    starts_at: datetime
    ends_at: datetime
    published_at: datetime
    publish_by: datetime | None = None
    is_late: bool
    feeders: list[str]
    transformer_areas: list[str]


class OutageNoticeWithdrawn(IntakeEvent):
    """A notice was taken back before anything was switched off; `order_id` is the notice's id."""

    name: ClassVar[str] = "outage-notice-withdrawn"

    withdrawn_at: datetime
    reason: str


class OutageSwitchedOff(IntakeEvent):
    """An announced outage began; `untold` customers of its list had not been told. `order_id` is the notice's id."""

    name: ClassVar[str] = "outage-switched-off"

    kind: str
    switched_off_at: datetime
    untold: int = 0


class OutageSwitchedOn(IntakeEvent):
    """An announced outage ended; `ends_at` is what was announced. `order_id` is the notice's id."""

    name: ClassVar[str] = "outage-switched-on"

    switched_on_at: datetime
    ends_at: datetime
