"""Which order leads an outage: the one that told of it first, then the oldest that followed it."""

from __future__ import annotations

from datetime import datetime

from services.dispatch.domain.incidents import Incident, IncidentStatus
from services.dispatch.domain.orders import JobOrder, JobStatus
from services.dispatch.handlers.desk import DESK, let_go
from services.dispatch.repository import now as current
from services.dispatch.repository.stores import INCIDENTS, ORDERS
from shared.db import Session
from shared.events.dispatch import OrderAssessed, OrderMerged
from shared.glossary import AssetOwnership


async def pass_on(session: Session, incident: Incident, *, without: JobOrder) -> None:
    """Let the oldest order that followed lead the outage; when nobody followed, there is none.

    Whoever calls has locked the followers in their turn, before the tasks. Those that joined in this very transaction
    do not stand in the table yet.
    """
    await ORDERS.prefetch(session, await current.find_followers(session, {incident.id}))
    heirs = [o for _, o in sorted(ORDERS.held(session).items()) if _follows(o, incident) and o.id != without.id]
    if not heirs:
        incident.status = IncidentStatus.VOID
        let_go(session, incident)
        return
    heir, *rest = heirs
    incident.main_order_id = heir.id
    incident.order_count -= 1
    heir.main_order_id, heir.class_l1, heir.tier = None, without.class_l1, without.tier
    heir.tell(assessed(heir, incident, at=session.now), occurred_at=session.now)
    send_unless_late(session, heir)
    ORDERS.save(session, heir)
    for order in rest:
        order.main_order_id = heir.id
        order.tell(merged(order, incident, at=session.now), occurred_at=session.now)
        DESK.hurry(session, heir.id, order.priority)
        ORDERS.save(session, order)
    INCIDENTS.save(session, incident)


def _follows(order: JobOrder, incident: Incident) -> bool:
    return order.incident_id == incident.id and order.status == JobStatus.CHILD


def assessed(
    order: JobOrder, incident: Incident, *, at: datetime, ownership: AssetOwnership = AssetOwnership.UNKNOWN
) -> OrderAssessed:
    """Make the event that an order leads its outage."""
    return OrderAssessed(
        order_id=order.id,
        assessed_at=at,
        incident_id=incident.id,
        class_l1=incident.class_l1,
        area_type=incident.area_type,
        asset_ownership=ownership,
    )


def merged(order: JobOrder, incident: Incident, *, at: datetime) -> OrderMerged:
    """Make the event that an order follows its outage's main order."""
    return OrderMerged(order_id=order.id, incident_id=incident.id, main_order_id=incident.main_order_id, merged_at=at)


def send_unless_late(session: Session, order: JobOrder, *, not_before: datetime | None = None) -> None:
    """Send somebody, or let the order wait; for a late entry people say who went."""
    order.status = JobStatus.WAITING
    if not order.is_late_entry:
        DESK.ask_for_crew(session, order, not_before=not_before)
