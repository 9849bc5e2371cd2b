"""研判: what kind of fault a report tells of, whose part is broken, and which tier of crews it needs.

Lifecycle 3.1 row 7; tiers by requirements 000-065 to 000-067. When unsure the answer is to send somebody (003-019).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.glossary import AssetOwnership, FaultClass, OutageScope, Tier, VoltageLevel

HINTS: dict[FaultClass, tuple[str, ...]] = {
    FaultClass.HV_FAULT: ("高压", "倒杆", "断线", "10千伏", "10kV", "变压器", "跌落", "接地", "hv_fault"),
    FaultClass.METERING: ("电表", "表计", "计量", "表箱"),
    FaultClass.POWER_QUALITY: ("电压低", "电压高", "电压不稳", "闪烁", "忽明忽暗"),
    FaultClass.NON_ELECTRIC: ("光缆", "宽带", "通信线", "路灯"),
    FaultClass.CUSTOMER_INTERNAL: ("空气开关", "空开", "户内", "室内线路", "家里跳闸"),
}
"""Words in a report that point to a class; the first class that matches, in this order."""

EARTH_FAULT_HINTS = ("接地", "earth fault")
HIGH_VOLTAGE = frozenset({VoltageLevel.KV_10, VoltageLevel.KV_35, VoltageLevel.KV_66})
SMALL_SCOPES = frozenset({OutageScope.SINGLE_HOUSEHOLD, OutageScope.UNIT})


@dataclass(frozen=True)
class Assessment:
    """What the desk makes of a report before anybody has been there."""

    class_l1: FaultClass
    tier: Tier
    asset_ownership: AssetOwnership
    is_earth_fault: bool


def assess(
    *, content: str, scope: OutageScope | None, voltage_level: VoltageLevel | None, is_important: bool
) -> Assessment:
    """Judge a report by its voltage, extent and words."""
    fault = classify(content=content, scope=scope, voltage_level=voltage_level)
    inside = fault == FaultClass.CUSTOMER_INTERNAL
    return Assessment(
        class_l1=fault,
        tier=choose_tier(fault, scope=scope, is_important=is_important),
        asset_ownership=AssetOwnership.CUSTOMER if inside else AssetOwnership.UNKNOWN,
        is_earth_fault=any(hint in content for hint in EARTH_FAULT_HINTS),
    )


def classify(*, content: str, scope: OutageScope | None, voltage_level: VoltageLevel | None) -> FaultClass:
    """Tell the fault's first-level class; a fault inside a home is believed only of a single household."""
    if voltage_level in HIGH_VOLTAGE:
        return FaultClass.HV_FAULT
    for fault, hints in HINTS.items():
        if fault == FaultClass.CUSTOMER_INTERNAL and scope != OutageScope.SINGLE_HOUSEHOLD:
            continue
        if any(hint in content for hint in hints):
            return fault
    return FaultClass.HV_FAULT if scope == OutageScope.AREA else FaultClass.LV_FAULT


def choose_tier(fault: FaultClass, *, scope: OutageScope | None, is_important: bool) -> Tier:
    """Choose who goes: 所 for high voltage and important customers, 组 for simple small faults, 班 otherwise."""
    if fault == FaultClass.HV_FAULT or is_important:
        return Tier.STATION_ALLIANCE
    if scope in SMALL_SCOPES:
        return Tier.ELECTRICIAN_GROUP
    return Tier.STATION_CREW
