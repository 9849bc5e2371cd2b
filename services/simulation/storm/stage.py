"""What all strangers of an evening share: the way to the system, the clock, who signs in as what, and the tallies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from services.simulation.clients import Origin, Refused, SignedIn, Silent
from services.simulation.county import County
from shared.clock import CatchUpClock, Clock


@dataclass(frozen=True)
class People:
    """Members of staff by what they do in the evening; one person may do several things."""

    agent: SignedIn
    dispatcher: SignedIn
    reviewer: SignedIn
    supervisor: SignedIn
    ops: SignedIn
    upstream_secret: str
    """The Standard Webhooks secret that the platform signs with."""


@dataclass
class Tally:
    """What the strangers did and what they were told; `surprises` should stay empty."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Journal:
    """A file with one order id a line, written the moment that its 201 arrived."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8") if path else None
        self.ids: list[str] = []

    def note(self, order_id: str) -> None:
        """Write an order down, at once."""
        self.ids.append(order_id)
        if self._file:
            self._file.write(order_id + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


@dataclass
class Stage:
    """One evening: from `started_at` for `minutes` of the clock's time."""

    origin: Origin
    people: People
    county: County
    clock: Clock
    seed: int
    started_at: datetime
    minutes: float
    journal: Journal
    tally: Tally = field(default_factory=Tally)

    @property
    def ends_at(self) -> datetime:
        """When the curtain falls."""
        return self.started_at + timedelta(minutes=self.minutes)

    @property
    def is_over(self) -> bool:
        """Whether the evening is over; a clock that has caught up with real time ends it early."""
        has_caught_up = isinstance(self.clock, CatchUpClock) and self.clock.has_caught_up()
        return has_caught_up or self.clock.now() >= self.ends_at

    def dice(self, purpose: str) -> Random:
        """Return dice of one's own, so that nobody's luck depends on who comes first."""
        return Random(f"{self.seed} {purpose}")  # noqa: S311 - a game, not a secret

    def at(self, minute: float) -> datetime:
        """Return the instant of a minute of the evening."""
        return self.started_at + timedelta(minutes=minute)

    async def wait_until(self, moment: datetime) -> None:
        """Return when the clock shows `moment`."""
        await self.clock.sleep(moment - self.clock.now())

    async def try_to(self, name: str, doing: Awaitable[None]) -> bool:
        """Do something; a refusal or a silence is counted and survived. Returns whether it was done."""
        try:
            await doing
        except Refused as refusal:
            self.tally.refused[f"{name}: {refusal.code}"] += 1
            if len(self.tally.surprises) < SURPRISES:
                self.tally.surprises.append(f"{name}: {refusal}")
            return False
        except Silent as silence:
            self.tally.refused[f"{name}: silent"] += 1
            self.tally.surprises.append(f"{name}: {silence}")
            return False
        self.tally.done[name] += 1
        return True


SURPRISES = 50
"""So many unexpected refusals are told in words; all are counted."""
