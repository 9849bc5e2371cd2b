"""What a new order must say before it stands in the books; every rule that it breaks is named at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain.times import TOLERANCE
from shared.errors import BadField, bad_field
from shared.glossary import AreaType, BusinessType, Channel, CustomerClass, OutageScope, SpecialNeed, VoltageLevel

ACCEPT_WITHIN = timedelta(minutes=3)
"""地市配抢3分钟内接单或退单 (requirement 001-055); the limit itself still counts as kept (decision 17)."""

AREA_TYPE_WHEN_UNKNOWN = AreaType.URBAN
"""Nobody knows where: the customer gets the shortest promise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LateEntry:
    """A paper form or another system's record, entered afterwards with its own times (requirement 003-011)."""

    received_at: datetime
    accepted_at: datetime | None = None
    origin: str | None = None
    origin_no: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewOrder:
    """An order as somebody hands it in. `taken_by` is the actor who took it: the first responder."""

    business_type: BusinessType
    channel: Channel
    reported_at: datetime
    content: str
    customer_no: str | None = None
    name: str
    phone: str
    address: str
    lon: float | None = None
    lat: float | None = None
    taken_by: str
    national_order_no: str | None = None
    outage_scope: OutageScope | None = None
    outage_started_at: datetime | None = None
    surroundings: str | None = None
    voltage_level: VoltageLevel | None = None
    area_type: AreaType | None = None
    transformer_area: str | None = None
    station_code: str | None = None
    customers_affected: int | None = None
    late_entry: LateEntry | None = None

    @property
    def natural_key(self) -> tuple[str, str] | None:
        """The number that the order has where it comes from: the same again is the same order."""
        if self.national_order_no:
            return "national_order_no", self.national_order_no
        late = self.late_entry
        if late and late.origin and late.origin_no:
            return "origin", f"{late.origin}:{late.origin_no}"
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """What the register knows of a customer."""

    customer_no: str
    name: str
    phone: str
    address: str
    area_type: AreaType | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    station_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False


def order_number(day: str, number: int) -> str:
    """Return our own number: the day in Shanghai as yyyymmdd, and eight digits that count on."""
    return f"{day}{number % 100_000_000:08d}"


def accept_by(business_type: BusinessType, received_at: datetime) -> datetime | None:
    """Return until when the city must accept or decline (E13), for repair orders."""
    return received_at + ACCEPT_WITHIN if business_type is BusinessType.FAULT_REPAIR else None


def find_broken_rules(
    *,
    business_type: BusinessType | None,
    reported_at: datetime | None,
    outage_scope: OutageScope | None,
    outage_started_at: datetime | None,
    late_entry: LateEntry | None,
    is_late_entry: bool,
    now: datetime,
) -> list[BadField]:
    """Return every rule between fields that is broken; what is absent is judged only where it must be there."""
    broken = list(_find_missing(business_type, outage_scope, outage_started_at, is_late_entry))
    latest = now + TOLERANCE
    received_at = late_entry.received_at if late_entry else None
    for name, moment in (
        ("reported_at", reported_at),
        ("outage_started_at", outage_started_at),
        ("late_entry.received_at", received_at),
        ("late_entry.accepted_at", late_entry.accepted_at if late_entry else None),
    ):
        if moment is not None and moment > latest:
            broken.append(bad_field(name, "order.time_in_future", "不能晚于当前时间", "may not lie in the future"))
    if outage_started_at and reported_at and outage_started_at > reported_at:
        broken.append(
            bad_field(
                "outage_started_at",
                "order.times_out_of_order",
                "停电时间晚于报修时间（reported_at）",
                "the outage cannot start after it was reported (reported_at)",
            )
        )
    if late_entry:
        broken += _check_late_entry(late_entry, reported_at)
    return broken


def _find_missing(
    business_type: BusinessType | None,
    outage_scope: OutageScope | None,
    outage_started_at: datetime | None,
    is_late_entry: bool,
) -> Iterator[BadField]:
    if business_type is not BusinessType.FAULT_REPAIR:
        return
    if outage_scope is None:
        yield bad_field(
            "outage_scope",
            "order.outage_scope_missing",
            "报修必须填写停电范围",
            "a repair needs the extent",
        )
    if outage_started_at is None and not is_late_entry:
        yield bad_field(
            "outage_started_at",
            "order.outage_started_at_missing",
            "报修必须填写停电时间",
            "a repair needs the time at which the outage began",
        )


def _check_late_entry(late: LateEntry, reported_at: datetime | None) -> Iterator[BadField]:
    if reported_at and reported_at > late.received_at:
        yield bad_field(
            "late_entry.received_at",
            "order.times_out_of_order",
            "受理时间早于报修时间（reported_at）",
            "is before reported_at",
        )
    if late.accepted_at and late.accepted_at < late.received_at:
        yield bad_field(
            "late_entry.accepted_at",
            "order.times_out_of_order",
            "接单时间早于受理时间（received_at）",
            "is before received_at",
        )
    if (late.origin is None) != (late.origin_no is None):
        yield bad_field(
            "late_entry.origin_no" if late.origin_no is None else "late_entry.origin",
            "order.origin_incomplete",
            "来源与来源编号必须同时填写",
            "origin and origin_no belong together",
        )
