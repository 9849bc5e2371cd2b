"""Notifications in and out: gathered in a transaction and copied in with its flush, claimed in sets for delivery."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from services.intake.domain.alerts import given_up
from services.intake.domain.notifying import (
    EVERYWHERE,
    NOBODY_HOLDS_ROLE,
    Contact,
    Means,
    Notice,
    NotificationStatus,
    contacts_of,
    without_identity,
)
from services.intake.domain.visibility import RESTRICTED
from services.intake.repository.alerts import ALERTS
from services.intake.tables import notification_contacts, notifications, orders
from shared.db import Session
from shared.ids import new_id

COLUMNS = (
    "id",
    "order_id",
    "kind",
    "role",
    "unit",
    "name",
    "means",
    "address",
    "subject",
    "text",
    "written_at",
    "status",
    "due_at",
    "given_up_at",
    "failure",
)

Directory = dict[tuple[str, str], list[Contact]]


class Notices:
    """Gathers the notices of a transaction; at the flush they become one row for each person to be told."""

    def add(self, session: Session, notice: Notice) -> None:
        """Have this told with this transaction, or not at all."""
        session.identity.setdefault(self, {})[new_id()] = notice
        session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Look up who holds the roles now, and write a row for each person: three statements for any number."""
        gathered: list[Notice] = list(session.identity.pop(self, {}).values())
        directory = await load_directory(session, gathered)
        reporters = await _load_reporters(session, {n.order_id for n in gathered if n.order_id})
        rows: list[tuple[Any, ...]] = []
        for notice in gathered:
            identities = reporters.get(notice.order_id) if notice.order_id else None
            clean = without_identity(notice, identities) if identities else notice
            contacts = contacts_of(clean, directory)
            if not contacts:
                ALERTS.add(session, given_up(clean.order_id, clean.kind, NOBODY_HOLDS_ROLE, at=session.now))
            rows += _rows_of(clean, contacts, now=session.now)
        await session.copy(notifications, COLUMNS, rows)


NOTICES = Notices()


async def load_directory(session: Session, notices: Sequence[Notice]) -> Directory:
    """Return the contacts of every unit and role that these notices name, and the city's, as they hold now."""
    roles = {str(notice.recipient) for notice in notices if not isinstance(notice.recipient, Contact)}
    if not roles:
        return {}
    units = {notice.unit or EVERYWHERE for notice in notices} | {EVERYWHERE}
    t = notification_contacts
    statement = (
        select(t.c.unit, t.c.role, t.c.name, t.c.means, t.c.address)
        .where(t.c.unit.in_(sorted(units)), t.c.role.in_(sorted(roles)), t.c.valid_from <= session.now)
        .where(or_(t.c.ended_at.is_(None), t.c.ended_at > session.now))
        .order_by(t.c.id)
    )
    directory: Directory = {}
    for row in await session.execute(statement):
        directory.setdefault((row.unit, row.role), []).append(Contact(row.name, Means(row.means), row.address))
    return directory


async def _load_reporters(session: Session, order_ids: Collection[UUID]) -> dict[UUID, list[str | None]]:
    """Return what names the reporters of those orders that are misconduct reports."""
    if not order_ids:
        return {}
    c = orders.c
    statement = select(c.id, c.caller_name, c.caller_phone, c.caller_address, c.customer_no).where(
        c.id.in_(order_ids), c.business_type.in_(sorted(RESTRICTED))
    )
    rows = await session.execute(statement)
    return {row.id: [row.caller_name, row.caller_phone, row.caller_address, row.customer_no] for row in rows}


def _rows_of(notice: Notice, contacts: Sequence[Contact], *, now: datetime) -> list[tuple[Any, ...]]:
    role = None if isinstance(notice.recipient, Contact) else str(notice.recipient)
    told = (notice.subject, notice.text, now)
    about = (notice.order_id, str(notice.kind), role, notice.unit)
    if not contacts:
        given_up = (str(NotificationStatus.GIVEN_UP), None, now, NOBODY_HOLDS_ROLE)
        return [(new_id(), *about, None, None, None, *told, *given_up)]
    waiting = (str(NotificationStatus.PENDING), now, None, None)
    return [(new_id(), *about, c.name, str(c.means), c.address, *told, *waiting) for c in contacts]
