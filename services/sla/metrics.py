"""What operations see of sla. Counters count after the commit only; a revision takes nothing back from them."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from shared.events import Event
from shared.events.sla import PromiseBreached, PromiseWarned

_ARRIVAL_BUCKETS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 480, 1440)
_RESTORATION_BUCKETS = (15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880)

CLOCKS_OPEN = Gauge("relight_sla_clocks_open", "Promises whose time is running.", ["promise"])
BREACHES = Counter("relight_sla_breaches", "Promises found broken.", ["promise", "layer"])
WARNINGS = Counter("relight_sla_warnings", "Promises found at risk.", ["promise"])
LATENESS = Histogram(
    "relight_sla_timer_lateness_seconds",
    "Time from an alarm to the timer's noticing it.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 30),
)
ARRIVAL_MINUTES = Histogram(
    "relight_arrival_minutes", "From the first dispatch to the first arrival.", ["area_type"], buckets=_ARRIVAL_BUCKETS
)
RESTORATION_MINUTES = Histogram(
    "relight_restoration_minutes", "From arrival to light.", ["area_type"], buckets=_RESTORATION_BUCKETS
)
RETURN_RATE = Gauge(
    "relight_return_rate_ratio",
    "退单率 of a period, by who returned; absent when nothing was archived.",
    ["level", "period"],
)


def count(event: Event) -> None:
    """Count what was told, after it was committed."""
    if isinstance(event, PromiseBreached):
        BREACHES.labels(event.promise, event.layer).inc()
    elif isinstance(event, PromiseWarned):
        WARNINGS.labels(event.promise).inc()
