"""The report boxes' daily tasks: made by the clock, done by whoever opens the box (requirement 004-013)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.intake.domain.notifying import NotificationKind, NotifiedRole
from services.intake.domain.report_box import check_opening
from services.intake.handlers.notifying import notify
from services.intake.repository import report_box
from services.intake.repository.taking_policies import read_policies
from shared.auth import Actor
from shared.db import Session
from shared.zone import SHANGHAI


async def keep_tasks(session: Session, *, now: datetime) -> int:
    """Make today's task of each box, and tell supervision of those that were not opened in time; return how many."""
    made = await make_tasks(session, now=now)
    overdue = await report_box.take_overdue(session)
    for box_code, day in overdue:
        await notify(
            session,
            order_id=None,
            role_or_contact=NotifiedRole.SUPERVISION_OFFICE,
            subject="举报箱未按时开箱",
            text=f"举报箱 {box_code} 在 {day} 未按时开箱取件，请立即开箱并登记。",
            kind=NotificationKind.OTHER,
            now=now,
        )
    return made + len(overdue)


async def make_tasks(session: Session, *, now: datetime) -> int:
    """Make today's task of each box that the policy names; return how many are new."""
    policies = await read_policies(session, {"report_boxes"}, at=now)
    return await report_box.make_days(session, policies.boxes, now.astimezone(SHANGHAI).date())


async def enter_opening(
    session: Session,
    box_code: str,
    day: date | None,
    *,
    opened_at: datetime | None,
    letters: int,
    now: datetime,
    actor: Actor,
) -> Mapping[str, Any]:
    """Write that a box was opened and how many letters were in it; late is said, never hidden."""
    opened_at = opened_at or now
    day = day or opened_at.astimezone(SHANGHAI).date()
    await make_tasks(session, now=now)
    task = await report_box.get_day(session, box_code, day)
    check_opening(day=day, opened_at=opened_at, already_opened_at=task["opened_at"], now=now)
    await report_box.enter_opening(session, box_code, day, opened_at=opened_at, letters=letters, by=actor.id)
    return await report_box.get_day(session, box_code, day)
