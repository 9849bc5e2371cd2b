"""The errand behind the notification port: tries what is due, tries again later, and calls a person at the end.

Claimed in one transaction, sent outside any, recorded in another (`shared.host.Errand`). A process that dies between
sends again once its lease is over: whoever is told is told at least once, under one id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.intake.clients.courier import make_senders
from services.intake.clients.message import Sender
from services.intake.clients.webhook import open_client
from services.intake.domain.alerts import given_up
from services.intake.domain.delivery import Due, Sent, Tried
from services.intake.domain.notifying import (
    EVERYWHERE,
    Contact,
    Means,
    Notice,
    NotificationKind,
    NotificationStatus,
    NotifiedRole,
    Outcome,
    after_attempt,
    contacts_of,
)
from services.intake.repository import deliveries
from services.intake.repository.alerts import ALERTS
from services.intake.repository.notifications import load_directory
from services.intake.repository.visibility import require_visible
from shared.auth import Actor
from shared.backoff import Backoff
from shared.db import Session
from shared.errors import Conflict, Text
from shared.settings import Settings
from shared.telemetry import reason_of

log = structlog.get_logger()

AT_ONCE = 20
"""So many are tried side by side."""

LEASE = timedelta(minutes=2)
"""So long nobody else tries them: longer than the slowest server may take (TIMEOUT_SECONDS for each of its answers)."""

AGAIN = Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=30))

_NOT_GIVEN_UP = Text("通知状态为 {status}，无需处理", "the notification is “{status}”; there is nothing to see to")
_NOBODY = Text("仍无人担任该角色，请先维护联系人", "nobody holds that role yet; enter a contact first")


async def claim_due(session: Session, *, now: datetime) -> list[Due]:
    """Take what is due, so that nobody else sends it meanwhile."""
    return await deliveries.claim_due(session, most=AT_ONCE, lease=LEASE)


async def send_claimed(claimed: Sequence[Due], *, now: datetime, settings: Settings) -> list[tuple[Due, Sent]]:
    """Try each once, side by side, outside any transaction."""
    async with open_client() as client:
        sent = await _send_all(claimed, make_senders(settings, client, now=now))
    return list(zip(claimed, sent, strict=True))


async def record_sent(session: Session, done: Sequence[tuple[Due, Sent]]) -> None:
    """Write what came of each; what is given up on gives the alarm."""
    tried = [
        Tried(d, s, after_attempt(s.outcome, number=d.number, pause=AGAIN.pause(d.number), now=session.now))
        for d, s in done
    ]
    await deliveries.write_attempts(session, tried)
    for one in tried:
        if one.next.status is NotificationStatus.GIVEN_UP:
            give_alarm(session, one.due.order_id, one.due.message.kind, one.sent.detail)


async def _send_all(due: Sequence[Due], senders: Mapping[Means, Sender]) -> list[Sent]:
    return await asyncio.gather(*(_send(senders[d.means], d) for d in due))


async def _send(sender: Sender, due: Due) -> Sent:
    """Try once; a sender that breaks (a secret that is none, say) fails this message and takes no other down."""
    try:
        return await sender.send(due.message)
    except Exception as error:
        log.warning("notification.sender_broke", means=str(due.means), error=reason_of(error))
        return Sent(Outcome.FAILED, str(due.means), type(error).__name__)


def give_alarm(session: Session, order_id: UUID | None, kind: str, detail: str) -> None:
    """Alert the supervisors to a notification that was given up on."""
    log.error("notification.given_up", kind=kind, order_id=str(order_id) if order_id else None, detail=detail)
    ALERTS.add(session, given_up(order_id, kind, detail, at=session.now))


async def retry(session: Session, notification_id: UUID, *, now: datetime, actor: Actor) -> None:
    """Have a notification tried anew that was given up on; one that had nobody goes to all who hold the role now."""
    row = await _get_given_up(session, notification_id, actor)
    target: dict[str, object] = {}
    if not row["name"]:
        first, *others = await _find_holders(session, row)
        target = {"name": first.name, "means": str(first.means), "address": first.address}
        await deliveries.add_for(session, row, others)
    await deliveries.change(
        session,
        notification_id,
        status=str(NotificationStatus.PENDING),
        attempt_count=0,
        due_at=now,
        given_up_at=None,
        failure=None,
        settled_by=actor.id,
        **target,
    )


async def dismiss(session: Session, notification_id: UUID, reason: str, *, actor: Actor) -> None:
    """Say that a notification that was given up on was seen to otherwise; the alarm ends, the row stays."""
    await _get_given_up(session, notification_id, actor)
    await deliveries.change(
        session,
        notification_id,
        status=str(NotificationStatus.DISMISSED),
        failure=reason,
        settled_by=actor.id,
    )


async def _get_given_up(session: Session, notification_id: UUID, actor: Actor) -> dict[str, object]:
    row = await deliveries.get_notification(session, notification_id, is_locked=True)
    if row["order_id"] is not None:
        await require_visible(session, row["order_id"], actor)
    if row["status"] != NotificationStatus.GIVEN_UP:
        raise Conflict("notification.not_given_up", _NOT_GIVEN_UP, status=row["status"])
    return row


async def _find_holders(session: Session, row: dict[str, object]) -> Sequence[Contact]:
    notice = Notice(
        order_id=None,
        recipient=NotifiedRole(str(row["role"])),
        unit=str(row["unit"] or EVERYWHERE),
        subject="",
        text="",
        kind=NotificationKind.OTHER,
    )
    holders = contacts_of(notice, await load_directory(session, [notice]))
    if not holders:
        raise Conflict("notification.nobody_holds_role", _NOBODY)
    return holders
