"""The incident: all orders of one outage, led by the order that told of it first; and the rule that joins them.

Decision 12: different customers of one outage are child orders of one incident. An order is covered by an incident of
its transformer area, or by one of its whole feeder, that opened within `MERGE_WITHIN` of the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.aggregate import Aggregate
from shared.errors import Conflict, Text
from shared.events.dispatch import EstimateChanged, OutageExtentChanged, PowerRestored
from shared.glossary import AreaType, FaultClass, OutageScope

MERGE_WITHIN = timedelta(hours=24)
"""Policy: an incident older than this takes no further orders; a new report then opens its own."""


class IncidentStatus(StrEnum):
    """Whether light is back."""

    OPEN = "open"
    RESTORED = "restored"
    VOID = "void"


@dataclass(kw_only=True, eq=False, slots=True)
class Incident(Aggregate):
    """One outage. `keys` are the parts of the grid that it covers; only open incidents hold them."""

    main_order_id: UUID
    status: IncidentStatus = IncidentStatus.OPEN
    round: int = 1
    keys: list[str] = field(default_factory=list)
    class_l1: FaultClass
    area_type: AreaType
    owner_code: str | None = None
    is_earth_fault: bool = False
    reported_at: datetime
    opened_at: datetime
    order_count: int = 1
    customers_affected: int | None = None
    extent_at: datetime | None = None
    estimated_restoration_at: datetime | None = None
    estimated_at: datetime | None = None
    power_restored_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether people still wait for light."""
        return self.status == IncidentStatus.OPEN

    def restore(self, at: datetime, *, turn: int, task_id: UUID | None = None, is_observed: bool = False) -> None:
        """Light is back: the incident is over and takes no further orders."""
        self.power_restored_at = at
        self.status = IncidentStatus.RESTORED
        event = PowerRestored(
            order_id=self.main_order_id,
            incident_id=self.id,
            task_id=task_id,
            power_restored_at=at,
            is_observed=is_observed,
            round=turn,
        )
        self.tell(event, occurred_at=at)

    def observe_restored(self, at: datetime, *, turn: int) -> None:
        """Light is back as the grid saw it; raises Conflict if it is back already or before anybody had reported."""
        if not self.is_open:
            raise Conflict("observation.already_restored", _ALREADY)
        if at < self.reported_at:
            raise Conflict("observation.before_report", _BEFORE)
        self.restore(at, turn=turn, is_observed=True)

    def estimate(self, restoration_at: datetime | None, *, at: datetime) -> None:
        """Promise another time (or none); an estimate older than the one that stands changes nothing here."""
        event = EstimateChanged(
            order_id=self.main_order_id,
            incident_id=self.id,
            estimated_at=at,
            estimated_restoration_at=restoration_at,
        )
        self.tell(event, occurred_at=at)
        if self.estimated_at is None or at >= self.estimated_at:
            self.estimated_restoration_at, self.estimated_at = restoration_at, at

    def extend(self, customers: int, *, at: datetime) -> None:
        """So many customers are out, as seen at a time; an older sight does not overrule a newer one."""
        event = OutageExtentChanged(
            order_id=self.main_order_id, incident_id=self.id, observed_at=at, customers_affected=customers
        )
        self.tell(event, occurred_at=at)
        if self.extent_at is None or at >= self.extent_at:
            self.customers_affected, self.extent_at = customers, at

    def reopen(self, *, turn: int, at: datetime) -> None:
        """Go out again: in the same round because it is still dark, or in the next because the order was returned."""
        self.status = IncidentStatus.OPEN
        self.opened_at = at
        self.round = turn
        self.power_restored_at = None


_ALREADY = Text("该停电已恢复送电，不能再次恢复", "this outage was restored already")
_BEFORE = Text("恢复时间早于停电上报时间", "light cannot be back before the outage was reported")


def area_key(transformer_area: str) -> str:
    """Name a transformer area as a part of the grid that an incident can hold."""
    return f"area:{transformer_area}"


def feeder_key(feeder: str) -> str:
    """Name a whole feeder as a part of the grid that an incident can hold."""
    return f"feeder:{feeder}"


def keys_covering(*, transformer_area: str | None, feeder: str | None) -> list[str]:
    """List the keys under which an order's outage may be known already, nearest first."""
    keys = [area_key(transformer_area)] if transformer_area else []
    return [*keys, feeder_key(feeder)] if feeder else keys


def keys_to_hold(*, scope: OutageScope | None, transformer_area: str | None, feeder: str | None) -> list[str]:
    """List the keys that a new incident holds: its transformer area, and the feeder if a whole area is out."""
    keys = [area_key(transformer_area)] if transformer_area else []
    return [*keys, feeder_key(feeder)] if feeder and scope == OutageScope.AREA else keys


def covers(opened_at: datetime, *, reported_at: datetime) -> bool:
    """Say whether an open incident is recent enough for a report to belong to it."""
    return abs(reported_at - opened_at) <= MERGE_WITHIN
