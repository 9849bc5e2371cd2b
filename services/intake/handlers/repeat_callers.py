"""Who calls again and again: counted as orders come in, told to the supervisor on the third call (case C2), listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.alerts import Alert
from services.intake.domain.duplicates import (
    Contact,
    DuplicatePolicy,
    Report,
    caller_of,
    is_customer_channel,
    number_of,
)
from services.intake.repository import policies, repeat_callers
from services.intake.repository.alerts import ALERTS
from shared.auth import Role
from shared.db import Session
from shared.glossary import Channel

SHOWN = 50
"""Orders of one caller that the view lists, the newest; the counts are of all."""


@dataclass(frozen=True, slots=True)
class Trail:
    """A caller's contacts without a long pause: how many, from when to when, and the orders they are on."""

    caller: int
    contact_count: int
    first_at: datetime
    last_at: datetime
    orders: list[dict[str, Any]]


async def count_contacts(
    session: Session,
    contacts: Sequence[tuple[Report, Channel, UUID]],
    policy: DuplicatePolicy,
    known: Mapping[int, Contact],
) -> None:
    """Write these contacts, each with the order that it is on; `known`: the latest of callers whose keys are held.

    Whoever reaches the policy's number alerts the supervisors, once a trail.
    """
    callers = [
        (report, order_id, caller)
        for report, channel, order_id in contacts
        if is_customer_channel(channel) and (caller := caller_of(report)) is not None
    ]
    late = {caller for report, _, caller in callers if report.is_late_entry}
    latest = {**known, **await repeat_callers.find_latest(session, late)}
    written: list[tuple[UUID, UUID, int, Contact]] = []
    for report, order_id, caller in callers:
        contact = latest[caller] = number_of(report, latest.get(caller), policy)
        written.append((report.id, order_id, caller, contact))
        if contact.number == policy.alert_on:
            _alert(session, order_id, contact)
    await repeat_callers.add_contacts(session, written)


def _alert(session: Session, order_id: UUID, contact: Contact) -> None:
    alert = Alert(
        order_id=order_id,
        kind="repeat-caller",
        occurred_at=contact.received_at,
        role=Role.SUPERVISOR,
        note=str(contact.number),
    )
    ALERTS.add(session, alert)


async def list_repeat_callers(
    session: Session, *, start: datetime, end: datetime, least: int, before: tuple[datetime, int] | None, most: int
) -> list[Trail]:
    """Return who was in contact at least `least` times without a long pause in a period, the latest first."""
    policy = await policies.get_duplicates(session)
    trails = await repeat_callers.list_trails(
        session, start=start, end=end, pause=policy.pause, least=least, shown=SHOWN, before=before, most=most
    )
    shown = await repeat_callers.load_shown(session, {i for trail in trails for i in trail["order_ids"]})
    return [_trail(trail, shown) for trail in trails]


def _trail(row: Mapping[str, Any], shown: Mapping[UUID, dict[str, Any]]) -> Trail:
    ids = dict.fromkeys(row["order_ids"])
    return Trail(
        row["caller"], row["contact_count"], row["first_at"], row["last_at"], [shown[i] for i in ids if i in shown]
    )
