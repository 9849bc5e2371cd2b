"""The policies of taking orders: answer days, working days, prices, referrals, routing, report boxes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import text

from services.intake.domain.answer_days import AnswerDays
from services.intake.domain.receiving import AutomaticAcceptance
from services.intake.domain.report_box import Box
from services.intake.domain.service_requests import Routing
from services.intake.domain.tariffs import PriceList, RepairTeam, read_teams
from shared.calendars import Holidays
from shared.db import Session

_IN_FORCE = text(
    "SELECT DISTINCT ON (name) name, value FROM intake.policies"
    " WHERE name = ANY(CAST(:names AS text[])) AND valid_from <= :at ORDER BY name, valid_from DESC"
)

_UNTIL = text(
    "SELECT value, valid_from FROM intake.policies WHERE name = :name AND valid_from <= :until ORDER BY valid_from"
)

NO_PRICES: dict[str, Any] = {"authority": "", "document_no": "", "items": []}


@dataclass(frozen=True)
class TakingPolicies:
    """The versions in force at one instant; a list that nobody entered is empty."""

    values: dict[str, Any]

    @property
    def answer_days(self) -> AnswerDays:
        """The limits that callers are told."""
        return AnswerDays.read(self.values.get("answer_days", {}))

    @property
    def holidays(self) -> Holidays:
        """The days off and on."""
        value = self.values.get("working_days", {})
        return Holidays.read(value.get("days_off", ()), value.get("days_on", ()), value.get("years", ()))

    @property
    def prices(self) -> PriceList:
        """The price list."""
        return PriceList.read(self.values.get("price_list", NO_PRICES))

    @property
    def teams(self) -> tuple[RepairTeam, ...]:
        """The referral list."""
        return read_teams(self.values.get("referral_list", {"teams": []}))

    @property
    def routing(self) -> Routing:
        """Who takes a service request."""
        value = self.values["service_routing"]
        return Routing(float(value["station_below_kw"]), value["departments"])

    @property
    def acceptance(self) -> AutomaticAcceptance:
        """How orders are accepted."""
        value = self.values["automatic_acceptance"]
        stations = value["stations"]
        return AutomaticAcceptance(value["is_enabled"], frozenset(stations) if stations is not None else None)

    @property
    def boxes(self) -> list[Box]:
        """The report boxes."""
        listed = self.values.get("report_boxes", {}).get("boxes", [])
        return [Box(box["code"], box["name"], time.fromisoformat(box["opened_by"])) for box in listed]


async def read_policies(session: Session, names: Collection[str], *, at: datetime) -> TakingPolicies:
    """Return the versions of these policies that were in force at `at`, in one statement."""
    rows = await session.execute(_IN_FORCE, {"names": sorted(names), "at": at})
    return TakingPolicies({row.name: row.value for row in rows})


async def read_policy_at(session: Session, name: str, moments: Collection[datetime]) -> dict[datetime, TakingPolicies]:
    """Return the version of one policy that was in force at each of `moments`, in one statement."""
    rows = (await session.execute(_UNTIL, {"name": name, "until": max(moments)})).all()
    versions = [TakingPolicies({}), *(TakingPolicies({name: row.value}) for row in rows)]
    since = [row.valid_from for row in rows]
    return {moment: versions[bisect_right(since, moment)] for moment in moments}
