"""Everything that stands of an order's handling, in one answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.intake.domain import visibility
from services.intake.repository import handlings, lists
from services.intake.repository.orders import missing
from services.intake.tables import amendments, appeals, contacts, replies, reviews, statements
from shared.auth import Actor
from shared.db import Session

TABLES = (contacts, replies, reviews, statements, appeals, amendments)
"""What is shown beside a handling; in the answer each goes by its table's name."""


@dataclass(frozen=True)
class HandlingRead:
    """A handling with its history; `handling` is None while nobody has touched it. `is_masked`: hide phone numbers."""

    handling: Mapping[str, Any] | None
    rows: Mapping[str, list[dict[str, Any]]]
    is_masked: bool


async def read_handling(session: Session, order_id: UUID, *, actor: Actor) -> HandlingRead:
    """Return it; raises NotFound for an order that is not there, or not for `actor`."""
    row = await lists.get_row(session, order_id)
    if not visibility.can_see(actor.roles, row["business_type"]):
        raise missing(order_id)
    rows = {table.name: await handlings.list_rows(session, table, order_id) for table in TABLES}
    is_masked = not visibility.sees_contact(actor.roles, row["business_type"])
    return HandlingRead(await handlings.find_row(session, order_id), rows, is_masked)
