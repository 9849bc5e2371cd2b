"""The only place that reads the machine's clock: time is a dependency, handed in at the doors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from shared.zone import SHANGHAI, format_z

__all__ = ["SHANGHAI", "CatchUpClock", "Clock", "SystemClock", "format_z"]


class Clock(Protocol):
    """Tells the time, always aware UTC, and waits for some of it to pass."""

    def now(self) -> datetime:
        """Return this instant."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` of this clock's time has passed."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return this instant."""
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""
        await asyncio.sleep(max(duration.total_seconds(), 0))


@dataclass(frozen=True)
class CatchUpClock:
    """A clock that set out in the past and runs faster until it has caught up with the machine's.

    Demonstrations play an evening in a minute through the real system: timers, promises and reports all read this
    one clock. Once caught up it is the system clock for ever, so a demonstration can simply keep serving.

    `started_at` is the machine's time at which the clock read `set_out_at`; `speed` (> 1) is how many of its seconds
    pass in one real one.
    """

    started_at: datetime
    set_out_at: datetime
    speed: float

    def now(self) -> datetime:
        """Return this clock's instant, never later than the machine's."""
        real = datetime.now(UTC)
        return min(self.set_out_at + (real - self.started_at) * self.speed, real)

    def has_caught_up(self) -> bool:
        """Say whether this clock has become the machine's."""
        real = datetime.now(UTC)
        return self.set_out_at + (real - self.started_at) * self.speed >= real

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` of this clock's time has passed, at whatever speed it runs meanwhile."""
        until = self.now() + duration
        while (left := (until - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(left if self.has_caught_up() else min(left / self.speed, 1.0))
