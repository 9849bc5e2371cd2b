"""Whatever comes, in whatever order, as often as it likes: the books and the bare facts give the same indicators."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.events import Fact
from shared.glossary import AreaType, ReturnLevel
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN
from tests.sla.watch import Watch

Maker = Callable[[UUID, UUID, datetime], Fact[Any]]

INTAKE: list[Maker] = [
    lambda order, _, at: tell.accepted(order, at),
    lambda order, _, at: tell.declined(order, at),
    lambda order, _, at: tell.returned(order, at),
    lambda order, _, at: tell.returned(order, at, level=ReturnLevel.PROVINCE, to_round=3),
    lambda order, _, at: tell.reopened(order, at),
    lambda order, _, at: tell.called_back(order, at),
    lambda order, _, at: tell.called_back(order, at, satisfaction=None),
    lambda order, _, at: tell.archived(order, at),
    lambda order, _, at: tell.cancelled(order, at),
]
DISPATCH: list[Maker] = [
    tell.assigned,
    tell.assigned,
    tell.crew_received,
    tell.refused,
    tell.departed,
    tell.arrived,
    tell.arrived,
    tell.repaired,
    tell.replied,
    lambda order, task, at: tell.restored(order, at, task_id=task),
    lambda order, _, at: tell.restored(order, at),
    lambda order, _, at: tell.merged(order, order, at),
    lambda order, _, at: tell.assessed(order, at, AreaType.RURAL),
    lambda order, _, at: tell.extent(order, at, 10),
]


def make_stories(chance: random.Random, origin: str) -> list[list[Fact[Any]]]:
    """Make what intake and dispatch tell of a few orders: two lines each, whose own order the bus keeps."""
    lines: list[list[Fact[Any]]] = []
    for _ in range(chance.randint(1, 4)):
        order_id, tasks = new_id(), [new_id(), new_id()]
        created = tell.order(
            order_id,
            TEN,
            origin=origin,
            origin_no=str(order_id),
            area_type=chance.choice(list(AreaType)),
            is_late_entry=chance.random() < 0.3,
            customers_affected=chance.randint(0, 50),
        )
        for start, makers in (([created], INTAKE), ([], DISPATCH)):
            chosen = [chance.choice(makers) for _ in range(chance.randint(0, 9))]
            times = [TEN + timedelta(seconds=chance.randint(0, 12_000)) for _ in chosen]
            made = zip(chosen, times, strict=True)
            lines.append([*start, *(maker(order_id, chance.choice(tasks), time) for maker, time in made)])
    return lines


def weave(chance: random.Random, lines: list[list[Fact[Any]]]) -> list[Fact[Any]]:
    """Mix the lines, each keeping its own order, and let some facts come twice."""
    left = [list(line) for line in lines if line]
    woven: list[Fact[Any]] = []
    while left:
        line = chance.choice(left)
        woven.append(line.pop(0))
        left = [line for line in left if line]
        if chance.random() < 0.2:
            woven.append(chance.choice(woven))
    return woven


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(min_value=0, max_value=2**32))
async def test_the_books_agree_with_the_facts_alone(watch: Watch, seed: int) -> None:
    chance = random.Random(seed)
    origin = f"seed {seed} {new_id()}"
    woven = weave(chance, make_stories(chance, origin))

    watch.clock.moment = TEN
    while woven:
        size = chance.randint(1, 8)
        await watch.hear(*woven[:size])
        woven = woven[size:]
        if chance.random() < 0.5:
            await watch.look(watch.clock.moment + timedelta(minutes=chance.randint(0, 40)))
    await watch.retry()
    assert await watch.reasons() == []

    for end in ("2026-11-24", "2026-11-25"):
        await watch.indicators("2026-11-23", end, origin=origin)
    outages = [
        (await watch.call("GET", "/indicators/outages", params={"origin": origin, "recompute": how})).json()
        for how in ("false", "true")
    ]
    assert outages[0] == outages[1]
