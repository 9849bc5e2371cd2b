"""What a measurement says: figures with their spread, the limit beside them, the target, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

Verdict = Literal["ok", "short", "info", "skipped"]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile (`share` 0.99 is p99): a value that was really seen; raises on none."""
    if not values:
        raise ValueError("no values, no percentile")
    if not 0 < share <= 1:
        raise ValueError(f"a share lies in (0, 1], not {share}")
    return sorted(values)[math.ceil(share * len(values)) - 1]


@dataclass(frozen=True)
class Figure:
    """The median of several rounds, and the lowest and highest of them."""

    median: float
    low: float
    high: float
    rounds: int
    unit: str

    @classmethod
    def of(cls, values: Sequence[float], unit: str) -> Figure:
        """Sum up the rounds of one measurement."""
        return cls(median(values), min(values), max(values), len(values), unit)

    @classmethod
    def once(cls, value: float, unit: str) -> Figure:
        """Take one value as it is."""
        return cls.of([value], unit)

    @property
    def has_spread(self) -> bool:
        """Whether there was more than one round to differ."""
        return self.rounds > 1


@dataclass(frozen=True)
class Target:
    """What the figure has to reach: at least so many times the limit beside it, or at most so much."""

    kind: Literal["at_least_times", "at_least", "at_most"]
    value: float

    def is_met(self, figure: Figure, beside: Figure | None) -> bool:
        """Say whether the median reaches it; a target in times of something needs that something."""
        match self.kind:
            case "at_most":
                return figure.median <= self.value
            case "at_least":
                return figure.median >= self.value
            case "at_least_times":
                return beside is not None and figure.median >= self.value * beside.median


def times(value: float) -> Target:
    """At least `value` times the figure beside it."""
    return Target("at_least_times", value)


def at_most(value: float) -> Target:
    """At most `value`, in the figure's unit."""
    return Target("at_most", value)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. `beside` is the peer or limit, `against` names it; `note` says what a reader must know."""

    what: str
    figure: Figure | None
    command: str
    against: str = ""
    beside: Figure | None = None
    target: Target | None = None
    note: str = ""
    has_failed: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times the figure beside it, if there is one in the same unit."""
        if self.figure is None or self.beside is None or self.beside.unit != self.figure.unit:
            return None
        return self.figure.median / self.beside.median if self.beside.median else None

    @property
    def verdict(self) -> Verdict:
        """Whether the target was met; without a target a row is for information, and what broke falls short."""
        if self.figure is None:
            return "short" if self.has_failed else "skipped"
        if self.target is None:
            return "info"
        return "ok" if self.target.is_met(self.figure, self.beside) else "short"


def skipped(what: str, *, why: str, command: str) -> Row:
    """Make the row of something that could not be measured here."""
    return Row(what=what, figure=None, command=command, note=why)


def failed(what: str, *, why: str, command: str) -> Row:
    """Make the row of something that broke while it was measured: that falls short of any target."""
    return Row(what=what, figure=None, command=command, note=why, has_failed=True)


def as_json(row: Row) -> dict[str, Any]:
    """Write a row for the file of results."""
    return {
        "what": row.what,
        "figure": _figure_as_json(row.figure),
        "against": row.against,
        "beside": _figure_as_json(row.beside),
        "ratio": row.ratio,
        "target": {"kind": row.target.kind, "value": row.target.value} if row.target else None,
        "verdict": row.verdict,
        "note": row.note,
        "command": row.command,
    }


def _figure_as_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    names = ("median", "low", "high", "rounds", "unit")
    return {name: getattr(figure, name) for name in names}
