"""Noticing a reader that has stopped silently: messages wait, it asks for them, and gets nothing for too long.

aiokafka can come to this after a rebalance, without any error. Who is merely slow, or asks for nothing, is not meant.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable


class StallWatch:
    """Compares what is seen of each partition over time; all times are seconds of one monotonic clock."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._behind: dict[Hashable, tuple[int, float]] = {}
        self._asked_in_vain: dict[Hashable, float] = {}

    def saw(self, place: Hashable, *, position: int, end: int, at: float) -> None:
        """Note where the reader stands in a partition and where that partition ends."""
        known = self._behind.get(place)
        if position >= end:
            self._behind.pop(place, None)
        elif known is None or known[0] != position:
            self._behind[place] = (position, at)

    def asked_in_vain(self, places: Iterable[Hashable], *, at: float) -> None:
        """Note that the reader wanted more than it got, and got nothing of these."""
        self._asked_in_vain.update(dict.fromkeys(places, at))

    def forget(self) -> None:
        """Start anew: the partitions were shared out again."""
        self._behind.clear()
        self._asked_in_vain.clear()

    def stalled(self) -> list[Hashable]:
        """Return the partitions that were asked in vain although, long before, messages were waiting there."""
        return [
            place
            for place, (_, since) in self._behind.items()
            if self._asked_in_vain.get(place, since) - since >= self._patience
        ]
