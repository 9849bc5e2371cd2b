"""What is added up for the indicators: whole numbers only, so that counting in SQL and from facts agree exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.sla.domain.clocks import ClockStatus, Course
from services.sla.domain.indicators.periods import Period
from services.sla.domain.marks import Milestone
from services.sla.domain.promises import Layer
from services.sla.domain.records import OrderRecord
from shared.glossary import AreaType, BusinessType, ReturnLevel, Satisfaction

MICROSECOND = timedelta(microseconds=1)


class Returned(StrEnum):
    """By whom an order was returned; `union` counts an order once that both returned (decision 2)."""

    NATIONAL = ReturnLevel.NATIONAL
    PROVINCE = ReturnLevel.PROVINCE
    UNION = "union"


@dataclass(frozen=True)
class Scope:
    """Which orders are counted; None asks for all."""

    origin: str | None = None
    station_code: str | None = None
    area_type: AreaType | None = None

    def has(self, record: OrderRecord) -> bool:
        """Say whether an order is among them."""
        return (
            self.origin in (None, record.origin)
            and self.station_code in (None, record.station_code)
            and self.area_type in (None, record.area_type)
        )


@dataclass
class Durations:
    """How many there were, and their sum in microseconds."""

    count: int = 0
    microseconds: int = 0

    def add(self, duration: timedelta) -> None:
        """Add one."""
        self.count += 1
        self.microseconds += duration // MICROSECOND


@dataclass
class Tally:
    """Sums of one period. Each figure belongs to the period of the fact that makes it (its comment says which)."""

    orders: int = 0  # received_at
    merged: int = 0  # received_at
    declined: int = 0  # received_at
    arrivals: Durations = field(default_factory=Durations)  # arrived_at, of orders that a crew was sent to
    restorations: dict[AreaType, Durations] = field(
        default_factory=dict
    )  # restored_at, where a crew was on site before
    callbacks: Counter[str] = field(
        default_factory=Counter
    )  # called_back_at, by what the customer said ("" said nothing)
    unreachable: int = 0  # given_up_at
    archived: Counter[BusinessType] = field(default_factory=Counter)  # archived_at
    returned_orders: Counter[tuple[Returned, BusinessType]] = field(default_factory=Counter)  # archived_at
    returned_twice: Counter[Returned] = field(default_factory=Counter)  # archived_at: returned twice or more
    return_times: Counter[Returned] = field(default_factory=Counter)  # archived_at
    verdicts: Counter[tuple[str, Layer, ClockStatus]] = field(default_factory=Counter)  # when the verdict became true

    def add(self, record: OrderRecord, courses: Iterable[Course], *, period: Period, now: datetime) -> None:
        """Count one order and its clocks. What is still open at `now` and past its alarm counts as broken."""
        self._add_reception(record, period)
        self._add_work(record, period)
        self._add_callback(record, period)
        self._add_archive(record, period)
        for course in courses:
            status = status_at(course, now)
            if status in (ClockStatus.MET, ClockStatus.BREACHED) and period.has(course.decided_at(status)):
                self.verdicts[course.promise.code, course.promise.layer, status] += 1

    def _add_reception(self, record: OrderRecord, period: Period) -> None:
        if period.has(record.received_at):
            self.orders += 1
            self.merged += Milestone.MERGED in record.marks
            self.declined += Milestone.DECLINED in record.marks

    def _add_work(self, record: OrderRecord, period: Period) -> None:
        sent, arrived, restored = record.dispatched_at, record.arrived_at, record.restored_at
        if sent and arrived and period.has(arrived):
            self.arrivals.add(arrived - sent)
        if arrived and restored and arrived <= restored and period.has(restored):
            self.restorations.setdefault(record.area_type, Durations()).add(restored - arrived)

    def _add_callback(self, record: OrderRecord, period: Period) -> None:
        callback = record.last_callback
        if callback and period.has(callback.at):
            self.callbacks[callback.satisfaction] += 1
        self.unreachable += period.has(record.at(Milestone.UNREACHABLE))

    def _add_archive(self, record: OrderRecord, period: Period) -> None:
        if not period.has(record.at(Milestone.ARCHIVED)):
            return
        self.archived[record.business_type] += 1
        national, province = record.count_returns(ReturnLevel.NATIONAL), record.count_returns(ReturnLevel.PROVINCE)
        counts = {Returned.NATIONAL: national, Returned.PROVINCE: province, Returned.UNION: national + province}
        for level, times in counts.items():
            self.return_times[level] += times
            self.returned_orders[level, record.business_type] += times > 0
            self.returned_twice[level] += times > 1

    @property
    def satisfied(self) -> int:
        """How many customers were satisfied."""
        return self.callbacks[Satisfaction.SATISFIED]

    @property
    def rated(self) -> int:
        """How many said whether they were; who was not reached, or gave no answer, is not among them."""
        return sum(count for said, count in self.callbacks.items() if said)


def status_at(course: Course, now: datetime) -> ClockStatus:
    """Return where a clock stands at `now` by the facts and the time alone, whether or not the timer has spoken."""
    if course.status is ClockStatus.OPEN and course.due_alarm_at < now:
        return ClockStatus.BREACHED
    return course.status
