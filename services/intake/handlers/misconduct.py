"""Misconduct reports go to the supervision department, and nowhere else (lifecycles 3.2; decision 0018)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain.notifying import NotificationKind, NotifiedRole
from services.intake.domain.order import Order
from services.intake.domain.visibility import is_restricted
from services.intake.handlers.notifying import notify
from shared.db import Session


async def tell_supervision(session: Session, received: Sequence[Order], *, now: datetime) -> None:
    """Tell the supervision office of each fresh misconduct report that it is there: its number, and nothing else."""
    for order in received:
        if is_restricted(order.business_type):
            await notify(
                session,
                order_id=order.id,
                role_or_contact=NotifiedRole.SUPERVISION_OFFICE,
                subject=f"举报工单 {order.order_no}",
                text=f"收到举报工单 {order.order_no}，请登录系统查看办理。",
                kind=NotificationKind.MISCONDUCT_REPORT,
                now=now,
            )
