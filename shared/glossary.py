"""The words that cross contexts, each the glossary's one identifier; stored and sent as text."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema


class Word(StrEnum):
    """A closed list of words. In a strict model its text is enough, because JSON has no other way to say it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept the word's text, and nothing else, in strict models too."""
        return {**handler(source), "strict": False}


class BusinessType(Word):
    """业务类型: exactly these seven (requirement 001-001)."""

    COMPLAINT = "complaint"
    MISCONDUCT_REPORT = "misconduct_report"
    OPINION = "opinion"
    SUGGESTION = "suggestion"
    CONSULTATION = "consultation"
    PRAISE = "praise"
    FAULT_REPAIR = "fault_repair"


class Channel(Word):
    """Where an order came from (requirements 000-075, 003-044, 004-013)."""

    NATIONAL_PLATFORM = "national_platform"
    LOCAL_HOTLINE = "local_hotline"
    CITY_HOTLINE = "city_hotline"
    REGULATOR_HOTLINE = "regulator_hotline"
    COUNTER = "counter"
    REPORT_BOX = "report_box"
    GRID_DISPATCHER = "grid_dispatcher"
    OWN_MONITORING = "own_monitoring"


class AreaType(Word):
    """地区类型: decides the arrival limits (SLA catalogue 2.1)."""

    URBAN = "urban"
    COUNTY_TOWN = "county_town"
    RURAL = "rural"
    SPECIAL_REMOTE = "special_remote"


class OutageScope(Word):
    """How much is out, as the caller says (requirement 003-016)."""

    SINGLE_HOUSEHOLD = "single_household"
    UNIT = "unit"
    ESTATE = "estate"
    AREA = "area"


class VoltageLevel(Word):
    """电压等级 (requirement 000-074; 66 kV from source 001)."""

    KV_66 = "66kV"
    KV_35 = "35kV"
    KV_10 = "10kV"
    KV_04 = "0.4kV"


class FaultClass(Word):
    """The six first-level repair classes (glossary, class_l1)."""

    HV_FAULT = "hv_fault"
    LV_FAULT = "lv_fault"
    POWER_QUALITY = "power_quality"
    CUSTOMER_INTERNAL = "customer_internal"
    NON_ELECTRIC = "non_electric"
    METERING = "metering"


class AssetOwnership(Word):
    """产权: who owns the faulty part, and so where our service ends (requirement 004-039)."""

    COMPANY = "company"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    UNKNOWN = "unknown"


class Tier(Word):
    """The three tiers of crews: 所, 班, 组 (requirements 000-065, 000-066)."""

    STATION_ALLIANCE = "station_alliance"
    STATION_CREW = "station_crew"
    ELECTRICIAN_GROUP = "electrician_group"


class CustomerClass(Word):
    """重要用户等级: the regulatory class of an important customer, not the company's own list."""

    ORDINARY = "ordinary"
    IMPORTANT_2 = "important_2"
    IMPORTANT_1 = "important_1"
    IMPORTANT_SPECIAL = "important_special"


class SpecialNeed(Word):
    """Who must be helped first (requirements 000-011, 000-012)."""

    NONE = "none"
    FIVE_GUARANTEES = "five_guarantees"
    LONE_ELDERLY = "lone_elderly"
    VULNERABLE = "vulnerable"


class ReturnLevel(Word):
    """Who returned a finished order; only these count in 退单率, a city's decline does not (decision 1)."""

    NATIONAL = "national"
    PROVINCE = "province"


class Satisfaction(Word):
    """What the customer said of the service when called back."""

    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
