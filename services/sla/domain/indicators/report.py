"""What is divided: rates and means out of sums. Nothing out of nothing is no value, never 0 (requirement 001-010)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from services.sla.domain.clocks import ClockStatus
from services.sla.domain.indicators.tally import Durations, Returned, Tally
from services.sla.domain.promises import Layer
from shared.glossary import AreaType, BusinessType

_ARRIVAL = "repair_arrival_"
_MINUTE = 60_000_000
_PLACES = 6


@dataclass(frozen=True)
class ReturnRate:
    """退单率 of one level: the rate uses orders (件); the times (次) stand beside it (requirement 001-013)."""

    rate: float | None
    returned_orders: int
    return_times: int
    orders_returned_twice: int
    archived: int
    by_business_type: dict[BusinessType, int]


@dataclass(frozen=True)
class Verdicts:
    """How one promise was kept."""

    promise: str
    layer: Layer
    met: int
    breached: int
    on_time_rate: float | None


@dataclass(frozen=True)
class Indicators:
    """Everything that one period says of us."""

    orders: int
    merged: int
    declined: int
    arrivals: int
    mean_arrival_minutes: float | None
    arrival_on_time_rate: dict[Layer, float | None]
    restorations: int
    mean_restoration_minutes: float | None
    mean_restoration_minutes_by_area: dict[AreaType, float | None]
    callbacks_completed: int
    callbacks_unreachable: int
    satisfaction_rate: float | None
    commitment_fulfilment_rate: float | None
    archived: int
    returns: dict[Returned, ReturnRate]
    promises: list[Verdicts]


def report(tally: Tally) -> Indicators:
    """Divide what was added up."""
    kept = _keeping(tally)
    restored = _together(tally.restorations.values())
    return Indicators(
        orders=tally.orders,
        merged=tally.merged,
        declined=tally.declined,
        arrivals=tally.arrivals.count,
        mean_arrival_minutes=_mean_minutes(tally.arrivals),
        arrival_on_time_rate={layer: _arrivals_on_time(kept, layer) for layer in (Layer.INT, Layer.EXT)},
        restorations=restored.count,
        mean_restoration_minutes=_mean_minutes(restored),
        mean_restoration_minutes_by_area={
            area: _mean_minutes(tally.restorations.get(area, Durations())) for area in AreaType
        },
        callbacks_completed=tally.callbacks.total(),
        callbacks_unreachable=tally.unreachable,
        satisfaction_rate=rate(tally.satisfied, tally.rated),
        commitment_fulfilment_rate=_rate_of(v for v in kept if v.layer is Layer.EXT),
        archived=tally.archived.total(),
        returns={level: return_rate(tally, level) for level in Returned},
        promises=kept,
    )


def return_rate(tally: Tally, level: Returned) -> ReturnRate:
    """Return 退单率 of one level: distinct orders returned, of all orders archived in the period."""
    by_type = Counter({kind: n for (of, kind), n in tally.returned_orders.items() if of is level and n})
    archived = tally.archived.total()
    return ReturnRate(
        rate=rate(by_type.total(), archived),
        returned_orders=by_type.total(),
        return_times=tally.return_times[level],
        orders_returned_twice=tally.returned_twice[level],
        archived=archived,
        by_business_type=dict(sorted(by_type.items())),
    )


def rate(part: int, whole: int) -> float | None:
    """Return the part of the whole as a fraction, or None when there is no whole."""
    return round(part / whole, _PLACES) if whole else None


def _keeping(tally: Tally) -> list[Verdicts]:
    kept: list[Verdicts] = []
    for promise, layer in sorted({(promise, layer) for promise, layer, _ in tally.verdicts}):
        met = tally.verdicts[promise, layer, ClockStatus.MET]
        breached = tally.verdicts[promise, layer, ClockStatus.BREACHED]
        kept.append(Verdicts(promise, layer, met, breached, rate(met, met + breached)))
    return kept


def _arrivals_on_time(kept: list[Verdicts], layer: Layer) -> float | None:
    wanted = (
        v for v in kept if v.layer is layer and v.promise.startswith(_ARRIVAL) and v.promise != _ARRIVAL + "record"
    )
    return _rate_of(wanted)


def _rate_of(verdicts: Iterable[Verdicts]) -> float | None:
    chosen = list(verdicts)
    met = sum(v.met for v in chosen)
    return rate(met, met + sum(v.breached for v in chosen))


def _together(parts: Iterable[Durations]) -> Durations:
    known = list(parts)
    return Durations(sum(d.count for d in known), sum(d.microseconds for d in known))


def _mean_minutes(durations: Durations) -> float | None:
    return round(durations.microseconds / durations.count / _MINUTE, _PLACES) if durations.count else None
