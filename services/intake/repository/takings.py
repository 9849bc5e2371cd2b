"""How orders were taken: copied in with the order, changed later under the order's lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.new_order import NewOrder
from services.intake.domain.order import Order
from services.intake.domain.taking import Notices, PhoneOutcome, PhoneResolution, Subtype, Taking, Told
from services.intake.domain.triage import Said, Triage, judge
from services.intake.tables import takings
from shared.db import Session

COLUMNS = tuple(column.name for column in takings.columns)


async def add_taken(session: Session, taken: Sequence[tuple[Order, NewOrder]]) -> None:
    """Write how these fresh orders were taken, where there is something to say; one statement for any number."""
    said = [(order, new.taking) for order, new in taken if new.taking is not None]
    rows = [_row(order, taking, session.now) for order, taking in said]
    # Through the statement, not COPY: it knows how JSON is written.
    if rows:
        await session.execute(insert(takings), rows)


async def find_taking(session: Session, order_id: UUID) -> Mapping[str, Any] | None:
    """Return how an order was taken, or None where nothing was noted."""
    row = (await session.execute(select(takings).where(takings.c.order_id == order_id))).mappings().first()
    return dict(row) if row else None


async def map_takings(session: Session, order_ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Return how many orders were taken; nothing was noted of what is not in it."""
    rows = (await session.execute(select(takings).where(takings.c.order_id.in_(list(order_ids))))).mappings()
    return {row["order_id"]: dict(row) for row in rows}


async def list_held(session: Session, *, since: datetime, most: int) -> list[UUID]:
    """Return the orders that an agent has held since before `since`."""
    statement = select(takings.c.order_id).where(takings.c.is_held, takings.c.recorded_at <= since)
    return list((await session.execute(statement.order_by(takings.c.order_id).limit(most))).scalars())


async def let_go(session: Session, order_ids: Sequence[UUID]) -> None:
    """Write that nobody holds these orders any more."""
    await session.execute(update(takings).where(takings.c.order_id.in_(order_ids)).values(is_held=False))


async def put_taking(
    session: Session, order: Order, taking: Taking, *, answer_by: datetime | None, explained_at: datetime | None
) -> None:
    """Write how an order was taken as it is now known; the caller holds the order's lock."""
    row = _row(order, taking, session.now)
    row |= {"answer_by": answer_by, "paid_service_explained_at": explained_at}
    statement = insert(takings).values(row)
    changed = {name: statement.excluded[name] for name in COLUMNS if name not in {"order_id", "recorded_at"}}
    await session.execute(statement.on_conflict_do_update(index_elements=["order_id"], set_=changed))


def read_taking(row: Mapping[str, Any] | None) -> Taking:
    """Say a row in the domain's words; what was never noted is unknown."""
    if row is None:
        return Taking()
    outcome = row["phone_outcome"]
    triage = row["triage"]
    return Taking(
        subtype=Subtype(row["subtype"]) if row["subtype"] else None,
        language=row["language"],
        call_id=row["call_id"],
        triage=Triage(**{name: Said(value) for name, value in triage.items()}) if triage else None,
        is_held=row["is_held"],
        phone_resolution=PhoneResolution(outcome=PhoneOutcome(outcome), guidance="") if outcome else None,
        notices=Notices(
            told=frozenset(Told(word) for word in row["told"]),
            price_code=row["price_code"],
            referral_code=row["referral_code"],
        ),
    )


def _row(order: Order, taking: Taking, now: datetime) -> dict[str, Any]:
    notices = taking.notices or Notices()
    resolution = taking.phone_resolution
    explained = Told.PAID_SERVICE in notices.told or notices.price_code is not None
    return {
        "order_id": order.id,
        "subtype": taking.subtype,
        "language": taking.language,
        "call_id": taking.call_id,
        "triage": asdict(taking.triage) if taking.triage else None,
        "verdict": judge(order.outage_scope, taking.triage) if taking.triage else None,
        "is_held": taking.is_held,
        "phone_outcome": resolution.outcome if resolution else None,
        "told": sorted(notices.told),
        "price_code": notices.price_code,
        "paid_service_explained_at": order.received_at if explained else None,
        "referral_code": notices.referral_code or (resolution.referral_code if resolution else None),
        "answer_by": None,
        "recorded_at": now,
    }
