"""The notification port: have somebody told. Written with the fact, delivered afterwards; both or neither happen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.notifying import Notice, NotificationKind, Recipient
from services.intake.repository.notifications import NOTICES
from shared.db import Session


async def notify(
    session: Session,
    *,
    order_id: UUID | None,
    role_or_contact: Recipient,
    subject: str,
    text: str,
    kind: NotificationKind,
    now: datetime,
    unit: str | None = None,
) -> None:
    """Have whoever holds a role (for `unit`, else for the city), or one contact, told with this transaction.

    The row stands once the transaction is committed; the steady task delivers it, tries again, and gives the alarm
    when it gives up. A misconduct report's reporter is taken out of what is sent. `now` is the session's.
    """
    notice = Notice(order_id=order_id, recipient=role_or_contact, unit=unit, subject=subject, text=text, kind=kind)
    NOTICES.add(session, notice)
