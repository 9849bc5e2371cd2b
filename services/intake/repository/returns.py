"""Orders that came back, one row a return (次)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.closing import Return
from services.intake.tables import returns
from shared.db import Session


async def is_known(session: Session, order_id: UUID, back: Return) -> bool:
    """Say whether this very return stands in the books, whatever its webhook-id and however many came since."""
    known = select(returns.c.round).where(
        returns.c.order_id == order_id,
        returns.c.level == back.level,
        returns.c.returned_at == back.returned_at,
        returns.c.reason_code == back.reason_code,
    )
    return (await session.execute(known.limit(1))).first() is not None


async def add_return(session: Session, order_id: UUID, back: Return, *, returned_round: int) -> None:
    """Write one return into the books."""
    row = {
        "order_id": order_id,
        "level": back.level,
        "round": returned_round,
        "reason_code": back.reason_code,
        "reason": back.reason,
        "returned_at": back.returned_at,
        "recorded_at": session.now,
    }
    await session.execute(insert(returns).values(row))
