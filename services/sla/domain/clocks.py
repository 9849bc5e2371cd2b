"""Which clocks an order has, and how each runs: read off the order's record, never kept by hand.

Rules that the sources leave open, decided here:

- A refusal ends the *departure* clock of that crew; the next assignment opens a new one. The *arrival* clocks go on:
  they belong to the errand and start with its first dispatch (or receipt), because the customer waits all the same.
- A return or a reopening sends the order out again: the next errand has arrival clocks of its own.
- Who is merged, cancelled, helped on the phone or has light again without a crew needs nobody on the way: those clocks
  fall away from that moment on. What was broken before it stays broken.
- The earlier of stop and end decides; at one instant the stop does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from services.sla.domain.calendars import add
from services.sla.domain.marks import Mark, Milestone, first
from services.sla.domain.promises import Per, Promise, Promises
from services.sla.domain.records import Errand, OrderRecord, Trip
from shared.glossary import Word


class ClockStatus(Word):
    """Where a clock stands."""

    OPEN = "open"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class ClockKey(NamedTuple):
    """What tells one clock of an order from the others: the promise, and which order, errand or trip it is about."""

    promise: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one clock runs as far as the facts go. It depends on the times of events only, not on when they were heard.

    The alarms are when the timer speaks up if nothing has happened by then. For a late entry they count from when the
    start was entered, so that old paper raises no false alarm; the verdict is by `due_at` all the same.
    """

    promise: Promise
    subject: str
    started_at: datetime
    due_at: datetime
    warn_alarm_at: datetime
    due_alarm_at: datetime
    stopped_at: datetime | None
    cancelled_at: datetime | None

    @property
    def key(self) -> ClockKey:
        """What tells this clock from the order's others."""
        return ClockKey(self.promise.code, self.subject)

    @property
    def status(self) -> ClockStatus:
        """The verdict of the facts; the limit itself is still met (decision 17)."""
        end = self.stopped_at or self.cancelled_at
        if end is None:
            return ClockStatus.OPEN
        if end > self.due_at:
            return ClockStatus.BREACHED
        return ClockStatus.MET if self.stopped_at else ClockStatus.CANCELLED

    def decided_at(self, status: ClockStatus) -> datetime | None:
        """Return when `status` became true: a promise is broken when it runs out, not when we notice."""
        match status:
            case ClockStatus.OPEN:
                return None
            case ClockStatus.BREACHED:
                return self.due_at
            case ClockStatus.MET | ClockStatus.CANCELLED:
                return self.stopped_at or self.cancelled_at


def courses_of(record: OrderRecord, promises: Promises) -> dict[ClockKey, Course]:
    """Return every clock that an order has by now."""
    courses: dict[ClockKey, Course] = {}
    if not record.is_repair:
        return courses
    spans = _spans(record)
    for versions in promises.families():
        for span in spans[versions[0].per]:
            course = _course(record, versions, span)
            if course:
                courses[course.key] = course
    return courses


@dataclass(frozen=True)
class _Span:
    """What one clock is about: where its milestones are found, and which marks end it besides its stops."""

    subject: str
    source: OrderRecord | Errand | Trip
    began: Mark | None
    ends: list[Mark]
    way_ends: list[Mark]
    """Marks after which nobody needs to be on the way any more."""

    def find(self, milestone: Milestone) -> Mark | None:
        if milestone is Milestone.REPORTED:
            return self.began
        if isinstance(self.source, Errand):
            return self.source.first(milestone)
        return self.source.marks.get(milestone)


def _spans(record: OrderRecord) -> dict[Per, list[_Span]]:
    ends = _marks(record.marks, Milestone.CANCELLED, Milestone.ARCHIVED)
    spans = {
        Per.ORDER: [_Span("order", record, record.marks.get(Milestone.REPORTED), ends, [])],
        Per.ERRAND: [],
        Per.TRIP: [],
    }
    for errand in record.errands:
        errand_ends = [*ends, errand.next_began] if errand.next_began else ends
        way_ends = _way_ends(record, errand)
        spans[Per.ERRAND].append(_Span(f"errand:{errand.number}", errand, errand.began, errand_ends, way_ends))
        for task_id, trip in errand.trips.items():
            trip_way_ends = [*way_ends, *_marks(trip.marks, Milestone.REFUSED, Milestone.WITHDRAWN)]
            spans[Per.TRIP].append(_Span(f"trip:{task_id}", trip, None, errand_ends, trip_way_ends))
    return spans


def _way_ends(record: OrderRecord, errand: Errand) -> list[Mark]:
    light = [Mark(r.at, r.recorded_at) for r in record.restorations if r.is_unattended and r.at >= errand.began.at]
    resolved = [mark for mark in _marks(record.marks, Milestone.RESOLVED) if mark.at >= errand.began.at]
    return [*light, *resolved, *_marks(record.marks, Milestone.MERGED, Milestone.DECLINED)]


def _course(record: OrderRecord, versions: Iterable[Promise], span: _Span) -> Course | None:
    for promise in versions:
        start = span.find(promise.starts)
        if start is None or not promise.is_in_force(start.at):
            continue
        limit = promise.limit_in(record.area_type_at(start.at))
        return _run(record, promise, span, start, limit) if limit else None
    return None


def _run(record: OrderRecord, promise: Promise, span: _Span, start: Mark, limit: timedelta) -> Course:
    stop = first(span.find(milestone) for milestone in promise.stops)
    end = first([*span.ends, *(span.way_ends if promise.is_about_the_way else [])])
    is_stopped = stop is not None and (end is None or stop.at <= end.at)
    heard_at = start.recorded_at if record.is_late_entry else start.at
    return Course(
        promise=promise,
        subject=span.subject,
        started_at=start.at,
        due_at=add(start.at, limit, promise.calendar),
        warn_alarm_at=add(heard_at, limit * promise.warn_at, promise.calendar),
        due_alarm_at=add(heard_at, limit, promise.calendar),
        stopped_at=stop.at if stop and is_stopped else None,
        cancelled_at=None if is_stopped or not end else max(end.at, start.at),
    )


def _marks(marks: Mapping[Milestone, Mark], *milestones: Milestone) -> list[Mark]:
    return [mark for mark in map(marks.get, milestones) if mark]
