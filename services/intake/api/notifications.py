"""Who was told what, with each attempt; what was given up on, and what a person does about it; who holds which role."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.notifying import (
    EVERYWHERE,
    Contact,
    Means,
    NotificationKind,
    NotificationStatus,
    NotifiedRole,
    Outcome,
    find_bad_address,
)
from services.intake.handlers import delivery
from services.intake.repository import deliveries, notification_contacts
from services.intake.repository.visibility import require_visible
from shared.telemetry import mask_text
from shared.web import Answer, Change, Door, Id, Page, Read, Strict, decode_cursor, encode_cursor, invalid

router = APIRouter()


class ContactBody(Strict):
    """One person and how to reach them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "赵主任", "means": "sms", "address": "13800005678"}]}
    )

    name: str = Field(min_length=1, max_length=80, pattern=WRITTEN)
    means: Means
    address: str = Field(min_length=1, max_length=300, pattern=WRITTEN)

    def say(self, place: str = "contact") -> Contact:
        """Say it in the domain's words; raises Invalid for an address that its means cannot reach."""
        contact = Contact(self.name, self.means, self.address)
        if wrong := find_bad_address(contact, f"{place}.address"):
            raise invalid(wrong)
        return contact


class RoleContact(ContactBody):
    """Somebody who holds a role."""

    role: NotifiedRole


class UnitContacts(Strict):
    """Who holds the roles of a unit from now on; the unit "" is the whole city."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "S01",
                    "contacts": [
                        {
                            "role": "bureau_chief",
                            "name": "赵主任",
                            "means": "sms",
                            "address": "13800005678",
                        }
                    ],
                }
            ]
        }
    )

    unit: str = Field(max_length=60, pattern=WRITTEN)
    contacts: list[RoleContact] = Field(max_length=200)


class ContactView(Answer):
    """Somebody who holds a role now."""

    unit: str
    role: NotifiedRole
    name: str
    means: Means
    address: str
    valid_from: datetime
    set_by: str


class Contacts(Answer):
    """Who holds which role now."""

    items: list[ContactView]


class NotificationView(Answer):
    """One person to be told, and whether they were. Phone numbers in the text are masked."""

    id: UUID
    order_id: UUID | None
    kind: NotificationKind
    role: NotifiedRole | None
    unit: str | None
    name: str | None
    means: Means | None
    subject: str
    text: str
    written_at: datetime
    status: NotificationStatus
    attempt_count: int
    due_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    failure: str | None
    settled_by: str | None


class AttemptView(Answer):
    """One attempt."""

    number: int
    sender: str
    outcome: Outcome
    detail: str
    attempted_at: datetime


class NotificationLog(Answer):
    """One notification and everything that was tried."""

    notification: NotificationView
    attempts: list[AttemptView]


class Retry(Strict):
    """Once more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class Dismiss(Strict):
    """Why nobody needs to be told any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "已当面告知"}]})

    reason: str = Field(min_length=1, max_length=300, pattern=WRITTEN)


@router.get("/notifications", summary="Notifications, newest first.")
async def list_notifications(
    door: Read,
    *,
    status: NotificationStatus | None = None,
    order_id: Annotated[Id | None, Query()] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[NotificationView]:
    """Return one page; `status=given_up` is what waits for a person."""
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await deliveries.list_notifications(
        door.session, door.actor, status=status, order_id=order_id, before=before, most=limit + 1
    )
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[_notification(row) for row in rows[:limit]], next_cursor=more)


@router.get("/notifications/{notification_id}", summary="One notification with its attempts.")
async def show_notification(door: Read, notification_id: UUID) -> NotificationLog:
    """Return the delivery log of one notification."""
    return await _log(door, notification_id)


@router.post("/notifications/{notification_id}/retry", summary="Try a notification anew that was given up on.")
async def retry_notification(door: Change, notification_id: UUID, body: Retry) -> NotificationLog:
    """Have it delivered again from now on; one that had nobody goes to whoever holds the role now."""

    async def do() -> NotificationLog:
        await delivery.retry(door.session, notification_id, now=door.now, actor=door.actor)
        return await _log(door, notification_id)

    return await door.once(NotificationLog, do)


@router.post("/notifications/{notification_id}/dismiss", summary="See to a notification otherwise.")
async def dismiss_notification(door: Change, notification_id: UUID, body: Dismiss) -> NotificationLog:
    """Say why it need not be delivered; the alarm ends and the row stays."""

    async def do() -> NotificationLog:
        await delivery.dismiss(door.session, notification_id, body.reason, actor=door.actor)
        return await _log(door, notification_id)

    return await door.once(NotificationLog, do)


@router.get("/notification-contacts", summary="Who holds which role.")
async def list_notification_contacts(
    door: Read, unit: Annotated[str | None, Query(pattern=WRITTEN)] = None
) -> Contacts:
    """Return the contacts that hold now, of one unit or of all."""
    rows = await notification_contacts.list_contacts(door.session, unit)
    return Contacts(items=[ContactView(**_only(ContactView, row)) for row in rows])


@router.put("/notification-contacts", summary="Set who holds the roles of a unit.")
async def put_notification_contacts(door: Change, body: UnitContacts) -> Contacts:
    """Replace the unit's contacts from now on; who was before stays on record."""
    named = [one.say(f"contacts.{index}") for index, one in enumerate(_checked(body))]
    by_role: dict[NotifiedRole, list[Contact]] = {}
    for one, contact in zip(body.contacts, named, strict=True):
        by_role.setdefault(one.role, []).append(contact)
    await notification_contacts.put_contacts(door.session, body.unit or EVERYWHERE, by_role, by=door.actor.id)
    rows = await notification_contacts.list_contacts(door.session, body.unit or EVERYWHERE)
    return Contacts(items=[ContactView(**_only(ContactView, row)) for row in rows])


def _checked(body: UnitContacts) -> list[RoleContact]:
    """Return the contacts, or raise Invalid naming every address that its means cannot reach."""
    wrong = [
        field
        for index, one in enumerate(body.contacts)
        if (field := find_bad_address(Contact(one.name, one.means, one.address), f"contacts.{index}.address"))
    ]
    if wrong:
        raise invalid(*wrong)
    return body.contacts


async def _log(door: Door, notification_id: UUID) -> NotificationLog:
    row = await deliveries.get_notification(door.session, notification_id, is_locked=False)
    if row["order_id"] is not None:
        await require_visible(door.session, row["order_id"], door.actor)
    attempts = await deliveries.list_attempts(door.session, notification_id)
    return NotificationLog(
        notification=_notification(row), attempts=[AttemptView(**_only(AttemptView, one)) for one in attempts]
    )


def _notification(row: Mapping[str, Any]) -> NotificationView:
    shown = _only(NotificationView, row)
    return NotificationView(**(shown | {"text": mask_text(shown["text"])}))


def _only(model: type[Answer], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields}
