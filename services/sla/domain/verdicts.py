"""A clock as it stands in the books, and what is told when the facts, or the timer, move it.

The facts always win over the timer: a breach that the timer called is revised when a phone that was out of reach proves
that the crew was there in time. What has been judged is not judged again unless the verdict changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.domain.clocks import ClockKey, ClockStatus, Course
from shared.aggregate import Told
from shared.events.sla import PromiseBreached, PromiseKept, PromiseRevised, PromiseWarned


@dataclass(kw_only=True, eq=False)
class Clock:
    """One promise to one order. `next_alarm_at` is when the timer looks at it; None when nothing is waited for."""

    id: UUID
    order_id: UUID
    promise_id: UUID
    promise: str
    layer: str
    subject: str
    started_at: datetime
    due_at: datetime
    due_alarm_at: datetime
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None
    status: ClockStatus = ClockStatus.OPEN
    decided_at: datetime | None = None
    warned_at: datetime | None = None
    next_alarm_at: datetime | None = None

    @property
    def key(self) -> ClockKey:
        """What tells this clock from the order's others."""
        return ClockKey(self.promise, self.subject)

    def follow(self, course: Course) -> list[Told]:
        """Take over what the facts say now; return what is to be told about it."""
        before, after = self.status, self._judge(course)
        self.promise_id = course.promise.id
        self.started_at, self.due_at, self.due_alarm_at = course.started_at, course.due_at, course.due_alarm_at
        self.stopped_at, self.cancelled_at = course.stopped_at, course.cancelled_at
        self.status, self.decided_at = after, course.decided_at(after)
        self.next_alarm_at = self._next_alarm(course)
        return self._tell_change(before)

    @property
    def has_fallen_away(self) -> bool:
        """Say whether the clock was taken out of the count already."""
        return self.status is ClockStatus.CANCELLED and self.cancelled_at == self.started_at

    def fall_away(self) -> list[Told]:
        """Take the clock out of the count: the facts no longer know it (one moved its trip to another errand)."""
        before = self.status
        self.status, self.next_alarm_at = ClockStatus.CANCELLED, None
        self.cancelled_at = self.decided_at = self.started_at
        return self._tell_change(before)

    def is_as(self, course: Course) -> bool:
        """Say whether the books already say what the facts say."""
        return (
            (self.started_at, self.due_at, self.due_alarm_at) == (course.started_at, course.due_at, course.due_alarm_at)
            and (self.stopped_at, self.cancelled_at) == (course.stopped_at, course.cancelled_at)
            and self.status is self._judge(course)
        )

    def warn(self, *, now: datetime) -> Told:
        """Note that most of the time is gone; the timer looks again when all of it is."""
        alarm_at, self.warned_at, self.next_alarm_at = self.next_alarm_at or now, now, self.due_alarm_at
        event = PromiseWarned(**self._named(), warned_at=alarm_at)
        return Told(event, alarm_at)

    def run_out(self) -> Told:
        """Note that the time ran out with nothing heard."""
        self.status, self.decided_at, self.next_alarm_at = ClockStatus.BREACHED, self.due_at, None
        return self._breached()

    def _judge(self, course: Course) -> ClockStatus:
        has_run_out = self.status is ClockStatus.BREACHED and self.due_alarm_at >= course.due_alarm_at
        return ClockStatus.BREACHED if course.status is ClockStatus.OPEN and has_run_out else course.status

    def _next_alarm(self, course: Course) -> datetime | None:
        if self.status is not ClockStatus.OPEN:
            return None
        return course.due_alarm_at if self.warned_at else course.warn_alarm_at

    def _tell_change(self, before: ClockStatus) -> list[Told]:
        if before is self.status:
            return []
        if before is not ClockStatus.OPEN:
            return [self._revised(before)]
        match self.status:
            case ClockStatus.BREACHED:
                return [self._breached()]
            case ClockStatus.MET if self.stopped_at:
                return [Told(PromiseKept(**self._named(), stopped_at=self.stopped_at), self.stopped_at)]
            case _:
                return []

    def _breached(self) -> Told:
        return Told(PromiseBreached(**self._named(), breached_at=self.due_at), self.due_at)

    def _revised(self, before: ClockStatus) -> Told:
        ended_at = self.stopped_at or self.cancelled_at
        event = PromiseRevised(**self._named(), verdict=self.status, was=before, stopped_at=ended_at)
        return Told(event, ended_at or self.due_at)

    def _named(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "clock_id": self.id,
            "promise": self.promise,
            "layer": self.layer,
            "due_at": self.due_at,
        }


def open_clock(clock_id: UUID, *, order_id: UUID, course: Course) -> Clock:
    """Open a clock at its start; `follow` then makes it say what the facts say."""
    return Clock(
        id=clock_id,
        order_id=order_id,
        promise_id=course.promise.id,
        promise=course.promise.code,
        layer=course.promise.layer,
        subject=course.subject,
        started_at=course.started_at,
        due_at=course.due_at,
        due_alarm_at=course.due_alarm_at,
    )
