"""The customer register: upserted in sets, looked up by number, else by an exact and unique phone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.customers import Contact, ContactRole, Customer
from services.intake.domain.new_order import NewOrder
from services.intake.tables import customer_contacts, customer_views, customers
from shared.db import Session
from shared.errors import NotFound, Text
from shared.glossary import AreaType, CustomerClass, SpecialNeed
from shared.zone import SHANGHAI

_MISSING = Text("没有这个客户", "there is no such customer")

_NEW = insert(customers)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=["customer_no"],
    set_={c.name: _NEW.excluded[c.name] for c in customers.columns if c.name != "customer_no"},
)
_NEW_CONTACT = insert(customer_contacts)
_UPSERT_CONTACT = _NEW_CONTACT.on_conflict_do_update(
    index_elements=["customer_no", "role"],
    set_={"name": _NEW_CONTACT.excluded.name, "phone": _NEW_CONTACT.excluded.phone},
)


async def upsert_customers(session: Session, listed: Sequence[Customer]) -> None:
    """Write what is now known of these customers; the last word on one number stands."""
    latest = {customer.customer_no: customer for customer in listed}
    rows = [{**asdict(customer), "updated_at": session.now} for _, customer in sorted(latest.items())]
    if rows:
        await session.execute(_UPSERT, rows)


async def replace_contacts(session: Session, listed: Mapping[str, Sequence[Contact]]) -> None:
    """Let these be the leaders who stand behind each of these customers, and nobody else."""
    numbers = sorted(listed)
    if not numbers:
        return
    await session.execute(customer_contacts.delete().where(customer_contacts.c.customer_no.in_(numbers)))
    rows = [{"customer_no": no, **asdict(contact)} for no in numbers for contact in listed[no]]
    if rows:
        await session.execute(_UPSERT_CONTACT, rows)


KNOWN = (
    "SELECT * FROM intake.customers WHERE customer_no = ANY(CAST(:customer_nos AS text[]))"
    " UNION SELECT * FROM intake.customers WHERE phone = ANY(CAST(:phones AS text[]))"
)
"""Whom a set of new orders may be of (`wanted_of`)."""
_KNOWN = text(KNOWN)


class Register:
    """The customers that a set of new orders may be of."""

    def __init__(self, known: Iterable[Customer]) -> None:
        self._by_no: dict[str, Customer] = {}
        self._by_phone: dict[str, list[Customer]] = {}
        for customer in known:
            self._by_no[customer.customer_no] = customer
            self._by_phone.setdefault(customer.phone, []).append(customer)

    def find(self, new: NewOrder) -> Customer | None:
        """Return the customer of an order: by number, else by phone if only one has it. A wrong number finds nobody."""
        if new.customer_no:
            return self._by_no.get(new.customer_no)
        alike = self._by_phone.get(new.phone, [])
        return alike[0] if len(alike) == 1 else None


async def load_register(session: Session, new_orders: Sequence[NewOrder]) -> Register:
    """Look up all customers of a set in one statement."""
    return read_register(dict(row) for row in (await session.execute(_KNOWN, wanted_of(new_orders))).mappings())


def wanted_of(new_orders: Sequence[NewOrder]) -> dict[str, list[str]]:
    """Return the parameters of `KNOWN`: by whose number or phone these orders are looked up."""
    numbers = sorted({new.customer_no for new in new_orders if new.customer_no})
    phones = sorted({new.phone for new in new_orders if not new.customer_no})
    return {"customer_nos": numbers, "phones": phones}


def read_register(rows: Iterable[Mapping[str, Any]]) -> Register:
    """Say what `KNOWN` found in the domain's words."""
    return Register(_customer(dict(row)) for row in rows)


async def get_customer(session: Session, customer_no: str) -> tuple[Customer, datetime]:
    """Return a customer, and when we last learned something of it; raises NotFound."""
    row = (await session.execute(select(customers).where(customers.c.customer_no == customer_no))).mappings().first()
    if row is None:
        raise NotFound("customer.unknown", _MISSING)
    return _customer(dict(row)), row["updated_at"]


MOST_ALIKE = 20


async def list_by_phone(session: Session, phone: str) -> list[Customer]:
    """Return whoever has this number, by customer number: who calls, as the desk sees it before any order is made."""
    statement = select(customers).where(customers.c.phone == phone).order_by(customers.c.customer_no).limit(MOST_ALIKE)
    return [_customer(dict(row)) for row in (await session.execute(statement)).mappings()]


async def list_contacts(session: Session, numbers: Iterable[str]) -> dict[str, list[Contact]]:
    """Return who stands behind these customers, by customer number; one statement for any number."""
    listed = sorted(set(numbers))
    if not listed:
        return {}
    statement = select(customer_contacts).where(customer_contacts.c.customer_no.in_(listed))
    found: dict[str, list[Contact]] = {}
    for row in (await session.execute(statement.order_by(customer_contacts.c.role))).mappings():
        contact = Contact(role=ContactRole(row["role"]), name=row["name"], phone=row["phone"])
        found.setdefault(row["customer_no"], []).append(contact)
    return found


async def note_viewed(session: Session, numbers: Iterable[str], *, actor: str) -> None:
    """Leave the audit row of somebody who saw these customers' contact in full: one a day, however often they look."""
    day = session.now.astimezone(SHANGHAI).date()
    rows = [{"customer_no": n, "actor": actor, "viewed_on": day, "viewed_at": session.now} for n in sorted(numbers)]
    if rows:
        await session.execute(insert(customer_views).on_conflict_do_nothing(), rows)


def _customer(row: dict[str, Any]) -> Customer:
    row.pop("updated_at")
    area_type = row.pop("area_type")
    return Customer(
        area_type=AreaType(area_type) if area_type else None,
        customer_class=CustomerClass(row.pop("customer_class")),
        special_need=SpecialNeed(row.pop("special_need")),
        **row,
    )
