"""What is asked and told while an order is taken, beside the order itself: subtype, triage, notices, who was rung.

It stands in a row of its own, so that an ordinary order stays small.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.triage import Triage
from shared.errors import BadField, bad_field
from shared.glossary import AssetOwnership, BusinessType, OutageScope, Word


class Subtype(Word):
    """What an order of its type is about: what the complaint counts are broken down by (E31), and their like."""

    BROKEN_COMMITMENT = "broken_commitment"
    OVER_LIMIT = "over_limit"
    VOLTAGE = "voltage"
    FREQUENT_OUTAGE = "frequent_outage"
    NO_NOTICE_OUTAGE = "no_notice_outage"
    CONDUCT = "conduct"
    REPAIR_QUALITY = "repair_quality"
    BILLING = "billing"
    METERING = "metering"
    PROCEDURE = "procedure"
    OUTAGE_INFORMATION = "outage_information"
    TARIFF = "tariff"
    THEFT = "theft"
    DAMAGE = "damage"
    EXTORTION_IN_SERVICE = "extortion_in_service"
    DESIGNATED_THREE = "designated_three"
    OTHER = "other"


S, B = Subtype, BusinessType
_GRIEVANCES = (
    S.OVER_LIMIT,
    S.VOLTAGE,
    S.FREQUENT_OUTAGE,
    S.NO_NOTICE_OUTAGE,
    S.CONDUCT,
    S.REPAIR_QUALITY,
    S.BILLING,
    S.METERING,
    S.PROCEDURE,
)
SUBTYPES: Mapping[BusinessType, frozenset[Subtype]] = {
    **dict.fromkeys(BusinessType, frozenset({S.OTHER})),
    B.COMPLAINT: frozenset({S.BROKEN_COMMITMENT, *_GRIEVANCES, S.OTHER}),
    B.MISCONDUCT_REPORT: frozenset({S.THEFT, S.DAMAGE, S.EXTORTION_IN_SERVICE, S.DESIGNATED_THREE, S.CONDUCT, S.OTHER}),
    B.OPINION: frozenset({*_GRIEVANCES, S.OTHER}),
    B.SUGGESTION: frozenset({*_GRIEVANCES, S.TARIFF, S.OTHER}),
    B.CONSULTATION: frozenset({S.OUTAGE_INFORMATION, S.BILLING, S.TARIFF, S.METERING, S.PROCEDURE, S.OTHER}),
    B.PRAISE: frozenset({S.CONDUCT, S.REPAIR_QUALITY, S.OTHER}),
    B.FAULT_REPAIR: frozenset({S.VOLTAGE, S.METERING, S.OTHER}),
}
"""The subtypes of each business type; one that has none of its own is something else."""


class Told(Word):
    """What a caller was told: all of it at once, so that nobody has to ring twice (一次性告知, requirement 002-007)."""

    ANSWER_DAY = "answer_day"
    ARRIVAL_LIMIT = "arrival_limit"
    RESTORATION_ESTIMATE = "restoration_estimate"
    OUTAGE_NOTICE = "outage_notice"
    ORDER_NUMBER = "order_number"
    PROCEDURE = "procedure"
    DOCUMENTS = "documents"
    FEES = "fees"
    TIME_LIMITS = "time_limits"
    PAID_SERVICE = "paid_service"
    REFERRAL = "referral"
    SAFETY = "safety"


TO_TELL: Mapping[BusinessType, tuple[Told, ...]] = {
    **dict.fromkeys(BusinessType, (Told.ORDER_NUMBER, Told.ANSWER_DAY)),
    B.FAULT_REPAIR: (Told.ORDER_NUMBER, Told.ARRIVAL_LIMIT, Told.SAFETY),
    B.PRAISE: (Told.ORDER_NUMBER,),
}
"""What belongs on the checklist of each type."""


class PhoneOutcome(Word):
    """How a fault call ends without a crew (lifecycles 3.1, row 6; requirements 003-018, 003-029)."""

    POWER_BACK = "power_back"
    CUSTOMER_INTERNAL_REFERRED = "customer_internal_referred"


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneResolution:
    """The caller was helped on the phone; `guidance` says what was done. Fees and repair teams by their codes."""

    outcome: PhoneOutcome
    guidance: str
    resolved_at: datetime | None = None
    referral_code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """What a caller was told. `price_code` names the line of the price list that was read out (003-028, 003-030)."""

    told: frozenset[Told] = frozenset()
    price_code: str | None = None
    referral_code: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Taking:
    """How an order was taken. `is_held`: the agent is still guiding the caller, nobody is to be sent yet."""

    subtype: Subtype | None = None
    language: str | None = None
    call_id: UUID | None = None
    triage: Triage | None = None
    is_held: bool = False
    phone_resolution: PhoneResolution | None = None
    notices: Notices | None = None


def find_broken_taking(
    taking: Taking,
    *,
    business_type: BusinessType | None,
    outage_scope: OutageScope | None,
    asset_ownership: AssetOwnership | None,
) -> list[BadField]:
    """Return every rule of taking that is broken; what is absent is judged only where it must be there."""
    return [
        *_check_subtype(taking.subtype, business_type),
        *_check_fault_only(taking, business_type),
        *_check_resolution(taking, outage_scope, asset_ownership),
    ]


def _check_subtype(subtype: Subtype | None, business_type: BusinessType | None) -> Iterator[BadField]:
    if subtype is None or business_type is None or subtype in SUBTYPES[business_type]:
        return
    known = ", ".join(sorted(SUBTYPES[business_type]))
    yield bad_field(
        "subtype",
        "order.subtype_of_other_type",
        f"{business_type} 的子类只能是 {known}",
        f"a {business_type} is one of {known}",
    )


def _check_fault_only(taking: Taking, business_type: BusinessType | None) -> Iterator[BadField]:
    if business_type is None or business_type is BusinessType.FAULT_REPAIR:
        return
    for name, value in (("triage", taking.triage), ("phone_resolution", taking.phone_resolution)):
        if value is not None:
            yield bad_field(name, "order.for_repairs_only", "只用于故障报修", "belongs to a fault repair only")


def _check_resolution(
    taking: Taking, scope: OutageScope | None, ownership: AssetOwnership | None
) -> Iterator[BadField]:
    resolution = taking.phone_resolution
    if resolution is None:
        return
    if taking.is_held:
        yield bad_field(
            "is_held", "order.held_and_resolved", "已电话解决，不必等待", "it is resolved, so nothing waits"
        )
    yield from find_unresolvable(
        resolution, scope=scope, triage=taking.triage, ownership=ownership, place="phone_resolution."
    )


def find_unresolvable(
    resolution: PhoneResolution,
    *,
    scope: OutageScope | None,
    triage: Triage | None,
    ownership: AssetOwnership | None,
    place: str = "",
) -> Iterator[BadField]:
    """Yield why a fault cannot be settled on the phone; default when unsure: somebody goes (requirement 003-019).

    `place` is where the resolution's own fields stand.
    """
    if scope is not None and scope is not OutageScope.SINGLE_HOUSEHOLD:
        yield bad_field(
            "outage_scope",
            "order.more_than_one_home",
            "不止一户停电，必须派单",
            "more than one home is out: somebody has to go",
        )
    if triage is None:
        yield bad_field("triage", "order.triage_missing", "请先询问开关和保险", "ask about breaker and fuse first")
    elif resolution.outcome is PhoneOutcome.POWER_BACK and not triage.is_fixable_by_caller:
        yield bad_field(
            "triage",
            "order.not_fixable_by_caller",
            "不属于客户可自行排除的故障，必须派单",
            "it is not a fault that a caller can mend: somebody has to go",
        )
    if resolution.outcome is PhoneOutcome.CUSTOMER_INTERNAL_REFERRED:
        yield from _check_referral(resolution, ownership, place)


def _check_referral(resolution: PhoneResolution, ownership: AssetOwnership | None, place: str) -> Iterator[BadField]:
    if ownership is not AssetOwnership.CUSTOMER:
        yield bad_field(
            "asset_ownership",
            "order.referred_but_not_theirs",
            "只有客户产权的故障才能转介，原因不明应派单",
            "only a fault on the customer's own assets is referred; when unsure, somebody goes",
        )
    if resolution.referral_code is None:
        yield bad_field(
            f"{place}referral_code",
            "order.referral_missing",
            "请告知有资质的维修队伍并填写",
            "name the qualified repair team that was told",
        )
