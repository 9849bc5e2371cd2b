"""One notification on its way to one person, and what an attempt came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.notifying import Means, Next, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a sender is given. The id is the same at every attempt, so that a receiver knows it again."""

    id: UUID
    kind: str
    name: str
    address: str
    subject: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What one attempt came to; `detail` is for the delivery log and holds nobody's address."""

    outcome: Outcome
    sender: str
    detail: str


@dataclass(frozen=True, slots=True)
class Due:
    """A notification whose time has come, and the how-manieth attempt this is."""

    message: Message
    means: Means
    number: int
    order_id: UUID | None


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt and what follows from it."""

    due: Due
    sent: Sent
    next: Next
