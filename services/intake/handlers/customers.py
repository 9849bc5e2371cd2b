"""The register of customers: kept by its keepers, looked at by the desks, and the visits at the doors of the weak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.customers import Contact, Customer
from services.intake.domain.customers.rules import contacts_need_a_key_customer
from services.intake.domain.times import TOLERANCE
from services.intake.repository import customer_visits, customers
from shared.auth import Actor
from shared.db import Session
from shared.errors import Invalid, Text, bad_field

_INVALID = Text("客户资料不符合要求，未作任何更改", "the register was not changed: these entries break the rules below")
_FUTURE = Text("走访时间不能晚于当前时间", "a visit cannot lie in the future")


async def put_customers(
    session: Session, listed: Sequence[Customer], contacts: Mapping[str, Sequence[Contact]] | None = None
) -> int:
    """Write what is now known of these customers; return how many there are.

    `contacts` replaces who stands behind the customers that it names. Raises Invalid for contacts of a customer who is
    no key customer: nobody would ever tell them anything.
    """
    named = contacts or {}
    wrong = [
        contacts_need_a_key_customer(f"customers.{index}.contacts")
        for index, customer in enumerate(listed)
        if named.get(customer.customer_no) and not customer.is_key
    ]
    if wrong:
        raise Invalid("request.invalid", _INVALID, fields=wrong)
    await customers.upsert_customers(session, listed)
    await customers.replace_contacts(session, named)
    return len({customer.customer_no for customer in listed})


async def open_customer(
    session: Session, customer_no: str, *, sees_contact: bool, actor: Actor
) -> tuple[Customer, list[Contact], datetime]:
    """Show one customer and who stands behind it; who sees a contact in full stands in the audit."""
    customer, updated_at = await customers.get_customer(session, customer_no)
    contacts = await customers.list_contacts(session, [customer_no])
    if sees_contact:
        await customers.note_viewed(session, [customer_no], actor=actor.id)
    return customer, contacts.get(customer_no, []), updated_at


async def look_up(session: Session, phone: str, *, actor: Actor) -> list[Customer]:
    """Return whoever has the number that is calling; that somebody looked stands in the audit."""
    found = await customers.list_by_phone(session, phone)
    await customers.note_viewed(session, [customer.customer_no for customer in found], actor=actor.id)
    return found


async def enter_visit(
    session: Session, customer_no: str, findings: str, *, visited_at: datetime | None, now: datetime, actor: Actor
) -> UUID:
    """Write down that somebody was at a customer's door (上门服务); the next visit is due a while later."""
    at = visited_at or now
    if at > now + TOLERANCE:
        wrong = bad_field("visited_at", "visit.time_in_future", "不能晚于当前时间", "may not lie in the future")
        raise Invalid("visit.time_in_future", _FUTURE, fields=[wrong])
    await customers.get_customer(session, customer_no)
    return await customer_visits.add_visit(session, customer_no, visited_at=at, visitor=actor.id, findings=findings)


async def list_visits_due(session: Session, *, station_code: str | None, after: str, most: int) -> list[dict[str, Any]]:
    """Return whom somebody has to visit by now, by customer number."""
    every = await customer_visits.read_visit_every(session)
    return await customer_visits.list_due(session, every, station_code=station_code, after=after, most=most)
