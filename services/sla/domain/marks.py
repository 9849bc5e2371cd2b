"""Milestones and marks: that something happened, when, and when we learned of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from shared.glossary import Word


class Milestone(Word):
    """What promises start and stop at; each is one time of the glossary (`reported_at`, `received_at` …)."""

    REPORTED = "reported_at"
    RECEIVED = "received_at"
    ACCEPTED = "accepted_at"
    DECLINED = "declined_at"
    MERGED = "merged_at"
    RESOLVED = "resolved_at"
    CANCELLED = "cancelled_at"
    ARCHIVED = "archived_at"
    UNREACHABLE = "given_up_at"
    DISPATCHED = "dispatched_at"
    CREW_RECEIVED = "crew_received_at"
    REFUSED = "refused_at"
    WITHDRAWN = "withdrawn_at"
    DEPARTED = "departed_at"
    ARRIVED = "arrived_at"
    ARRIVAL_RECORDED = "arrival_recorded_at"
    REPAIRED = "repaired_at"
    REPLIED = "replied_at"


class Mark(NamedTuple):
    """A milestone's two times. Marks sort by when it happened; of two the first counts, whichever came first."""

    at: datetime
    recorded_at: datetime


def first(marks: Iterable[Mark | None]) -> Mark | None:
    """Return the earliest of the marks that are there, or None."""
    return min((mark for mark in marks if mark is not None), default=None)
