"""The contract between contexts: every event, declared once, owned by the service that speaks it.

Schemas are committed under `docs/events/` and only grow: a listener ignores what it does not know, and no field that a
listener may read is ever taken away or changes its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.bus import Message


class Event(BaseModel):
    """Something that happened, in the words of the context that knows of it.

    A subclass names itself as the user names it (`order-created`) and its context (`topic`); its docstring is its
    summary in the AsyncAPI document. The moment it happened travels beside it, in the envelope.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ClassVar[str]
    topic: ClassVar[str]

    order_id: UUID
    """The order that this is about; the key that keeps one order's events in order."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Enter the event into the registry, under the name that it goes by on the wire."""
        super().__init_subclass__(**kwargs)
        if name := cls.__dict__.get("name"):
            if name in REGISTRY:
                raise TypeError(f"two events are named {name}")
            REGISTRY[name] = cls


REGISTRY: dict[str, type[Event]] = {}
"""Every event there is, by its name; filled by importing the modules of this package."""

E_co = TypeVar("E_co", bound=Event, covariant=True)


@dataclass(frozen=True)
class Fact(Generic[E_co]):
    """An event as it reaches a listener: what happened, when it happened and when we learned of it."""

    id: UUID
    event: E_co
    occurred_at: datetime
    recorded_at: datetime
    trace: str = ""


def to_message(fact: Fact[Event]) -> Message:
    """Put a fact into the envelope that the bus carries."""
    return Message(
        id=fact.id,
        topic=fact.event.topic,
        type=fact.event.name,
        key=str(fact.event.order_id),
        occurred_at=fact.occurred_at,
        recorded_at=fact.recorded_at,
        data=fact.event.model_dump_json().encode(),
        trace=fact.trace,
    )


def from_message(message: Message) -> Fact[Event]:
    """Read a fact out of its envelope.

    KeyError for a name that nobody declared, pydantic's ValidationError for a body that does not fit.
    """
    return Fact(
        id=message.id,
        event=REGISTRY[message.type].model_validate_json(message.data),
        occurred_at=message.occurred_at,
        recorded_at=message.recorded_at,
        trace=message.trace,
    )
