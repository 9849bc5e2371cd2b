"""What is known of one order: a set of marks that grows with each fact and does not care in which order facts come.

Each entry keeps the earliest of its kind, or adds to a set; so the same facts make the same record, whatever the
interleaving and however often each came. Clocks and indicators are read off the record (`clocks.py`, `indicators/`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.sla.domain.marks import Mark, Milestone, first
from shared.aggregate import Aggregate
from shared.glossary import AreaType, BusinessType, Channel, ReturnLevel


@dataclass
class Trip:
    """One crew's job on the order."""

    station_code: str | None = None
    marks: dict[Milestone, Mark] = field(default_factory=dict)

    def mark(self, milestone: Milestone, mark: Mark) -> None:
        """Note a milestone; the earliest of its kind counts."""
        enter(self.marks, milestone, mark)


@dataclass(frozen=True)
class Errand:
    """From one sending-out of the order to the next: when it began, when the next one began, the trips between."""

    number: int
    began: Mark
    next_began: Mark | None
    trips: dict[UUID, Trip]

    def first(self, milestone: Milestone) -> Mark | None:
        """Return the first time that one of its crews reached a milestone."""
        return first(trip.marks.get(milestone) for trip in self.trips.values())


class Return(NamedTuple):
    """One 退单 by the province or the national centre."""

    at: datetime
    recorded_at: datetime
    level: ReturnLevel
    round: int


class Restoration(NamedTuple):
    """Light is back; `is_unattended` when no crew's work brought it."""

    at: datetime
    recorded_at: datetime
    is_unattended: bool


class Callback(NamedTuple):
    """The customer was asked; an empty satisfaction means that the question got no answer."""

    at: datetime
    satisfaction: str


class Assessment(NamedTuple):
    """研判 said in which kind of area the fault is."""

    at: datetime
    area_type: AreaType


class Extent(NamedTuple):
    """How many customers were out from an instant on; of two at one instant the later told replaces."""

    at: datetime
    event_id: UUID
    customers: int


@dataclass(kw_only=True, eq=False, slots=True)
class OrderRecord(Aggregate):
    """What sla knows of one order; `id` is the order's."""

    business_type: BusinessType
    channel: Channel
    created_area_type: AreaType
    created_station_code: str | None
    origin: str | None
    origin_no: str | None
    is_late_entry: bool
    reported_at: datetime
    received_at: datetime
    recorded_at: datetime
    main_order_id: UUID | None = None
    marks: dict[Milestone, Mark] = field(default_factory=dict)
    trips: dict[UUID, Trip] = field(default_factory=dict)
    assessments: set[Assessment] = field(default_factory=set)
    restorations: set[Restoration] = field(default_factory=set)
    reopenings: set[Mark] = field(default_factory=set)
    returns: set[Return] = field(default_factory=set)
    callbacks: set[Callback] = field(default_factory=set)

    @property
    def is_repair(self) -> bool:
        """Say whether this is a fault repair order."""
        return self.business_type is BusinessType.FAULT_REPAIR

    @property
    def area_type(self) -> AreaType:
        """The kind of area as the last assessment has it, or else as the order came."""
        return max(self.assessments).area_type if self.assessments else self.created_area_type

    def area_type_at(self, moment: datetime) -> AreaType:
        """Return the kind of area as known at an instant: a clock's limit does not change under its feet."""
        known = [assessment for assessment in self.assessments if assessment.at <= moment]
        return max(known).area_type if known else self.created_area_type

    @property
    def station_code(self) -> str | None:
        """The station that the order belongs to: as it came, or else that of the crew sent first."""
        sent = [(t.marks[Milestone.DISPATCHED], t.station_code or "") for t in self.trips.values() if _was_sent(t)]
        return self.created_station_code or (min(sent)[1] or None if sent else None)

    @property
    def errands(self) -> list[Errand]:
        """Every sending-out of the order, first to last; a trip belongs to the one during which it was dispatched."""
        again = sorted({Mark(r.at, r.recorded_at) for r in self.returns} | self.reopenings)
        begins = [Mark(self.reported_at, self.recorded_at), *again]
        trips: list[dict[UUID, Trip]] = [{} for _ in begins]
        for task_id, trip in self.trips.items():
            if _was_sent(trip):
                trips[sum(begun.at <= trip.marks[Milestone.DISPATCHED].at for begun in again)][task_id] = trip
        ends: list[Mark | None] = [*again, None]
        return [Errand(n, *parts) for n, parts in enumerate(zip(begins, ends, trips, strict=True), start=1)]

    @property
    def dispatched_at(self) -> datetime | None:
        """When a crew was first sent."""
        return self._first_of_trips(Milestone.DISPATCHED)

    @property
    def arrived_at(self) -> datetime | None:
        """When a crew was first on site."""
        return self._first_of_trips(Milestone.ARRIVED)

    @property
    def restored_at(self) -> datetime | None:
        """When light came back: the first time since a callback last found that it was not (requirement 003-023)."""
        since = max(self.reopenings).at if self.reopenings else None
        return min((r.at for r in self.restorations if since is None or r.at >= since), default=None)

    @property
    def last_callback(self) -> Callback | None:
        """The customer's last word."""
        return max(self.callbacks, default=None)

    def at(self, milestone: Milestone) -> datetime | None:
        """Return when the order reached one of its own milestones, or None."""
        mark = self.marks.get(milestone)
        return mark.at if mark else None

    def count_returns(self, level: ReturnLevel) -> int:
        """Count the times (次) that a level returned the order."""
        return sum(r.level is level for r in self.returns)

    def trip(self, task_id: UUID) -> Trip:
        """Return one crew's job, made when first heard of."""
        return self.trips.setdefault(task_id, Trip())

    def mark(self, milestone: Milestone, mark: Mark) -> None:
        """Note one of the order's own milestones; the earliest of its kind counts."""
        enter(self.marks, milestone, mark)

    def _first_of_trips(self, milestone: Milestone) -> datetime | None:
        mark = first(trip.marks.get(milestone) for trip in self.trips.values())
        return mark.at if mark else None


def enter(marks: dict[Milestone, Mark], milestone: Milestone, mark: Mark) -> None:
    """Keep the earlier of a milestone's marks."""
    known = marks.get(milestone)
    if known is None or mark < known:
        marks[milestone] = mark


def _was_sent(trip: Trip) -> bool:
    return Milestone.DISPATCHED in trip.marks
