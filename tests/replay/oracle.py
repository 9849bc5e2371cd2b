"""Counts a file of outages straight from its lines, as its own documentation says; shares no code with Relight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

LIMITS = (45, 90, 120)
ON_SITE = ("assess_onsite", "repair_onsite")


def count(outages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the six figures under the oracle's names."""
    seen = [outage["first_seen_at"] for outage in outages]
    hours = Counter(moment[:13] for moment in seen)
    busiest = max(hours, key=lambda hour: (hours[hour], [-ord(c) for c in hour]))
    return {
        "outages": len(outages),
        "arrivals_per_day": dict(sorted(Counter(moment[:10] for moment in seen).items())),
        "arrivals_peak_hour": [busiest, hours[busiest]],
        "peak_concurrent_outages_gaps_ignored": most_at_once(outages),
        "first_onsite_within_min_of_first_seen": on_site_within(outages),
        "customer_minutes_first_seen_to_gone": round(sum(customer_minutes(outage) for outage in outages)),
    }


def most_at_once(outages: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the most outages at once and when that was first so; an end counts before a start."""
    turns = [(o["first_seen_at"], 1) for o in outages if o["gone_at"]]
    turns += [(o["gone_at"], -1) for o in outages if o["gone_at"]]
    out, most, when = 0, 0, ""
    for moment, turn in sorted(turns):
        out += turn
        if out > most:
            most, when = out, moment
    return [most, when]


def on_site_within(outages: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    """Return how many first crews were on site within each limit, of how many that came after the first sight."""
    waits: list[float] = []
    for outage in outages:
        arrivals = [at for at, kind, value in outage["events"] if kind == "crew" and value in ON_SITE]
        if arrivals and arrivals[0] > outage["first_seen_at"]:
            waits.append(minutes(outage["first_seen_at"], arrivals[0]))
    return {str(limit): [sum(wait <= limit for wait in waits), len(waits)] for limit in LIMITS}


def customer_minutes(outage: Mapping[str, Any]) -> float:
    """Return the customers that were out, summed over the minutes until the outage was gone."""
    steps = [(at, value) for at, kind, value in outage["events"] if kind == "customers"]
    ends = [at for at, _ in steps[1:]] + [outage["gone_at"]]
    return sum(float(value) * minutes(at, end) for (at, value), end in zip(steps, ends, strict=True))


def minutes(start: str, end: str) -> float:
    """Return the minutes between two instants."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 60
