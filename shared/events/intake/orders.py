"""What intake tells: orders and where they are in their life."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events import Event
from shared.glossary import (
    AreaType,
    BusinessType,
    Channel,
    CustomerClass,
    OutageScope,
    ReturnLevel,
    SpecialNeed,
    VoltageLevel,
)


class Caller(BaseModel):
    """Whom the order is for, as crews and callback agents need it: they go there and ring there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    customer_no: str | None = None
    name: str
    phone: str
    address: str
    lon: float | None = None
    lat: float | None = None
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False


class IntakeEvent(Event):
    """Any event that intake speaks."""

    topic: ClassVar[str] = "intake"


class OrderCreated(IntakeEvent):
    """An order was received: a new work order stands in the books."""

    name: ClassVar[str] = "order-created"

    order_no: str
    national_order_no: str | None = None
    business_type: BusinessType
    channel: Channel
    reported_at: datetime
    received_at: datetime
    accept_by: datetime | None = None
    content: str
    caller: Caller
    area_type: AreaType
    outage_scope: OutageScope | None = None
    outage_started_at: datetime | None = None
    surroundings: str | None = None
    voltage_level: VoltageLevel | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    station_code: str | None = None
    customers_affected: int | None = None
    is_late_entry: bool = False
    """Entered after the fact from paper or another system: its times lie in the past, nothing is sent out for it."""
    origin: str | None = None
    origin_no: str | None = None
    """Where a late entry was copied from, and its number there; the pair is unique."""


class OrderAccepted(IntakeEvent):
    """The city took the order (接单)."""

    name: ClassVar[str] = "order-accepted"

    accepted_at: datetime
    round: int = 1
    by: str
    needs_crew: bool = True
    """False when the caller was helped on the phone: nobody is sent (lifecycles 3.1, row 6)."""
    same_outage_as: UUID | None = None
    """An accepted order that tells of the same outage, as intake recognised it (decision 12)."""


class OrderDeclined(IntakeEvent):
    """The city handed a wrong order back within 3 minutes; this is not a return (decision 1)."""

    name: ClassVar[str] = "order-declined"

    declined_at: datetime
    reason: str


class OrderSent(IntakeEvent):
    """The reviewed reply went up to the platform, or, for a local order, to the callback desk."""

    name: ClassVar[str] = "order-sent"

    sent_at: datetime
    round: int = 1
    business_type: BusinessType = BusinessType.FAULT_REPAIR
    is_national: bool
    caller: Caller
    order_no: str


class OrderReworked(IntakeEvent):
    """The city's own reviewer gave the reply back to the crew; not counted in the return rate."""

    name: ClassVar[str] = "order-reworked"

    rework_at: datetime
    reason: str


class OrderReturned(IntakeEvent):
    """The province or the national centre returned the order: same order, next round; counts in the return rate."""

    name: ClassVar[str] = "order-returned"

    level: ReturnLevel
    reason_code: str
    reason: str
    returned_at: datetime
    round: int


class OrderCalledBack(IntakeEvent):
    """The customer was asked, by the platform or by us, and the answer stands on the order."""

    name: ClassVar[str] = "order-called-back"

    called_back_at: datetime
    by_national: bool
    is_power_restored: bool | None = None
    satisfaction: str | None = None


class OrderReopened(IntakeEvent):
    """Called back without light: the order goes out again in the same round (requirement 003-023)."""

    name: ClassVar[str] = "order-reopened"

    reopened_at: datetime
    reason: str


class OrderArchived(IntakeEvent):
    """The end of an order's life; the day that it counts in the return rate (decision 3)."""

    name: ClassVar[str] = "order-archived"

    archived_at: datetime
    business_type: BusinessType
    main_order_id: UUID | None = None
    return_count: int = 0
    national_return_count: int = 0
    province_return_count: int = 0


class OrderCancelled(IntakeEvent):
    """The order fell away before repair (a duplicate or a false alarm), with a supervisor's word."""

    name: ClassVar[str] = "order-cancelled"

    cancelled_at: datetime
    reason: str
