"""Who calls again and again about one matter (case C2), so that a supervisor hears of it on the third call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.duplicates.policy import DuplicatePolicy
from services.intake.domain.duplicates.report import Report
from shared.glossary import Channel

NO_CUSTOMERS = frozenset({Channel.OWN_MONITORING, Channel.GRID_DISPATCHER})
"""Through these nobody calls."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A caller's contact before this one: how-manieth it was of its trail (contacts without a long pause)."""

    trail_id: UUID
    number: int
    received_at: datetime


def is_customer_channel(channel: Channel) -> bool:
    """Say whether a customer stands behind an order of this channel."""
    return channel not in NO_CUSTOMERS


def number_of(report: Report, before: Contact | None, policy: DuplicatePolicy) -> Contact:
    """Return which contact of which trail a report is: the next one, or the first after a long pause."""
    if before is None or report.received_at - before.received_at > policy.pause:
        return Contact(report.id, 1, report.received_at)
    return Contact(before.trail_id, before.number + 1, report.received_at)
