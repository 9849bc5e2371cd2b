"""What a new order must say before it stands in the books; every rule that it breaks is named at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain.completeness import find_missing
from services.intake.domain.taking import Taking, find_broken_taking
from services.intake.domain.times import TOLERANCE
from shared.errors import BadField, bad_field
from shared.glossary import (
    AreaType,
    AssetOwnership,
    BusinessType,
    Channel,
    OutageScope,
    VoltageLevel,
)

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
    """An order as somebody hands it in. `taken_by` is the actor who took it: the first responder.

    `name` and `phone` are empty where a letter does not say who wrote it.
    """

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
    asset_ownership: AssetOwnership | None = None
    late_entry: LateEntry | None = None
    taking: Taking | None = None

    @property
    def is_late_entry(self) -> bool:
        """Say whether it is entered after the fact, from paper or another system."""
        return self.late_entry is not None

    @property
    def natural_key(self) -> tuple[str, str] | None:
        """The number that the order has where it comes from: the same again is the same order."""
        if self.national_order_no:
            return "national_order_no", self.national_order_no
        late = self.late_entry
        if late and late.origin and late.origin_no:
            return "origin", f"{late.origin}:{late.origin_no}"
        return None


def order_number(day: str, number: int) -> str:
    """Return our own number: the day in Shanghai as yyyymmdd, and eight digits that count on."""
    return f"{day}{number % 100_000_000:08d}"


def accept_by(business_type: BusinessType, received_at: datetime) -> datetime | None:
    """Return until when the city must accept or decline (E13), for repair orders."""
    return received_at + ACCEPT_WITHIN if business_type is BusinessType.FAULT_REPAIR else None


@dataclass(frozen=True, kw_only=True, slots=True)
class PartialOrder:
    """An order as far as it could be read: for naming every bad field at once, never for receiving."""

    business_type: BusinessType | None
    channel: Channel | None
    name: str | None
    phone: str | None
    reported_at: datetime | None
    outage_scope: OutageScope | None
    outage_started_at: datetime | None
    surroundings: str | None
    asset_ownership: AssetOwnership | None = None
    late_entry: LateEntry | None = None
    is_late_entry: bool = False
    taking: Taking | None = None


def find_broken_rules(draft: NewOrder | PartialOrder, *, now: datetime) -> list[BadField]:
    """Return every rule between fields that is broken; what is absent is judged only where it must be there."""
    broken = list(find_missing(draft))
    late = draft.late_entry
    broken += _check_times(draft, late, latest=now + TOLERANCE)
    if late:
        broken += _check_late_entry(late, draft.reported_at)
    if draft.asset_ownership is not None and draft.business_type not in {None, BusinessType.FAULT_REPAIR}:
        broken.append(
            bad_field("asset_ownership", "order.for_repairs_only", "只用于故障报修", "belongs to a fault repair only")
        )
    if draft.taking:
        broken += find_broken_taking(
            draft.taking,
            business_type=draft.business_type,
            outage_scope=draft.outage_scope,
            asset_ownership=draft.asset_ownership,
        )
    return broken


def _check_times(draft: NewOrder | PartialOrder, late: LateEntry | None, *, latest: datetime) -> Iterator[BadField]:
    resolution = draft.taking.phone_resolution if draft.taking else None
    for name, moment in (
        ("reported_at", draft.reported_at),
        ("outage_started_at", draft.outage_started_at),
        ("late_entry.received_at", late.received_at if late else None),
        ("late_entry.accepted_at", late.accepted_at if late else None),
        ("phone_resolution.resolved_at", resolution.resolved_at if resolution else None),
    ):
        if moment is not None and moment > latest:
            yield bad_field(name, "order.time_in_future", "不能晚于当前时间", "may not lie in the future")
    started, reported = draft.outage_started_at, draft.reported_at
    if started and reported and started > reported:
        yield bad_field(
            "outage_started_at",
            "order.times_out_of_order",
            "停电时间晚于报修时间（reported_at）",
            "the outage cannot start after it was reported (reported_at)",
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
