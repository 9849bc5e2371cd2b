"""How each fact enters the books: the one table that reactions and the recomputation from the log both read.

An entry never decides anything; what follows from the record is read off it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.domain.marks import Mark, Milestone
from services.sla.domain.records import Assessment, Callback, Extent, OrderRecord, Restoration, Return
from shared.events import Event
from shared.events.callback import CallbackUnreachable
from shared.events.dispatch import (
    CrewAccepted,
    CrewArrived,
    CrewAssigned,
    CrewDeparted,
    CrewRefused,
    FaultRepaired,
    OrderAssessed,
    OrderMerged,
    OutageExtentChanged,
    PowerRestored,
    RepairReplied,
    TaskWithdrawn,
)
from shared.events.intake import (
    OrderAccepted,
    OrderArchived,
    OrderCalledBack,
    OrderCancelled,
    OrderCreated,
    OrderDeclined,
    OrderLinked,
    OrderReopened,
    OrderResolvedByPhone,
    OrderReturned,
)

Enter = Callable[[OrderRecord, Any, datetime], None]
"""`enter(record, event, recorded_at)`: afterwards the record knows what the event tells."""


def open_record(event: OrderCreated, recorded_at: datetime) -> OrderRecord:
    """Open the books for an order that was received."""
    record = OrderRecord(
        id=event.order_id,
        business_type=event.business_type,
        channel=event.channel,
        created_area_type=event.area_type,
        created_station_code=event.station_code,
        origin=event.origin,
        origin_no=event.origin_no,
        is_late_entry=event.is_late_entry,
        reported_at=event.reported_at,
        received_at=event.received_at,
        recorded_at=recorded_at,
    )
    record.mark(Milestone.REPORTED, Mark(event.reported_at, recorded_at))
    record.mark(Milestone.RECEIVED, Mark(event.received_at, recorded_at))
    return record


def extent_of(event: Event, event_id: UUID) -> Extent | None:
    """Return what an event tells of how many customers are out, or None."""
    if isinstance(event, OrderCreated) and event.customers_affected is not None:
        return Extent(event.reported_at, event_id, event.customers_affected)
    if isinstance(event, OutageExtentChanged):
        return Extent(event.observed_at, event_id, event.customers_affected)
    return None


def _order_mark(milestone: Milestone) -> Enter:
    def enter(record: OrderRecord, event: Any, recorded_at: datetime) -> None:
        record.mark(milestone, Mark(getattr(event, milestone), recorded_at))

    return enter


def _trip_mark(milestone: Milestone) -> Enter:
    def enter(record: OrderRecord, event: Any, recorded_at: datetime) -> None:
        record.trip(event.task_id).mark(milestone, Mark(getattr(event, milestone), recorded_at))

    return enter


def _linked(record: OrderRecord, event: OrderLinked, recorded_at: datetime) -> None:
    """It is about another order, and owes nobody anything itself (requirement 003-025)."""
    record.mark(Milestone.CANCELLED, Mark(event.linked_at, recorded_at))


def _merged(record: OrderRecord, event: OrderMerged, recorded_at: datetime) -> None:
    if record.main_order_id is None or event.merged_at < record.marks[Milestone.MERGED].at:
        record.main_order_id = event.main_order_id
    record.mark(Milestone.MERGED, Mark(event.merged_at, recorded_at))


def _assessed(record: OrderRecord, event: OrderAssessed, _: datetime) -> None:
    record.assessments.add(Assessment(event.assessed_at, event.area_type))


def _assigned(record: OrderRecord, event: CrewAssigned, recorded_at: datetime) -> None:
    trip = record.trip(event.task_id)
    trip.station_code = event.station_code
    trip.mark(Milestone.DISPATCHED, Mark(event.dispatched_at, recorded_at))


def _arrived(record: OrderRecord, event: CrewArrived, recorded_at: datetime) -> None:
    trip = record.trip(event.task_id)
    trip.mark(Milestone.ARRIVED, Mark(event.arrived_at, recorded_at))
    trip.mark(Milestone.ARRIVAL_RECORDED, Mark(event.arrival_recorded_at, recorded_at))


def _restored(record: OrderRecord, event: PowerRestored, recorded_at: datetime) -> None:
    record.restorations.add(Restoration(event.power_restored_at, recorded_at, event.task_id is None))


def _returned(record: OrderRecord, event: OrderReturned, recorded_at: datetime) -> None:
    record.returns.add(Return(event.returned_at, recorded_at, event.level, event.round))


def _reopened(record: OrderRecord, event: OrderReopened, recorded_at: datetime) -> None:
    record.reopenings.add(Mark(event.reopened_at, recorded_at))


def _called_back(record: OrderRecord, event: OrderCalledBack, _: datetime) -> None:
    record.callbacks.add(Callback(event.called_back_at, event.satisfaction or ""))


def _nothing(record: OrderRecord, event: OutageExtentChanged, recorded_at: datetime) -> None:
    """Only the extents change (`extent_of`)."""


ENTRIES: dict[type[Event], Enter] = {
    OrderAccepted: _order_mark(Milestone.ACCEPTED),
    OrderDeclined: _order_mark(Milestone.DECLINED),
    OrderCancelled: _order_mark(Milestone.CANCELLED),
    OrderLinked: _linked,
    OrderArchived: _order_mark(Milestone.ARCHIVED),
    OrderReturned: _returned,
    OrderReopened: _reopened,
    OrderCalledBack: _called_back,
    OrderMerged: _merged,
    OrderResolvedByPhone: _order_mark(Milestone.RESOLVED),
    OrderAssessed: _assessed,
    CrewAssigned: _assigned,
    CrewAccepted: _trip_mark(Milestone.CREW_RECEIVED),
    CrewRefused: _trip_mark(Milestone.REFUSED),
    TaskWithdrawn: _trip_mark(Milestone.WITHDRAWN),
    CrewDeparted: _trip_mark(Milestone.DEPARTED),
    CrewArrived: _arrived,
    FaultRepaired: _trip_mark(Milestone.REPAIRED),
    PowerRestored: _restored,
    RepairReplied: _trip_mark(Milestone.REPLIED),
    OutageExtentChanged: _nothing,
    CallbackUnreachable: _order_mark(Milestone.UNREACHABLE),
}
"""What each event after `order-created` changes in an order's record."""
