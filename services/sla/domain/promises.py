"""What was promised: data with a time in force, so that an order is judged by the words of its day (decision 21)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.sla.domain.calendars import Calendar
from services.sla.domain.marks import Milestone
from shared.glossary import AreaType, Word


class Layer(Word):
    """Who was promised: ourselves (an internal target), the customer, or the regulator."""

    INT = "INT"
    EXT = "EXT"
    REG = "REG"


class Per(Word):
    """What one clock of a promise is about.

    An *errand* is all that is done from one sending-out of the order to the next: it begins with the order, and again
    with each return and each reopening. A *trip* is one crew's job in it.
    """

    ORDER = "order"
    ERRAND = "errand"
    TRIP = "trip"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One version of a promise: from `starts` to the first of `stops` within the limit, the limit itself included.

    `limits` are by area type; the key None holds for every area that is not named.
    """

    id: UUID
    code: str
    layer: Layer
    per: Per
    starts: Milestone
    stops: frozenset[Milestone]
    limits: Mapping[AreaType | None, timedelta]
    warn_at: float
    calendar: Calendar
    valid_from: datetime
    valid_to: datetime | None
    source: str

    @property
    def is_about_the_way(self) -> bool:
        """Say whether the promise needs a crew on its way: it falls away when nobody has to come any more."""
        return bool(self.stops & {Milestone.DEPARTED, Milestone.ARRIVED})

    def limit_in(self, area: AreaType) -> timedelta | None:
        """Return the limit for an area, or None where nothing is promised."""
        return self.limits.get(area, self.limits.get(None))

    def is_in_force(self, at: datetime) -> bool:
        """Say whether this version speaks for what starts at `at`."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class Promises:
    """Every version of every promise."""

    def __init__(self, versions: Iterable[Promise]) -> None:
        self._by_code: dict[str, list[Promise]] = {}
        for version in versions:
            self._by_code.setdefault(version.code, []).append(version)

    def __iter__(self) -> Iterator[Promise]:
        """Walk through all versions."""
        return (version for versions in self._by_code.values() for version in versions)

    def families(self) -> Iterable[Sequence[Promise]]:
        """Yield the versions of each promise, one promise at a time."""
        return self._by_code.values()


def find_looser(promises: Iterable[Promise]) -> list[str]:
    """Name each internal target that is looser than the customer's promise of the same milestone (requirement 000-072).

    An internal target may be stricter than what the customer was promised, never looser.
    """
    versions = list(promises)
    inner = [p for p in versions if p.layer is Layer.INT]
    outer = [p for p in versions if p.layer is Layer.EXT]
    return [
        f"{ours.code} is looser than {theirs.code} in {area}"
        for ours in inner
        for theirs in outer
        if ours.stops == theirs.stops and _meet_in_time(ours, theirs)
        for area in AreaType
        if (own := ours.limit_in(area)) and (promised := theirs.limit_in(area)) and own > promised
    ]


def _meet_in_time(one: Promise, other: Promise) -> bool:
    begins = max(one.valid_from, other.valid_from)
    return one.is_in_force(begins) and other.is_in_force(begins)
