"""How long to wait before the next try: growing pauses with jitter, so that many waiters do not return together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """Pauses that double from `first` up to `longest`, each shortened by up to `jitter` (0 to 1) of itself."""

    first: timedelta
    longest: timedelta
    jitter: float = 0.2

    def pause(self, attempt: int) -> timedelta:
        """Return the pause after the `attempt`-th failure (the first failure is 1)."""
        full: timedelta = min(self.first * 2 ** min(attempt - 1, 30), self.longest)
        return full * (1 - self.jitter * random.random())  # noqa: S311 - spreads load, guards nothing
