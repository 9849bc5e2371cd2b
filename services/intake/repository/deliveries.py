"""Delivering: notifications whose time has come, claimed in sets; each attempt a row; what a person does about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update

from services.intake.domain.delivery import Due, Message, Tried
from services.intake.domain.notifying import Contact, Means, NotificationStatus
from services.intake.repository.visibility import visible_to
from services.intake.tables import notification_attempts, notifications, orders
from shared.auth import Actor
from shared.db import Session
from shared.errors import NotFound, Text
from shared.ids import new_id

_MISSING = Text("没有这条通知", "there is no such notification")
ATTEMPT_COLUMNS = ("id", "notification_id", "number", "sender", "outcome", "detail", "attempted_at")


async def claim_due(session: Session, *, most: int, lease: timedelta) -> list[Due]:
    """Return the notifications that are due, and keep them from others for as long as `lease`."""
    t = notifications.c
    chosen = (
        select(t.id)
        .where(t.status == str(NotificationStatus.PENDING), t.due_at <= session.now)
        .order_by(t.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = update(notifications).where(t.id.in_(chosen)).values(due_at=session.now + lease)
    rows = (await session.execute(claimed.returning(notifications))).mappings()
    return sorted((_due(dict(row)) for row in rows), key=lambda due: due.message.id)


def _due(row: dict[str, Any]) -> Due:
    message = Message(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        address=row["address"],
        subject=row["subject"],
        text=row["text"],
        written_at=row["written_at"],
    )
    return Due(message, Means(row["means"]), row["attempt_count"] + 1, row["order_id"])


_MOVE = (
    update(notifications)
    .where(notifications.c.id == bindparam("which"), notifications.c.attempt_count == bindparam("tried_before"))
    .values(
        status=bindparam("to_status"),
        attempt_count=bindparam("to_count"),
        due_at=bindparam("to_due"),
        delivered_at=bindparam("to_delivered"),
        given_up_at=bindparam("to_given_up"),
        failure=bindparam("to_failure"),
    )
)


async def write_attempts(session: Session, tried: Sequence[Tried]) -> None:
    """Write each attempt, and where its notification stands after it.

    One whose lease ran out, and which another process has tried meanwhile, stands as that one left it.
    """
    if not tried:
        return
    attempts = [
        (new_id(), t.due.message.id, t.due.number, t.sent.sender, str(t.sent.outcome), t.sent.detail, session.now)
        for t in tried
    ]
    await session.copy(notification_attempts, ATTEMPT_COLUMNS, attempts)
    await session.execute(_MOVE, [_move(t, session.now) for t in tried])


def _move(tried: Tried, now: datetime) -> dict[str, Any]:
    status = tried.next.status
    return {
        "which": tried.due.message.id,
        "tried_before": tried.due.number - 1,
        "to_status": str(status),
        "to_count": tried.due.number,
        "to_due": tried.next.due_at,
        "to_delivered": now if status is NotificationStatus.DELIVERED else None,
        "to_given_up": now if status is NotificationStatus.GIVEN_UP else None,
        "to_failure": None if status is NotificationStatus.DELIVERED else tried.sent.detail,
    }


async def list_notifications(
    session: Session,
    actor: Actor,
    *,
    status: NotificationStatus | None = None,
    order_id: UUID | None = None,
    before: UUID | None,
    most: int,
) -> list[dict[str, Any]]:
    """Return notifications, newest first, but none about an order that `actor` may not see."""
    t, o = notifications.c, orders.c
    statement = (
        select(notifications)
        .join_from(notifications, orders, o.id == t.order_id, isouter=True)
        .where(*(o.business_type.is_(None) | rule for rule in visible_to(actor)))
        .order_by(t.id.desc())
        .limit(most)
    )
    for column, value in ((t.status, status), (t.order_id, order_id)):
        if value is not None:
            statement = statement.where(column == value)
    if before is not None:
        statement = statement.where(t.id < before)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def list_attempts(session: Session, notification_id: UUID) -> list[dict[str, Any]]:
    """Return the attempts of one notification, oldest first."""
    t = notification_attempts
    statement = select(t).where(t.c.notification_id == notification_id).order_by(t.c.number, t.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def get_notification(session: Session, notification_id: UUID, *, is_locked: bool) -> dict[str, Any]:
    """Return one notification; raises NotFound."""
    statement = select(notifications).where(notifications.c.id == notification_id)
    if is_locked:
        statement = statement.with_for_update()
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("notification.unknown", _MISSING)
    return dict(row)


async def change(session: Session, notification_id: UUID, **values: Any) -> None:
    """Write what a person did about one."""
    await session.execute(update(notifications).where(notifications.c.id == notification_id).values(**values))


async def add_for(session: Session, row: Mapping[str, Any], contacts: Sequence[Contact]) -> None:
    """Have these told the same as `row` says, each in a row of their own, due now."""
    said = {name: row[name] for name in ("order_id", "kind", "role", "unit", "subject", "text", "written_at")}
    waiting = {"status": str(NotificationStatus.PENDING), "due_at": session.now}
    people = [{"id": new_id(), "name": c.name, "means": str(c.means), "address": c.address} for c in contacts]
    if people:
        await session.execute(insert(notifications), [{**said, **waiting, **person} for person in people])


async def count_by_status(session: Session) -> dict[str, int]:
    """Count what waits and what was given up; what was delivered is history."""
    watched = [str(NotificationStatus.PENDING), str(NotificationStatus.GIVEN_UP)]
    t = notifications.c
    statement = select(t.status, func.count().label("number")).where(t.status.in_(watched)).group_by(t.status)
    counted: dict[str, int] = {row.status: row.number for row in await session.execute(statement)}
    return {status: counted.get(status, 0) for status in watched}
