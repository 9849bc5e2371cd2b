"""Facts as the other services tell them, made short: `tell.order(...)`, `tell.assigned(...)` …"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.events import Event, Fact
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
)
from shared.events.intake import (
    Caller,
    OrderAccepted,
    OrderArchived,
    OrderCalledBack,
    OrderCancelled,
    OrderCreated,
    OrderDeclined,
    OrderReopened,
    OrderReturned,
)
from shared.glossary import AreaType, BusinessType, Channel, FaultClass, ReturnLevel, Tier
from shared.ids import new_id

TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

CALLER = Caller(name="张伟", phone="13812345678", address="兴安县界首镇大洞村 12 号")


def at(clock: str, *, day: datetime = TEN) -> datetime:
    """Return a time of day in Shanghai: `at("10:40")`, `at("10:03:01")`."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return day + timedelta(hours=parts[0] - 10, minutes=parts[1], seconds=parts[2])


def fact(event: Event, occurred_at: datetime, *, recorded_at: datetime | None = None) -> Fact[Any]:
    """Put an event into the envelope in which it comes; told at once unless another time is given."""
    return Fact(new_id(), event, occurred_at, recorded_at or occurred_at + timedelta(milliseconds=1))


def order(
    order_id: UUID, received_at: datetime = TEN, *, recorded_at: datetime | None = None, **more: Any
) -> Fact[Any]:
    values: dict[str, Any] = {
        "order_no": f"R{order_id.hex[-12:]}",
        "business_type": BusinessType.FAULT_REPAIR,
        "channel": Channel.LOCAL_HOTLINE,
        "reported_at": received_at,
        "received_at": received_at,
        "content": "家里没电，电话 13812345678",
        "caller": CALLER,
        "area_type": AreaType.URBAN,
        **more,
    }
    return fact(OrderCreated(order_id=order_id, **values), received_at, recorded_at=recorded_at or received_at)


def accepted(order_id: UUID, accepted_at: datetime, **more: Any) -> Fact[Any]:
    return fact(OrderAccepted(order_id=order_id, accepted_at=accepted_at, by="desk", **more), accepted_at)


def declined(order_id: UUID, declined_at: datetime) -> Fact[Any]:
    return fact(OrderDeclined(order_id=order_id, declined_at=declined_at, reason="错派区域"), declined_at)


def cancelled(order_id: UUID, cancelled_at: datetime) -> Fact[Any]:
    return fact(OrderCancelled(order_id=order_id, cancelled_at=cancelled_at, reason="误报"), cancelled_at)


def merged(order_id: UUID, main_order_id: UUID, merged_at: datetime) -> Fact[Any]:
    event = OrderMerged(order_id=order_id, incident_id=new_id(), main_order_id=main_order_id, merged_at=merged_at)
    return fact(event, merged_at)


def assessed(order_id: UUID, assessed_at: datetime, area_type: AreaType) -> Fact[Any]:
    event = OrderAssessed(
        order_id=order_id,
        assessed_at=assessed_at,
        incident_id=order_id,
        class_l1=FaultClass.LV_FAULT,
        area_type=area_type,
    )
    return fact(event, assessed_at)


def assigned(
    order_id: UUID, task_id: UUID, dispatched_at: datetime, *, recorded_at: datetime | None = None, **more: Any
) -> Fact[Any]:
    values: dict[str, Any] = {
        "crew_code": "C1",
        "incident_id": order_id,
        "station_code": "S1",
        "tier": Tier.STATION_CREW,
        "reason": "最近",
        **more,
    }
    event = CrewAssigned(order_id=order_id, task_id=task_id, dispatched_at=dispatched_at, **values)
    return fact(event, dispatched_at, recorded_at=recorded_at)


def crew_received(order_id: UUID, task_id: UUID, moment: datetime) -> Fact[Any]:
    return fact(CrewAccepted(order_id=order_id, task_id=task_id, crew_code="C1", crew_received_at=moment), moment)


def refused(order_id: UUID, task_id: UUID, moment: datetime) -> Fact[Any]:
    return fact(
        CrewRefused(order_id=order_id, task_id=task_id, crew_code="C1", refused_at=moment, reason="无人"), moment
    )


def departed(order_id: UUID, task_id: UUID, moment: datetime) -> Fact[Any]:
    return fact(CrewDeparted(order_id=order_id, task_id=task_id, crew_code="C1", departed_at=moment), moment)


def arrived(
    order_id: UUID, task_id: UUID, moment: datetime, *, arrival_recorded_at: datetime | None = None, **heard: Any
) -> Fact[Any]:
    event = CrewArrived(
        order_id=order_id,
        task_id=task_id,
        crew_code="C1",
        arrived_at=moment,
        arrival_recorded_at=arrival_recorded_at or moment,
    )
    return fact(event, moment, **heard)


def repaired(order_id: UUID, task_id: UUID, moment: datetime) -> Fact[Any]:
    return fact(FaultRepaired(order_id=order_id, task_id=task_id, crew_code="C1", repaired_at=moment), moment)


def restored(order_id: UUID, moment: datetime, *, task_id: UUID | None = None) -> Fact[Any]:
    event = PowerRestored(
        order_id=order_id,
        incident_id=order_id,
        task_id=task_id,
        power_restored_at=moment,
        is_observed=task_id is None,
    )
    return fact(event, moment)


def replied(order_id: UUID, task_id: UUID, moment: datetime) -> Fact[Any]:
    event = RepairReplied(
        order_id=order_id,
        task_id=task_id,
        crew_code="C1",
        replied_at=moment,
        process="更换熔丝",
        result="已恢复",
        customer_opinion="满意",
        cause="过载",
    )
    return fact(event, moment)


def returned(
    order_id: UUID, moment: datetime, *, level: ReturnLevel = ReturnLevel.NATIONAL, to_round: int = 2
) -> Fact[Any]:
    event = OrderReturned(
        order_id=order_id,
        level=level,
        reason_code="not_fully_solved",
        reason="未彻底解决",
        returned_at=moment,
        round=to_round,
    )
    return fact(event, moment)


def reopened(order_id: UUID, moment: datetime) -> Fact[Any]:
    return fact(OrderReopened(order_id=order_id, reopened_at=moment, reason="仍无电"), moment)


def called_back(order_id: UUID, moment: datetime, *, satisfaction: str | None = "satisfied") -> Fact[Any]:
    event = OrderCalledBack(order_id=order_id, called_back_at=moment, by_national=False, satisfaction=satisfaction)
    return fact(event, moment)


def unreachable(order_id: UUID, moment: datetime) -> Fact[Any]:
    event = CallbackUnreachable(order_id=order_id, plan_id=new_id(), given_up_at=moment, attempts=3)
    return fact(event, moment)


def archived(order_id: UUID, moment: datetime, *, business_type: BusinessType = BusinessType.FAULT_REPAIR) -> Fact[Any]:
    return fact(OrderArchived(order_id=order_id, archived_at=moment, business_type=business_type), moment)


def extent(order_id: UUID, moment: datetime, customers: int) -> Fact[Any]:
    event = OutageExtentChanged(
        order_id=order_id, incident_id=order_id, observed_at=moment, customers_affected=customers
    )
    return fact(event, moment)
