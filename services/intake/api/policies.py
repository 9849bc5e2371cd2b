"""The policies of intake: every version stays, the one in force is the latest that has begun."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.repository import customer_visits, notice_policies, policies
from shared.glossary import SpecialNeed
from shared.web import Answer, Change, Door, Moment, Read, Strict

router = APIRouter()

LONGEST_HOURS = 24 * 90
LONGEST_DAYS = 366


class PolicyView(Answer):
    """One version of a policy."""

    name: str
    valid_from: datetime
    value: dict[str, object]
    set_by: str


class Policies(Answer):
    """Every version of every policy."""

    items: list[PolicyView]


class AcceptancePolicy(Strict):
    """How orders are accepted from `valid_from` on: at once by the system, or by a person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_enabled": True, "stations": ["S01", "S02"]}]})

    is_enabled: bool
    stations: list[str] | None = Field(None, description="Stations whose orders are ours; absent: all.")
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


class NoticeLeadPolicy(Strict):
    """How long before an outage its notice must be public (requirement 000-004; decision 20 for `is_whole_days`)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"planned_hours": 168, "temporary_hours": 24, "is_whole_days": False}]}
    )

    planned_hours: int = Field(ge=1, le=LONGEST_HOURS)
    temporary_hours: int = Field(ge=1, le=LONGEST_HOURS)
    is_whole_days: bool = Field(False, description="Whole calendar days in Shanghai lie between, not hours.")
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


class VisitPolicy(Strict):
    """After how many days each kind of need is visited again (requirement 000-011)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"five_guarantees": 30, "lone_elderly": 30, "vulnerable": 90}]}
    )

    five_guarantees: int = Field(ge=1, le=LONGEST_DAYS)
    lone_elderly: int = Field(ge=1, le=LONGEST_DAYS)
    vulnerable: int = Field(ge=1, le=LONGEST_DAYS)
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


class DuplicatesPolicy(Strict):
    """How far a report is recognised as being about something known; `alert_on`: at which contact of one caller the
    supervisors are alerted; `pause_days`: how long a caller's silence ends a matter.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "is_enabled": True,
                    "same_outage_hours": 24,
                    "same_customer_days": 7,
                    "pause_days": 30,
                    "alert_on": 3,
                }
            ]
        }
    )

    is_enabled: bool
    same_outage_hours: int = Field(24, ge=1, le=168)
    same_customer_days: int = Field(7, ge=1, le=60)
    pause_days: int = Field(30, ge=1, le=365)
    alert_on: int = Field(3, ge=2, le=100)
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


@router.get("/policies", summary="The policies of intake, all versions.")
async def list_policies(door: Read) -> Policies:
    """Return every version, the latest first."""
    return Policies(items=[PolicyView(**row) for row in await policies.list_policies(door.session)])


@router.put("/policies/automatic_acceptance", summary="Set how orders are accepted.")
async def set_acceptance(door: Change, body: AcceptancePolicy) -> PolicyView:
    """Let a new version begin; the one before stays on record."""
    value: dict[str, object] = {"is_enabled": body.is_enabled, "stations": body.stations}
    return await _begin(door, policies.AUTOMATIC_ACCEPTANCE, value, body.valid_from)


@router.put("/policies/duplicates", summary="Set how far duplicates are recognised.")
async def set_duplicates(door: Change, body: DuplicatesPolicy) -> PolicyView:
    """Let a new version begin; what is linked already stays linked."""
    value = body.model_dump(exclude={"valid_from"})
    return await _begin(door, policies.DUPLICATES, value, body.valid_from)


@router.put("/policies/outage_notice_lead", summary="Set how early an outage must be made public.")
async def set_notice_lead(door: Change, body: NoticeLeadPolicy) -> PolicyView:
    """Let a new version begin; notices that are public already are not judged anew."""
    value: dict[str, object] = {
        "planned_hours": body.planned_hours,
        "temporary_hours": body.temporary_hours,
        "is_whole_days": body.is_whole_days,
    }
    return await _begin(door, notice_policies.OUTAGE_NOTICE_LEAD, value, body.valid_from)


@router.put("/policies/visit_every", summary="Set how often those who need care are visited.")
async def set_visit_every(door: Change, body: VisitPolicy) -> PolicyView:
    """Let a new version begin; whoever is due by it is due at once."""
    needs = (SpecialNeed.FIVE_GUARANTEES, SpecialNeed.LONE_ELDERLY, SpecialNeed.VULNERABLE)
    value: dict[str, object] = {str(need): getattr(body, need) for need in needs}
    return await _begin(door, customer_visits.VISIT_EVERY, value, body.valid_from)


async def _begin(door: Door, name: str, value: dict[str, object], valid_from: datetime | None) -> PolicyView:
    begins = valid_from or door.now
    await policies.add_policy(door.session, name, value, valid_from=begins, by=door.actor.id)
    return PolicyView(name=name, valid_from=begins, value=value, set_by=door.actor.id)
