"""What was promised, and how each promise stands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.sla.domain.clocks import ClockStatus
from services.sla.domain.promises import Promise
from services.sla.domain.verdicts import Clock
from services.sla.repository import clocks, promises
from services.sla.repository.records import is_known, unknown_order
from shared.db import Session


async def list_promises(session: Session) -> list[Promise]:
    """List every version of every promise."""
    return await promises.list_promises(session)


async def list_order_clocks(session: Session, order_id: UUID) -> list[Clock]:
    """List the clocks of one order; raises NotFound for an order that nobody told us of."""
    if not await is_known(session, order_id):
        raise unknown_order(order_id)
    return await clocks.list_clocks_of(session, order_id)


async def list_clocks(
    session: Session,
    *,
    status: ClockStatus,
    promise: str | None,
    due_before: datetime | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[Clock]:
    """List up to `most` clocks of one status, those due first first."""
    return await clocks.list_clocks(
        session, status=status, promise=promise, due_before=due_before, after=after, most=most
    )
