"""The customer register: upserted in sets, looked up by number, else by an exact and unique phone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.new_order import Customer, NewOrder
from services.intake.tables import customers
from shared.db import Session
from shared.glossary import AreaType, CustomerClass, SpecialNeed

_NEW = insert(customers)
_UPSERT = _NEW.on_conflict_do_update(
    index_elements=["customer_no"],
    set_={c.name: _NEW.excluded[c.name] for c in customers.columns if c.name != "customer_no"},
)


async def upsert_customers(session: Session, listed: Sequence[Customer]) -> None:
    """Write what is now known of these customers; the last word on one number stands."""
    latest = {customer.customer_no: customer for customer in listed}
    rows = [{**asdict(customer), "updated_at": session.now} for _, customer in sorted(latest.items())]
    if rows:
        await session.execute(_UPSERT, rows)


_KNOWN = text(
    "SELECT * FROM intake.customers WHERE customer_no = ANY(CAST(:numbers AS text[]))"
    " UNION SELECT * FROM intake.customers WHERE phone = ANY(CAST(:phones AS text[]))"
)


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
    numbers = sorted({new.customer_no for new in new_orders if new.customer_no})
    phones = sorted({new.phone for new in new_orders if not new.customer_no})
    rows = (await session.execute(_KNOWN, {"numbers": numbers, "phones": phones})).mappings()
    return Register(_customer(dict(row)) for row in rows)


def _customer(row: dict[str, Any]) -> Customer:
    row.pop("updated_at")
    area_type = row.pop("area_type")
    return Customer(
        area_type=AreaType(area_type) if area_type else None,
        customer_class=CustomerClass(row.pop("customer_class")),
        special_need=SpecialNeed(row.pop("special_need")),
        **row,
    )
