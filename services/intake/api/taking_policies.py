"""The policies of taking orders, each a version from a date on: prices, referrals, limits, holidays, routing, boxes."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator

from services.intake.api.policies import PolicyView
from services.intake.api.said import CODE, PHONE, WRITTEN
from services.intake.domain.service_requests import ServiceKind
from services.intake.domain.taking import Subtype
from services.intake.repository import policies
from shared.calendars import Calendar
from shared.glossary import AreaType, BusinessType, Channel, VoltageLevel
from shared.web import Change, Moment, Strict

router = APIRouter()

Day = Annotated[date, Field(strict=False)]
TimeOfDay = Annotated[time, Field(strict=False)]
Words = Annotated[str, Field(min_length=1, max_length=200, pattern=WRITTEN)]


class PriceLine(Strict):
    """One paid service."""

    code: str = Field(pattern=CODE)
    name: Words
    unit: Words
    yuan: str = Field(pattern=r"^\d{1,7}(\.\d{1,2})?$")


class PriceListPolicy(Strict):
    """What paid services cost, by the document of the price authority (003-030)."""

    name: Literal["price_list"]
    authority: Words
    document_no: Words
    items: list[PriceLine] = Field(max_length=500)


class Team(Strict):
    """A qualified repair team (003-029)."""

    code: str = Field(pattern=CODE)
    name: Words
    phone: str = Field(pattern=PHONE)
    licence_no: Words


class ReferralPolicy(Strict):
    """Whom a customer may ring for what is not ours."""

    name: Literal["referral_list"]
    teams: list[Team] = Field(max_length=500)


class LimitBody(Strict):
    """So many days of a calendar, or so many minutes."""

    days: int | None = Field(None, ge=1, le=365)
    minutes: int | None = Field(None, ge=1, le=525_600)
    calendar: Calendar = Calendar.WORKING_DAYS

    @model_validator(mode="after")
    def _one_of_both(self) -> LimitBody:
        if (self.days is None) == (self.minutes is None):
            raise ValueError("either days or minutes / 天数与分钟数二选一")
        return self


class AnswerDaysPolicy(Strict):
    """By when callers are promised an answer (003-014)."""

    name: Literal["answer_days"]
    by_type: dict[BusinessType, LimitBody]
    by_subtype: dict[Subtype, LimitBody] = Field(default_factory=dict)
    by_channel: dict[Channel, LimitBody] = Field(default_factory=dict)
    arrival: dict[AreaType, LimitBody]
    services: dict[ServiceKind, LimitBody]


class WorkingDaysPolicy(Strict):
    """The days off and the weekend days that are worked, for the years that they speak of."""

    name: Literal["working_days"]
    years: list[int] = Field(min_length=1, max_length=50)
    days_off: list[Day] = Field(max_length=2000)
    days_on: list[Day] = Field(max_length=2000)


class RoutingPolicy(Strict):
    """Who takes a connection: the limit in kW, and the departments by voltage level (000-025, 000-026)."""

    name: Literal["service_routing"]
    station_below_kw: float = Field(gt=0)
    departments: dict[VoltageLevel, Words]


class BoxBody(Strict):
    """A report box, and until when it is opened each day, in Shanghai."""

    code: str = Field(pattern=CODE)
    name: Words
    opened_by: TimeOfDay


class BoxesPolicy(Strict):
    """The report boxes (004-013)."""

    name: Literal["report_boxes"]
    boxes: list[BoxBody] = Field(max_length=100)


class TakingPolicy(Strict):
    """One policy from `valid_from` on; the version before stays on record."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "policy": {
                        "name": "price_list",
                        "authority": "市发改委",
                        "document_no": "〔2026〕12号",
                        "items": [{"code": "P-01", "name": "更换空气开关（不含材料）", "unit": "次", "yuan": "30"}],
                    }
                }
            ]
        }
    )

    policy: Annotated[
        PriceListPolicy | ReferralPolicy | AnswerDaysPolicy | WorkingDaysPolicy | RoutingPolicy | BoxesPolicy,
        Field(discriminator="name"),
    ]
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


@router.put("/policies/taking", summary="Set a policy of taking orders.")
async def set_taking_policy(door: Change, body: TakingPolicy) -> PolicyView:
    """Let a new version begin: what was promised before keeps the words of its day (decision 21)."""
    value: dict[str, Any] = body.policy.model_dump(mode="json", exclude={"name"}, exclude_none=True)
    valid_from = body.valid_from or door.now
    name = body.policy.name
    await policies.add_policy(door.session, name, value, valid_from=valid_from, by=door.actor.id)
    return PolicyView(name=name, valid_from=valid_from, value=value, set_by=door.actor.id)
