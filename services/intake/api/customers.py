"""The register of customers: written by its keepers, looked at by the desks; and visits at the doors of the weak."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import PHONE, WRITTEN
from services.intake.domain.customers import Contact, ContactRole, Customer
from services.intake.domain.customers.care import find_advice
from services.intake.domain.customers.rules import (
    LONGEST_ADDRESS,
    LONGEST_CODE,
    LONGEST_DIALECT,
    LONGEST_NAME,
    LONGEST_NO,
)
from services.intake.domain.visibility import NEEDS_CONTACT
from services.intake.handlers import customers as register
from shared.errors import Language
from shared.glossary import AreaType, CustomerClass, SpecialNeed
from shared.telemetry import mask_address, mask_name, mask_phone
from shared.web import Answer, Change, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter()

MOST = 1000

CustomerNo = Annotated[str, Path(min_length=1, max_length=LONGEST_NO, pattern=WRITTEN)]


class ContactEntry(Strict):
    """Somebody who is told of a key customer's orders."""

    role: ContactRole
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=WRITTEN)
    phone: str = Field(pattern=PHONE)


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
                    "customer_class": "important_1",
                    "special_need": "none",
                    "is_vip": False,
                    "is_dual_supply": True,
                    "contacts": [{"role": "liaison_officer", "name": "李工", "phone": "13900000001"}],
                }
            ]
        }
    )

    customer_no: str = Field(min_length=1, max_length=LONGEST_NO, pattern=WRITTEN)
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=WRITTEN)
    phone: str = Field(pattern=PHONE)
    address: str = Field(min_length=1, max_length=LONGEST_ADDRESS, pattern=WRITTEN)
    area_type: AreaType | None = None
    transformer_area: str | None = Field(None, max_length=LONGEST_CODE, pattern=WRITTEN)
    feeder: str | None = Field(None, max_length=LONGEST_CODE, pattern=WRITTEN)
    station_code: str | None = Field(None, max_length=LONGEST_CODE, pattern=WRITTEN)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False
    is_dual_supply: bool = False
    is_sensitive: bool = False
    is_green_channel: bool = Field(False, description="Whatever this customer asks for goes first (000-010).")
    dialect: str | None = Field(
        None, min_length=1, max_length=LONGEST_DIALECT, pattern=WRITTEN, description="Rather than Mandarin (003-013)."
    )
    contacts: list[ContactEntry] | None = Field(
        None, max_length=len(ContactRole), description="Who is told of a key customer's orders; absent: as before."
    )


class CustomerEntries(Strict):
    """Up to a thousand customers."""

    customers: list[CustomerEntry] = Field(min_length=1, max_length=MOST)


class CustomersWritten(Answer):
    """How many customers the register now knows so."""

    written: int


class ContactView(Answer):
    """Somebody who is told of a key customer's orders."""

    role: ContactRole
    name: str
    phone: str


class CustomerView(Answer):
    """What the register knows of a customer; `advice` is what whoever takes the call has to mind."""

    customer_no: str
    name: str
    phone: str
    address: str
    area_type: AreaType | None
    transformer_area: str | None
    feeder: str | None
    station_code: str | None
    customer_class: CustomerClass
    special_need: SpecialNeed
    is_vip: bool
    is_dual_supply: bool
    is_sensitive: bool
    is_green_channel: bool
    dialect: str | None
    is_key: bool
    advice: list[str]


class CustomerProfile(CustomerView):
    """A customer with who stands behind it. `is_contact_masked`: names, numbers and addresses are not in full."""

    is_contact_masked: bool
    contacts: list[ContactView]
    updated_at: datetime


class Ringing(Strict):
    """The number that is calling."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"phone": "13800000000"}]})

    phone: str = Field(pattern=PHONE)


class Found(Answer):
    """Whoever has that number."""

    items: list[CustomerView]


class Visit(Strict):
    """A visit at a customer's door, and what was found: dangers too (000-012)."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"findings": "线路老化，已约定更换；老人独居，留了联系卡"}]}
    )

    findings: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)
    visited_at: Moment | None = Field(None, description="When, if earlier than now.")


class VisitEntered(Answer):
    """A visit that stands in the books."""

    id: UUID
    customer_no: str


