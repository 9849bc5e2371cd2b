"""The field as dispatch tells of it: one crew's whole work on an order, or any part of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events import Event
from shared.events.dispatch import (
    CrewAccepted,
    CrewArrived,
    CrewAssigned,
    CrewDeparted,
    EnergiseReady,
    FaultRepaired,
    FaultSurveyed,
    OrderAssessed,
    PowerRestored,
    RepairReplied,
    WorkPermitted,
    WorkStarted,
)
from shared.glossary import AreaType, FaultClass, Tier
from shared.ids import new_id

CREW = "C-01"


def field_of(
    order_id: UUID, *, start: datetime, task_id: UUID | None = None, number: int = 1, customer_opinion: str = "满意"
) -> list[Event]:
    """Make everything that a crew does for an order, five minutes a step from `start`, in order."""
    incident_id = new_id()
    of_task: dict[str, Any] = {
        "order_id": order_id,
        "task_id": task_id or new_id(),
        "crew_code": CREW,
        "round": number,
    }

    def at(step: int) -> datetime:
        return start + timedelta(minutes=5 * step)

    return [
        OrderAssessed(
            order_id=order_id,
            assessed_at=at(0),
            incident_id=incident_id,
            class_l1=FaultClass.LV_FAULT,
            area_type=AreaType.COUNTY_TOWN,
        ),
        CrewAssigned(
            **of_task,
            incident_id=incident_id,
            station_code="S01",
            tier=Tier.STATION_CREW,
            dispatched_at=at(1),
            reason="最近的班",
        ),
        CrewAccepted(**of_task, crew_received_at=at(2)),
        CrewDeparted(**of_task, departed_at=at(3)),
        CrewArrived(**of_task, arrived_at=at(4), arrival_recorded_at=at(4)),
        FaultSurveyed(**of_task, surveyed_at=at(5), first_report="低压线断", estimated_restoration_at=at(12)),
        WorkPermitted(**of_task, work_permitted_at=at(6), by="grid-1"),
        WorkStarted(**of_task, work_started_at=at(7)),
        FaultRepaired(**of_task, repaired_at=at(8)),
        EnergiseReady(**of_task, ready_to_energise_at=at(9)),
        PowerRestored(
            order_id=order_id,
            incident_id=incident_id,
            task_id=of_task["task_id"],
            power_restored_at=at(10),
            round=number,
        ),
        RepairReplied(
            **of_task,
            replied_at=at(11),
            process="到场后更换断线",
            result="已恢复供电",
            customer_opinion=customer_opinion,
            cause="大风断线",
        ),
    ]


def until(events: list[Event], last: type[Event]) -> list[Event]:
    """Return the events up to the first of a kind, that one included."""
    return events[: [type(event) for event in events].index(last) + 1]


def only(events: list[Event], *kinds: type[Event]) -> list[Event]:
    """Return the events of some kinds."""
    return [event for event in events if isinstance(event, kinds)]
