"""Who has to be told of something, by which means, and how often that is tried before a person must look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.visibility import without_reporter
from shared.errors import BadField, Text
from shared.glossary import Word


class NotifiedRole(Word):
    """Whom a unit has to be told through; the first six are those of requirement 001-069, in its order."""

    BUREAU_CHIEF = "bureau_chief"
    """营业局长"""
    BUSINESS_DEPUTY_MANAGER = "business_deputy_manager"
    """营业副总"""
    MARKETING_DIRECTOR = "marketing_director"
    """营销部主任"""
    SERVICE_SPECIALIST = "service_specialist"
    """营销服务专责"""
    MAINTENANCE_SUPERVISOR = "maintenance_supervisor"
    """运维检修部主管"""
    PRODUCTION_ENGINEER = "production_engineer"
    """生产专工"""
    DUTY_SUPERVISOR = "duty_supervisor"
    """当值主管"""
    DUTY_LEADER = "duty_leader"
    """值班领导, who takes the hardest cases (requirement 000-010)"""
    LIAISON_OFFICER = "liaison_officer"
    """重要客户联络员"""
    SUPERVISION_OFFICE = "supervision_office"
    """监察部门, which handles misconduct reports"""


SIX_ROLES = tuple(NotifiedRole)[:6]
"""Who gets the text of every complaint (requirement 001-069)."""


class NotificationKind(Word):
    """What somebody is told about."""

    COMPLAINT = "complaint"
    COMPLAINT_CALL_MISSING = "complaint_call_missing"
    MISCONDUCT_REPORT = "misconduct_report"
    IMPORTANT_CUSTOMER = "important_customer"
    GREEN_CHANNEL = "green_channel"
    SUPERVISION = "supervision"
    REPEAT_CALLER = "repeat_caller"
    OUTAGE_NOTICE = "outage_notice"
    KNOWLEDGE_REVIEW = "knowledge_review"
    OTHER = "other"


class Means(Word):
    """How somebody is reached. What an installation has no gateway for goes to its drop folder, and is not lost."""

    SMS = "sms"
    MAIL = "mail"
    WEBHOOK = "webhook"
    FILE = "file"


class NotificationStatus(Word):
    """Whether somebody was told."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DISMISSED = "dismissed"
    """A person looked at what was given up and saw to it otherwise."""


class Outcome(Word):
    """What one attempt came to: `failed` may go better next time, `refused` never will."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Contact:
    """One person and how to reach them: a phone number (sms), a mail address, a URL (webhook) or a file's name."""

    name: str
    means: Means
    address: str


_FORMS: Mapping[Means, tuple[re.Pattern[str], Text]] = {
    Means.SMS: (re.compile(r"\+?[0-9][0-9 -]{4,19}"), Text("应为电话号码", "must be a phone number")),
    Means.MAIL: (re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+"), Text("应为邮箱地址", "must be a mail address")),
    Means.WEBHOOK: (re.compile(r"https?://[^\s]+"), Text("应为 http(s) 地址", "must be an http(s) address")),
    Means.FILE: (
        re.compile(r"[\w-][\w.-]{0,79}"),
        Text("应为文件名（不含路径）", "must be the name of a file, without a path"),
    ),
}
"""What an address must look like for its means to reach it."""


def find_bad_address(contact: Contact, field: str) -> BadField | None:
    """Return what is wrong with a contact's address, or None."""
    form, text = _FORMS[contact.means]
    return None if form.fullmatch(contact.address) else BadField(field, "contact.address_unreachable", text)


Recipient = NotifiedRole | Contact
"""Whoever holds a role for a unit when it is written, or one person by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that has to be told to somebody; `unit` narrows a role, None is the whole city's."""

    order_id: UUID | None
    recipient: Recipient
    unit: str | None
    subject: str
    text: str
    kind: NotificationKind


EVERYWHERE = ""
"""The unit whose contacts stand in where a unit has nobody of its own in a role."""

Directory = Mapping[tuple[str, str], Sequence[Contact]]
"""Contacts by unit and role."""

NOBODY_HOLDS_ROLE = "no_contact"
"""Why a notice is given up at once: nobody stands in that role's place. An alarm, not a silence."""

MOST_ATTEMPTS = 12
"""With pauses from ten seconds to half an hour this is a little over two hours; then a person must look."""


def contacts_of(notice: Notice, directory: Directory) -> Sequence[Contact]:
    """Return the people whom a notice goes to: the unit's own in that role, else the city's; maybe nobody."""
    if isinstance(notice.recipient, Contact):
        return [notice.recipient]
    role = str(notice.recipient)
    return directory.get((notice.unit or EVERYWHERE, role)) or directory.get((EVERYWHERE, role)) or []


def without_identity(notice: Notice, identities: Iterable[str | None]) -> Notice:
    """Return the notice without the reporter of a misconduct report: a message may end up on any desk."""
    known = list(identities)
    return replace(notice, subject=without_reporter(notice.subject, known), text=without_reporter(notice.text, known))


@dataclass(frozen=True, slots=True)
class Next:
    """Where a notification stands after an attempt; `due_at` is the next one's time while it is pending."""

    status: NotificationStatus
    due_at: datetime | None


def after_attempt(outcome: Outcome, *, number: int, pause: timedelta, now: datetime) -> Next:
    """Decide what comes after the `number`-th attempt: done, given up, or again after `pause`."""
    if outcome is Outcome.DELIVERED:
        return Next(NotificationStatus.DELIVERED, None)
    if outcome is Outcome.REFUSED or number >= MOST_ATTEMPTS:
        return Next(NotificationStatus.GIVEN_UP, None)
    return Next(NotificationStatus.PENDING, now + pause)
