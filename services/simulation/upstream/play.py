"""The whole simulation: draws the plans, lets all orders live, some dozens at a time, and checks what is told back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic

from services.simulation.progress import Progress, show_progress
from services.simulation.upstream.city import City
from services.simulation.upstream.ledger import Ledger
from services.simulation.upstream.plan import Plan, draw_plans
from services.simulation.upstream.stories import Stories
from services.simulation.upstream.told import check_told, find_last
from services.simulation.upstream.wire import Wire

BATCH = 20


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """What to play and where. `keys`: the Standard Webhooks secrets, the old one first; `token`: a desk's that may do
    everything; `together`: lives that go on at a time.
    """

    base_url: str
    keys: Sequence[str]
    token: str
    orders: int = 5_000
    seed: int = 7
    together: int = 32
    is_quiet: bool = False


@dataclass(frozen=True)
class Verdict:
    """What came of it; no mismatch is right."""

    ledger: Ledger
    orders: int
    finished: int
    messages: int
    repeated: int
    seconds: float

    @property
    def is_good(self) -> bool:
        """Say whether every order came to its end and every answer was as promised."""
        return not self.ledger.mismatch_count and self.finished == self.orders


async def simulate(what: Simulation) -> Verdict:
    """Play the platform and the province; return the verdict."""
    ledger, started = Ledger(), monotonic()
    dice = Random(f"{what.seed} wire")  # noqa: S311 - a game, not a secret
    plans = draw_plans(what.orders, what.seed)
    async with Wire(what.base_url, what.keys, ledger, dice) as wire, City(what.base_url, what.token, ledger) as city:
        since = await find_last(city)
        stories = Stories(wire, city, ledger)
        with show_progress("platform", len(plans), is_quiet=what.is_quiet) as progress:
            await _live(stories, list(_grouped(plans)), what, progress)
        messages = await check_told(city, ledger, stories.told, since=since)
        return Verdict(ledger, len(plans), len(stories.told), messages, wire.repeated, monotonic() - started)


async def _live(stories: Stories, groups: Sequence[Sequence[Plan]], what: Simulation, progress: Progress) -> None:
    """Let all live; a batch begins together, and its orders go on each for itself."""
    turns, begun, total = asyncio.Semaphore(what.together), 0, sum(map(len, groups))

    async def go_on(plan: Plan, order: object) -> None:
        async with turns:
            await stories.go_on(plan, order)  # type: ignore[arg-type] # an answer's body

    async with asyncio.TaskGroup() as lives:
        for group in groups:
            async with turns:
                received = await stories.begin(group)
            for plan, order in received:
                lives.create_task(go_on(plan, order))
            begun += len(group)
            stories.wire.progress = begun / total
            progress.move_to(begun, f"{stories.ledger.mismatch_count} 处不符")


def _grouped(plans: Sequence[Plan]) -> Iterator[list[Plan]]:
    """Yield those that come in batches together, the others one by one, in their order."""
    batch: list[Plan] = []
    for plan in plans:
        if not plan.is_batched:
            yield [plan]
            continue
        batch.append(plan)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
