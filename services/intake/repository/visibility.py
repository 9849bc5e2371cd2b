"""The same rule of visibility in SQL, for lists, searches and exports; and the guard of everything that names an order.

Lists: `.where(*visible_to(actor))`, or `visible_sql(actor, alias="o")` in hand-written SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, select

from services.intake.domain import visibility
from services.intake.repository.orders import missing
from services.intake.tables import orders
from shared.auth import Actor
from shared.db import Session

_WORDS = sorted(str(word) for word in visibility.RESTRICTED)
_LISTED = ", ".join(f"'{word}'" for word in _WORDS)


def visible_to(actor: Actor, column: ColumnElement[str] | None = None) -> list[ColumnElement[bool]]:
    """Return the conditions under which `actor` may know of an order; `column` holds its business type."""
    if visibility.sees_restricted(actor.roles):
        return []
    return [(orders.c.business_type if column is None else column).not_in(_WORDS)]


def visible_sql(actor: Actor, *, alias: str) -> str:
    """Return the same as SQL text over the column `business_type` of `alias`; nothing in it comes from outside."""
    if visibility.sees_restricted(actor.roles):
        return "true"
    return f"{alias}.business_type NOT IN ({_LISTED})"


async def find_known(session: Session, order_id: UUID) -> bool | None:
    """Return whether an order is one that only supervision sees; None if there is no such order."""
    statement = select(orders.c.business_type.in_(_WORDS)).where(orders.c.id == order_id)
    known: bool | None = (await session.execute(statement)).scalar()
    return known


async def find_hidden(session: Session, order_ids: Iterable[UUID], actor: Actor) -> set[UUID]:
    """Return those of `order_ids` that `actor` may not know of."""
    listed = list(set(order_ids))
    if not listed or visibility.sees_restricted(actor.roles):
        return set()
    statement = select(orders.c.id).where(orders.c.id.in_(listed), orders.c.business_type.in_(_WORDS))
    return set((await session.execute(statement)).scalars())


async def require_visible(session: Session, order_id: UUID, actor: Actor) -> None:
    """Return if `actor` may know of the order; raises the same NotFound as for one that is not there."""
    if await find_hidden(session, [order_id], actor):
        raise missing(order_id)
