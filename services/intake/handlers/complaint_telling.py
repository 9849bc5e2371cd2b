"""Complaints, round the clock: the department first, by phone; then the six roles; its specialist tracks it from there.

Requirements 001-068 to 001-070.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.alerts import Alert
from services.intake.domain.complaint_telling import (
    DepartmentCall,
    TellingPolicy,
    note_call,
    note_roles_told,
    word_complaint,
)
from services.intake.domain.notifying import NotificationKind, NotifiedRole
from services.intake.domain.order import Order
from services.intake.domain.supervision import Supervision, SupervisionCause, open_supervision
from services.intake.handlers.notifying import notify
from services.intake.repository import department_calls, orders, supervisions
from services.intake.repository.alerts import ALERTS
from services.intake.repository.orders import ORDERS
from shared.auth import Actor
from shared.db import Session
from shared.ids import new_id

SWEEP = 200


async def call_department(
    session: Session, order_id: UUID, call: DepartmentCall, *, now: datetime, actor: Actor
) -> bool:
    """Note a call to the department; return whether its six roles are told with it."""
    order = await ORDERS.get(session, order_id)
    policy = await department_calls.load_policy(session)
    before = await department_calls.load_calls(session, order_id, call.unit)
    is_telling = note_call(order, call, before, policy, by=actor.id, now=now)
    await department_calls.add_call(session, order_id, call, is_roles_told=is_telling, by=actor.id)
    if is_telling:
        await _tell_roles(session, order, call, policy, now=now, actor=actor)
    orders.save(session, order)
    return is_telling


async def _tell_roles(
    session: Session, order: Order, call: DepartmentCall, policy: TellingPolicy, *, now: datetime, actor: Actor
) -> None:
    subject, text = word_complaint(order, call.unit, is_reached=call.is_reached)
    for role in policy.roles:
        await notify(
            session,
            order_id=order.id,
            role_or_contact=role,
            subject=subject,
            text=text,
            kind=NotificationKind.COMPLAINT,
            now=now,
            unit=call.unit,
        )
    note_roles_told(order, call.unit, policy, at=now, by=actor.id)
    tracking = Supervision(
        id=new_id(),
        order_id=order.id,
        cause=SupervisionCause.COMPLAINT_TRACKING,
        reason="联系客户，跟踪、督办至办结",
        addressee=str(NotifiedRole.SERVICE_SPECIALIST),
        unit=call.unit,
        opened_by=actor.id,
        opened_at=now,
        due_at=now + policy.track_within,
    )
    open_supervision(order, tracking)
    await supervisions.add_supervision(session, tracking)


async def tell_missing_calls(session: Session, *, now: datetime) -> int:
    """Alert the people of each complaint that no department was phoned about in time, and tell the duty supervisor."""
    policy = await department_calls.load_policy(session)
    untold = await department_calls.take_untold(session, policy, most=SWEEP)
    for row in untold:
        ALERTS.add(session, Alert(order_id=row.id, kind="complaint-call-missing", occurred_at=now))
        await notify(
            session,
            order_id=row.id,
            role_or_contact=NotifiedRole.DUTY_SUPERVISOR,
            subject=f"投诉 {row.order_no} 尚未电话通知责任部门",
            text=f"投诉工单 {row.order_no} 接单后 {policy.call_within} 内没有电话通知责任部门的记录。",
            kind=NotificationKind.COMPLAINT_CALL_MISSING,
            now=now,
            unit=row.station_code,
        )
    return len(untold)
