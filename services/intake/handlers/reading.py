"""Opening one order: who may know of it, who sees its contact in full, and what stands in the audit of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain import visibility
from services.intake.handlers import desk
from services.intake.repository import duplicates, lists, promises
from services.intake.repository.orders import missing
from services.intake.repository.timeline import list_timeline
from services.intake.repository.visibility import require_visible
from shared.auth import Actor
from shared.db import Session


async def open_order(session: Session, order_id: UUID, *, actor: Actor) -> tuple[Mapping[str, Any], bool]:
    """Return an order and whether `actor` sees its contact in full, which then stands in the audit; raises NotFound."""
    row = await _get_visible(session, order_id, actor)
    sees_contact = visibility.sees_contact(actor.roles, row["business_type"])
    if sees_contact:
        await lists.note_opened(session, order_id, actor=actor.id)
    due = await promises.find_due(session, [order_id])
    repeated = await duplicates.describe_repetition(session, order_id)
    return {**promises.with_due(row, due), **repeated}, sees_contact


async def read_timeline(session: Session, order_id: UUID, *, actor: Actor) -> tuple[list[dict[str, Any]], bool]:
    """Return everything that happened to an order, and whether `actor` sees its contact in full; raises NotFound."""
    row = await _get_visible(session, order_id, actor)
    return await list_timeline(session, order_id), visibility.sees_contact(actor.roles, row["business_type"])


async def sees_contact(session: Session, order_id: UUID, *, actor: Actor) -> bool:
    """Return whether `actor` sees an order's contact in full, and so what else people wrote; raises NotFound."""
    row = await _get_visible(session, order_id, actor)
    return visibility.sees_contact(actor.roles, row["business_type"])


async def view_contact(
    session: Session, order_id: UUID, reason: str, *, now: datetime, actor: Actor
) -> Mapping[str, Any]:
    """Show a caller's full contact to somebody who may know of the order and says why; raises NotFound."""
    await require_visible(session, order_id, actor)
    return await desk.view_contact(session, order_id, reason, now=now, actor=actor)


async def _get_visible(session: Session, order_id: UUID, actor: Actor) -> Mapping[str, Any]:
    row = await lists.get_row(session, order_id)
    if not visibility.can_see(actor.roles, row["business_type"]):
        raise missing(order_id)
    return row
