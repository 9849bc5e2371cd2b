"""Which orders go by the green channel, and under whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.intake.tables import green_channels
from shared.db import Session


async def find_leader(session: Session, order_id: UUID) -> str | None:
    """Return the leader who has an order in hand, or None."""
    statement = select(green_channels.c.leader).where(green_channels.c.order_id == order_id)
    leader: str | None = (await session.execute(statement)).scalar()
    return leader


async def put_leader(session: Session, order_id: UUID, leader: str, reason: str, *, at: datetime, by: str) -> None:
    """Write who has it in hand from now on; who had before stands on the order's timeline."""
    row = {"order_id": order_id, "leader": leader, "reason": reason, "opened_at": at, "opened_by": by}
    put = insert(green_channels).values(row)
    changed = {name: put.excluded[name] for name in row if name != "order_id"}
    await session.execute(put.on_conflict_do_update(index_elements=["order_id"], set_=changed))
