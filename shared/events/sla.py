"""What sla tells: promises at risk, kept and broken."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events import Event


class SlaEvent(Event):
    """Any event that sla speaks, about one clock of one order."""

    topic: ClassVar[str] = "sla"

    clock_id: UUID
    promise: str
    layer: str
    due_at: datetime


class PromiseWarned(SlaEvent):
    """A promise is at risk: most of its time is gone."""

    name: ClassVar[str] = "promise-warned"

    warned_at: datetime


class PromiseBreached(SlaEvent):
    """A promise was broken: its time ran out, or its end came late."""

    name: ClassVar[str] = "promise-breached"

    breached_at: datetime


class PromiseKept(SlaEvent):
    """A promise was kept; the limit itself still counts as kept (decision 17)."""

    name: ClassVar[str] = "promise-kept"

    stopped_at: datetime


class PromiseRevised(SlaEvent):
    """A fact that came late changed a verdict: what counted as broken was kept, or the other way round."""

    name: ClassVar[str] = "promise-revised"

    verdict: str
    """What counts now: met, breached, cancelled, or open when there is still time after all."""
    was: str = "breached"
    stopped_at: datetime | None