class VisitDue(Answer):
    """Somebody who is to be visited; contact masked."""

    customer_no: str
    name: str
    phone: str
    address: str
    special_need: SpecialNeed
    station_code: str | None
    visited_at: datetime | None
    due_at: datetime


@router.post("/customers/batch", summary="Write up to 1000 customers into the register.")
async def put_customers(door: Change, body: CustomerEntries) -> CustomersWritten:
    """Add customers, or change what is known of them."""
    listed = [Customer(**{k: v for k, v in dict(entry).items() if k != "contacts"}) for entry in body.customers]
    contacts = {
        entry.customer_no: [Contact(role=c.role, name=c.name, phone=c.phone) for c in entry.contacts]
        for entry in body.customers
        if entry.contacts is not None
    }

    async def do() -> CustomersWritten:
        return CustomersWritten(written=await register.put_customers(door.session, listed, contacts))

    return await door.once(CustomersWritten, do)


@router.post("/customers/look-ups", summary="Who is calling? Customers by their number.")
async def look_up_customers(door: Change, body: Ringing) -> Found:
    """Return whoever has this number, in full, before any order is made; that somebody looked stands in the audit.

    In a body and not in the address, so that no log of addresses holds anybody's number.
    """
    found = await register.look_up(door.session, body.phone, actor=door.actor)
    return Found(items=[CustomerView(**_shown(customer, door.language)) for customer in found])


@router.get("/customers/visits-due", summary="Who is to be visited by now.")
async def list_visits_due(
    door: Read,
    *,
    station_code: Annotated[str | None, Query(pattern=WRITTEN)] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[VisitDue]:
    """Return customers who need care and whom nobody visited for longer than the policy says (requirement 000-011)."""
    (after,) = decode_cursor(cursor, kinds=(str,)) if cursor else ("",)
    rows = await register.list_visits_due(door.session, station_code=station_code, after=after, most=limit + 1)
    items = [VisitDue(**{**row, **_masked(row["name"], row["phone"], row["address"])}) for row in rows[:limit]]
    more = encode_cursor(rows[limit - 1]["customer_no"]) if len(rows) > limit else None
    return Page(items=items, next_cursor=more)


@router.get("/customers/{customer_no}", summary="Look at one customer.")
async def show_customer(door: Change, customer_no: CustomerNo) -> CustomerProfile:
    """Return one customer; in full only for agents and dispatchers, each of whom stands in the audit."""
    sees_contact = bool(door.actor.roles & NEEDS_CONTACT)
    customer, contacts, updated_at = await register.open_customer(
        door.session, customer_no, sees_contact=sees_contact, actor=door.actor
    )
    shown = _shown(customer, door.language)
    if not sees_contact:
        shown |= _masked(customer.name, customer.phone, customer.address)
    return CustomerProfile(
        **shown,
        is_contact_masked=not sees_contact,
        contacts=[_contact(contact, is_masked=not sees_contact) for contact in contacts],
        updated_at=updated_at,
    )


@router.post("/customers/{customer_no}/visits", status_code=201, summary="Enter a visit at a customer's door.")
async def enter_visit(door: Change, customer_no: CustomerNo, body: Visit) -> VisitEntered:
    """Write down who was there when, and what was found; the next visit is due a while later."""

    async def do() -> VisitEntered:
        visit_id = await register.enter_visit(
            door.session, customer_no, body.findings, visited_at=body.visited_at, now=door.now, actor=door.actor
        )
        return VisitEntered(id=visit_id, customer_no=customer_no)

    return await door.once(VisitEntered, do)


def _shown(customer: Customer, language: Language) -> dict[str, Any]:
    said = {name: getattr(customer, name) for name in CustomerView.model_fields if name != "advice"}
    return {**said, "advice": [text.say(language) for text in find_advice(customer)]}


def _masked(name: str, phone: str, address: str) -> dict[str, str]:
    return {"name": mask_name(name), "phone": mask_phone(phone), "address": mask_address(address)}


def _contact(contact: Contact, *, is_masked: bool) -> ContactView:
    if is_masked:
        return ContactView(role=contact.role, name=mask_name(contact.name), phone=mask_phone(contact.phone))
    return ContactView(role=contact.role, name=contact.name, phone=contact.phone)
