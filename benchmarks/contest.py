"""Contestants take turns, round by round, so that whatever else the machine does meanwhile falls on all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from benchmarks.figures import Figure

Contestant = Callable[[], Awaitable[float]]


async def take_turns(contestants: Mapping[str, Contestant], *, rounds: int, unit: str) -> dict[str, Figure]:
    """Let each contestant do its round in the order given, `rounds` times; return the figure of each."""
    values: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            values[name].append(await contestant())
    return {name: Figure.of(found, unit) for name, found in values.items()}
