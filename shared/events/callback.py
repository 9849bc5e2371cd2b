"""What callback tells: whether the customer was asked, and what the customer said."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events import Event
from shared.glossary import Satisfaction


class CallbackEvent(Event):
    """Any event that callback speaks."""

    topic: ClassVar[str] = "callback"

    plan_id: UUID


class CallbackPlanned(CallbackEvent):
    """A customer is to be called by a time."""

    name: ClassVar[str] = "callback-planned"

    plan: str
    due_at: datetime
    round: int = 1


class CallbackAttempted(CallbackEvent):
    """The customer was rung and not reached."""

    name: ClassVar[str] = "callback-attempted"

    attempted_at: datetime
    outcome: str
    attempt: int


class CallbackCompleted(CallbackEvent):
    """The customer answered the two questions: is the power back, and are you satisfied (requirement 003-023)."""

    name: ClassVar[str] = "callback-completed"

    called_back_at: datetime
    is_power_restored: bool | None = None
    """None when the order was no repair: then nobody asked."""
    satisfaction: Satisfaction
    service_satisfaction: Satisfaction
    opinion: str | None = None
    round: int = 1


class CallbackUnreachable(CallbackEvent):
    """Every attempt that the rule asks for was made; the customer could not be reached."""

    name: ClassVar[str] = "callback-unreachable"

    given_up_at: datetime
    attempts: int
    round: int = 1


class CallbackCancelled(CallbackEvent):
    """The call is no longer needed (the order came back, or the platform cancelled it)."""

    name: ClassVar[str] = "callback-cancelled"

    cancelled_at: datetime
    reason: str
