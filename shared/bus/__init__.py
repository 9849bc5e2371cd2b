"""The bus in words: what a message is, and what publishing and subscribing promise.

The promise, the same on every bus (one contract suite holds each of them to it):

- *At least once.* `publish` returns only when the messages are durable. What was not acknowledged is delivered again,
  after a crash too; the inbox makes that once in effect.
- *In order per key.* Messages of one key arrive in the order in which they were published; across keys, in none.
- *Shared work.* Subscribers of one group share the messages; those of different groups each get all of them. When a
  subscriber comes, leaves or dies, its keys move to the others.
- *Back-pressure.* A subscriber gets no more than it asked for; what it does not fetch waits on the bus.
- *Bounded.* A broker that does not answer makes every step raise `Unavailable` before long; none hangs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class Message:
    """One event on its way. `topic` is the speaking service's name, `key` (order or incident id) keeps order."""

    id: UUID
    topic: str
    type: str
    key: str
    occurred_at: datetime
    recorded_at: datetime
    data: bytes
    """The event's body, JSON."""
    trace: str = ""
    """W3C `traceparent` of the request that caused it, or empty."""


@dataclass(frozen=True)
class Batch:
    """What one fetch brought, in order per key. `receipt` is the bus's own word on how far this goes."""

    messages: Sequence[Message]
    receipt: Any = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return bool(self.messages)


class Publisher(Protocol):
    """The way onto the bus."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Make the messages durable, in the order given; raises, and promises nothing, if it cannot."""
        ...

    async def close(self) -> None:
        """Leave in bounded time, broker or no broker."""
        ...


class Subscriber(Protocol):
    """One member of a group, reading some of the group's keys."""

    async def fetch(self, *, most: int, wait: timedelta) -> Batch:
        """Return up to `most` messages that follow the last fetch, or an empty batch after `wait` without news."""
        ...

    async def acknowledge(self, batch: Batch) -> None:
        """Record that the group is done with the batch; call it only after the effects are committed."""
        ...

    async def rewind(self, batch: Batch) -> None:
        """Give the batch back: the next fetch brings it again, from its first message."""
        ...

    async def lag(self) -> Lag:
        """Tell how far this member's share of the group is behind."""
        ...

    async def close(self) -> None:
        """Leave the group in bounded time, so that others take over at once."""
        ...


@dataclass(frozen=True)
class Lag:
    """How far behind a subscriber is, over the keys that it holds right now."""

    messages: int
    oldest_recorded_at: datetime | None
    """When the oldest message that still waits was recorded; None when nothing waits."""


class Bus(Protocol):
    """Makes publishers and subscribers, and knows whether its broker answers."""

    async def start(self) -> None:
        """Connect; raises if the broker cannot be reached in bounded time."""
        ...

    def publisher(self) -> Publisher:
        """Return this process's publisher."""
        ...

    async def subscriber(self, *, group: str, topics: Sequence[str]) -> Subscriber:
        """Join `group`, reading `topics` from where the group last acknowledged (from the beginning, if never)."""
        ...

    async def trim(self, *, older_than: timedelta) -> int:
        """Let go of what every group has acknowledged and is older; a broker that does it itself returns 0."""
        ...

    async def check(self) -> None:
        """Raise if the broker does not answer; used by `/readyz`."""
        ...

    async def close(self) -> None:
        """Close every publisher and subscriber that this bus made."""
        ...
