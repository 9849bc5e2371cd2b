"""What the desks look at: lists that stay quick at a hundred million orders, counts for the gauges, audit rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.intake.repository.orders import missing
from services.intake.repository.visibility import visible_to
from services.intake.tables import IS_OPEN, contact_views, orders, platform_messages, timeline
from shared.auth import Actor
from shared.db import Session
from shared.ids import new_id
from shared.zone import SHANGHAI

SUMMARY = (
    orders.c.id,
    orders.c.order_no,
    orders.c.national_order_no,
    orders.c.business_type,
    orders.c.channel,
    orders.c.status,
    orders.c.round,
    orders.c.caller_name,
    orders.c.caller_phone,
    orders.c.caller_address,
    orders.c.area_type,
    orders.c.outage_scope,
    orders.c.station_code,
    orders.c.transformer_area,
    orders.c.main_order_id,
    orders.c.reported_at,
    orders.c.received_at,
    orders.c.accept_by,
    orders.c.estimated_restoration_at,
    orders.c.is_late_entry,
    orders.c.origin,
    orders.c.first_responder,
    orders.c.accountable,
    orders.c.national_return_count,
    orders.c.province_return_count,
)


async def get_row(session: Session, order_id: UUID) -> Mapping[str, Any]:
    """Return everything that stands on an order, not locked; raises NotFound."""
    row = (await session.execute(select(orders).where(orders.c.id == order_id))).mappings().first()
    if row is None:
        raise missing(order_id)
    return dict(row)


async def count_open(session: Session) -> list[tuple[str, str, int]]:
    """Count the orders whose life is not over, as (business type, status, how many)."""
    statement = (
        select(orders.c.business_type, orders.c.status, func.count().label("number"))
        .where(text(IS_OPEN))
        .group_by(orders.c.business_type, orders.c.status)
    )
    return [(row.business_type, row.status, row.number) for row in await session.execute(statement)]


async def add_contact_view(session: Session, order_id: UUID, *, actor: str, reason: str) -> None:
    """Leave the audit row of somebody who saw a full contact."""
    row = {"id": new_id(), "order_id": order_id, "actor": actor, "reason": reason, "viewed_at": session.now}
    await session.execute(insert(contact_views).values(row))


OPENED = "查看工单"
"""Why somebody saw a contact who opened the order by virtue of the role, and gave no reason."""


async def note_opened(session: Session, order_id: UUID, *, actor: str) -> None:
    """Leave the audit row of somebody whose role shows the full contact: one a day, however often they look."""
    day = session.now.astimezone(SHANGHAI).date()
    row = {
        "id": uuid5(order_id, f"{actor} {day}"),
        "order_id": order_id,
        "actor": actor,
        "reason": OPENED,
        "viewed_at": session.now,
    }
    await session.execute(insert(contact_views).values(row).on_conflict_do_nothing())


async def find_callback_times(session: Session, order_id: UUID) -> set[datetime]:
    """Return when the customer of an order was called back as it was told to us, in all its rounds."""
    statement = select(timeline.c.occurred_at, timeline.c.data["told_at"].astext.label("told_at")).where(
        timeline.c.order_id == order_id, timeline.c.kind == "order-called-back"
    )
    rows = await session.execute(statement)
    return {datetime.fromisoformat(row.told_at) if row.told_at else row.occurred_at for row in rows}


async def list_platform_messages(
    session: Session,
    *,
    actor: Actor,
    order_id: UUID | None = None,
    is_delivered: bool | None = None,
    after: int,
    most: int,
) -> list[dict[str, Any]]:
    """Return messages in the order in which they leave, those after position `after`; of restricted orders none."""
    statement = (
        select(platform_messages)
        .join(orders, orders.c.id == platform_messages.c.order_id)
        .where(platform_messages.c.position > after, *visible_to(actor))
        .order_by(platform_messages.c.position)
        .limit(most)
    )
    if order_id:
        statement = statement.where(platform_messages.c.order_id == order_id)
    if is_delivered is not None:
        delivered = platform_messages.c.delivered_at
        statement = statement.where(delivered.is_not(None) if is_delivered else delivered.is_(None))
    return [dict(row) for row in (await session.execute(statement)).mappings()]
