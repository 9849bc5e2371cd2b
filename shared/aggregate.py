"""What every aggregate has: an id, and a record of what happened to it that has not been told yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.events import Event


@dataclass(frozen=True)
class Told:
    """An event with the time at which it happened."""

    event: Event
    occurred_at: datetime
    trace: str = ""


@dataclass(kw_only=True, eq=False, slots=True)
class Aggregate:
    """A thing that changes as one, under one lock. Its rules call `tell`; saving it sends what was told."""

    id: UUID
    untold: list[Told] = field(default_factory=list, repr=False)

    def tell(self, event: Event, *, occurred_at: datetime) -> None:
        """Note that something happened; it leaves when the aggregate is saved, in the same transaction."""
        self.untold.append(Told(event, occurred_at))

    def take_untold(self) -> list[Told]:
        """Hand over what was noted, once."""
        told, self.untold = self.untold, []
        return told
