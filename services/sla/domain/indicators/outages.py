"""What a replay of real outages must give: counted from its orders exactly as the data's own oracle counts.

Days and hours are UTC, because the data's are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

ON_SITE_LIMITS = (45, 90, 120)
"""Minutes, inclusive."""

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000


@dataclass(frozen=True)
class Outage:
    """One outage as its order tells it; `extents` say how many customers were out from an instant on, in time order."""

    first_seen_at: datetime
    gone_at: datetime | None
    on_site_at: datetime | None
    extents: Sequence[tuple[datetime, int]] = field(default=())


@dataclass(frozen=True)
class OutageCounts:
    """The oracle's figures."""

    outages: int
    arrivals_per_day: dict[str, int]
    arrivals_peak_hour: tuple[str, int] | None
    peak_concurrent_outages_gaps_ignored: tuple[int, datetime] | None
    first_onsite_within_min_of_first_seen: dict[str, tuple[int, int]]
    customer_minutes_first_seen_to_gone: int


def count_outages(outages: Iterable[Outage]) -> OutageCounts:
    """Count a replay."""
    known = list(outages)
    seen = [outage.first_seen_at.astimezone(UTC) for outage in known]
    return OutageCounts(
        outages=len(known),
        arrivals_per_day=dict(sorted(Counter(f"{at:%Y-%m-%d}" for at in seen).items())),
        arrivals_peak_hour=_peak(Counter(f"{at:%Y-%m-%dT%H}" for at in seen)),
        peak_concurrent_outages_gaps_ignored=_most_at_once(known),
        first_onsite_within_min_of_first_seen=_on_site_within(known),
        customer_minutes_first_seen_to_gone=_divide_half_down(sum(map(_customer_time, known)), _MINUTE),
    )


def _peak(hours: Counter[str]) -> tuple[str, int] | None:
    return min(hours.items(), key=lambda hour: (-hour[1], hour[0]), default=None)


def _most_at_once(outages: Sequence[Outage]) -> tuple[int, datetime] | None:
    """Return the most outages out at once and when that was first reached; at one instant ends count before starts."""
    steps = [(o.first_seen_at, 1) for o in outages if o.gone_at] + [(o.gone_at, -1) for o in outages if o.gone_at]
    out, best = 0, None
    for at, step in sorted(steps):
        out += step
        if step > 0 and (best is None or out > best[0]):
            best = (out, at)
    return best


def _on_site_within(outages: Sequence[Outage]) -> dict[str, tuple[int, int]]:
    waits = [o.on_site_at - o.first_seen_at for o in outages if o.on_site_at and o.on_site_at > o.first_seen_at]
    return {
        str(limit): (sum(wait <= timedelta(minutes=limit) for wait in waits), len(waits)) for limit in ON_SITE_LIMITS
    }


def _divide_half_down(whole: int, part: int) -> int:
    """Divide exact sums; a half is dropped, as in the oracle, whose floats fall just short of one such half."""
    return -((part - 2 * whole) // (2 * part))


def _customer_time(outage: Outage) -> int:
    if outage.gone_at is None:
        return 0
    ends = [(at, customers) for at, customers in outage.extents if at < outage.gone_at] + [(outage.gone_at, 0)]
    return sum(customers * ((until - at) // _MICROSECOND) for (at, customers), (until, _) in pairwise(ends))
