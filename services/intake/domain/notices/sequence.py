"""限电序位表: which feeders are shed first, approved and announced before it is needed (004-021, 004-022)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SequenceTable:
    """One version of a table: `feeders` in the order in which they go."""

    code: str
    version: int
    approved_by: str
    approved_at: datetime
    announced_at: datetime
    feeders: Sequence[str]

    def unknown(self, shed: Collection[str]) -> list[str]:
        """Return those of `shed` that the table does not name: nobody approved that they go."""
        return sorted(set(shed) - set(self.feeders))

    def passed_over(self, shed: Collection[str]) -> list[str]:
        """Return the feeders that would have had to go before the last one of `shed`, and do not."""
        places = [place for place, feeder in enumerate(self.feeders) if feeder in shed]
        return [feeder for feeder in self.feeders[: max(places)] if feeder not in shed] if places else []
