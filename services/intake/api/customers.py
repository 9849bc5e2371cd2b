"""The customer register and the policies of intake."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import PHONE, WRITTEN
from services.intake.domain.new_order import Customer
from services.intake.handlers import desk
from services.intake.repository import policies
from shared.glossary import AreaType, CustomerClass, SpecialNeed
from shared.web import Answer, Change, Moment, Read, Strict

router = APIRouter()

MOST = 1000


class CustomerEntry(Strict):
    """One customer as the register shall know it from now on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "customer_no": "C0001024",
                    "name": "张三",
                    "phone": "13800000000",
                    "address": "春风路 8 号 2 单元 301",
                    "area_type": "county_town",
                    "transformer_area": "TA-0102",
                    "feeder": "F-01",
                    "station_code": "S01",
                    "lon": 116.71,
                    "lat": 39.52,
                    "customer_class": "ordinary",
                    "special_need": "lone_elderly",
                    "is_vip": False,
                }
            ]
        }
    )

    customer_no: str = Field(min_length=1, max_length=40, pattern=WRITTEN)
    name: str = Field(min_length=1, max_length=100, pattern=WRITTEN)
    phone: str = Field(pattern=PHONE)
    address: str = Field(min_length=1, max_length=300, pattern=WRITTEN)
    area_type: AreaType | None = None
    transformer_area: str | None = Field(None, max_length=60, pattern=WRITTEN)
    feeder: str | None = Field(None, max_length=60, pattern=WRITTEN)
    station_code: str | None = Field(None, max_length=60, pattern=WRITTEN)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False


class CustomerEntries(Strict):
    """Up to a thousand customers."""

    customers: list[CustomerEntry] = Field(min_length=1, max_length=MOST)


class CustomersWritten(Answer):
    """How many customers the register now knows so."""

    written: int


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


@router.post("/customers/batch", summary="Write up to 1000 customers into the register.")
async def put_customers(door: Change, body: CustomerEntries) -> CustomersWritten:
    """Add customers, or change what is known of them."""
    listed = [Customer(**dict(entry)) for entry in body.customers]

    async def do() -> CustomersWritten:
        return CustomersWritten(written=await desk.put_customers(door.session, listed))

    return await door.once(CustomersWritten, do)


@router.get("/policies", summary="The policies of intake, all versions.")
async def list_policies(door: Read) -> Policies:
    """Return every version, the latest first."""
    return Policies(items=[PolicyView(**row) for row in await policies.list_policies(door.session)])


@router.put("/policies/automatic_acceptance", summary="Set how orders are accepted.")
async def set_acceptance(door: Change, body: AcceptancePolicy) -> PolicyView:
    """Let a new version begin; the one before stays on record."""
    value: dict[str, object] = {"is_enabled": body.is_enabled, "stations": body.stations}
    valid_from = body.valid_from or door.now
    name = policies.AUTOMATIC_ACCEPTANCE
    await policies.add_policy(door.session, name, value, valid_from=valid_from, by=door.actor.id)
    return PolicyView(name=name, valid_from=valid_from, value=value, set_by=door.actor.id)
