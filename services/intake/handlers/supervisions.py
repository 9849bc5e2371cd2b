"""督办: opened by management, reported on, closed with a conclusion; what is overdue is told once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.alerts import Alert
from services.intake.domain.notifying import NotificationKind, NotifiedRole
from services.intake.domain.supervision import Supervision, SupervisionCause, close_supervision, open_supervision
from services.intake.handlers.notifying import notify
from services.intake.repository import orders, supervisions
from services.intake.repository.alerts import ALERTS
from services.intake.repository.orders import ORDERS
from services.intake.repository.visibility import require_visible
from shared.auth import Actor, Role
from shared.db import Session
from shared.ids import new_id

SWEEP = 200


async def open_one(
    session: Session,
    order_id: UUID,
    *,
    reason: str,
    due_at: datetime,
    addressee: str | None,
    unit: str | None,
    now: datetime,
    actor: Actor,
) -> Supervision:
    """Press an order: whoever answers for it (or `addressee`) must report by `due_at`; a unit's specialist is told."""
    order = await ORDERS.get(session, order_id)
    wanted = Supervision(
        id=new_id(),
        order_id=order_id,
        cause=SupervisionCause.MANAGEMENT,
        reason=reason,
        addressee=addressee or order.accountable,
        unit=unit,
        opened_by=actor.id,
        opened_at=now,
        due_at=due_at,
    )
    open_supervision(order, wanted)
    orders.save(session, order)
    await supervisions.add_supervision(session, wanted)
    if unit is not None:
        await notify(
            session,
            order_id=order_id,
            role_or_contact=NotifiedRole.SERVICE_SPECIALIST,
            subject=f"督办 {order.order_no}",
            text=f"工单 {order.order_no} 被督办，请于 {due_at:%Y-%m-%d %H:%MZ} 前回报：{reason}",
            kind=NotificationKind.SUPERVISION,
            now=now,
            unit=unit,
        )
    return wanted


async def report(session: Session, supervision_id: UUID, said: str, *, actor: Actor) -> Supervision:
    """Report on a supervision; raises Conflict once it is closed."""
    found = await _get_visible(session, supervision_id, actor)
    found.check_open()
    await supervisions.add_report(session, supervision_id, said, by=actor.id)
    return found


async def close_one(
    session: Session, supervision_id: UUID, conclusion: str, *, now: datetime, actor: Actor
) -> Supervision:
    """Close a supervision; raises Conflict while nobody has reported."""
    found = await _get_visible(session, supervision_id, actor)
    order = await ORDERS.get(session, found.order_id)
    count = await supervisions.count_reports(session, supervision_id)
    close_supervision(order, found, conclusion, report_count=count, at=now, by=actor.id)
    orders.save(session, order)
    await supervisions.close(session, supervision_id, conclusion, at=now, by=actor.id)
    return found


async def tell_overdue(session: Session, *, now: datetime) -> int:
    """Alert the order's people and the supervisors to each supervision whose time ran out, once."""
    overdue = await supervisions.take_overdue(session, most=SWEEP)
    for row in overdue:
        for role in (None, str(Role.SUPERVISOR)):
            alert = Alert(order_id=row.order_id, kind="supervision-overdue", occurred_at=row.due_at, role=role)
            ALERTS.add(session, alert)
    return len(overdue)


async def _get_visible(session: Session, supervision_id: UUID, actor: Actor) -> Supervision:
    found = await supervisions.get_supervision(session, supervision_id)
    await require_visible(session, found.order_id, actor)
    return found
