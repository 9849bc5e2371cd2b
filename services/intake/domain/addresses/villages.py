"""A village name that several towns bear: the caller is asked which one, and nobody guesses (issue 3, point 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.intake.domain.addresses.parsing import HAN, read_address

LONGEST_NAME = 8
_NAMED = re.compile(f"([{HAN}]{{1,{LONGEST_NAME}}}?)(村委会|社区|村|屯|嘎查)")
SHORTEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """One village or neighbourhood of the register: `name` in `town` of `county` (`adcode`: six digits)."""

    adcode: str
    county: str
    town: str
    name: str


@lru_cache(maxsize=8192)
def names_in(text: str) -> frozenset[str]:
    """Return every name in an address that may be a village's: 在东风村 gives 在东风村 and 东风村."""
    address = read_address(text)
    return frozenset(
        found[1][start:] + ending
        for found in _NAMED.finditer(address.place)
        for ending in (found[2], *(("村",) if found[2] == "村委会" else ()))
        for start in range(len(found[1]))
        if len(found[1]) - start + len(ending) >= SHORTEST + 1
    )


def find_places(text: str, register: Mapping[str, Sequence[Village]]) -> list[Village]:
    """Return the villages that an address may mean: none if it names no known one, one if it is clear which.

    The longest name that the register knows counts; a county or town that is named leaves only those in it.
    """
    known = max((name for name in names_in(text) if name in register), key=len, default=None)
    if known is None:
        return []
    address = read_address(text)
    meant = list(register[known])
    for part, said in (("county", address.county), ("town", address.town)):
        if said is not None:
            within = [v for v in meant if _means(getattr(v, part), said)]
            # A county-level city is also the name of what lies around it: what fits nobody narrows nothing.
            meant = within or ([] if part == "town" else meant)
    return meant


def _means(name: str, said: str) -> bool:
    return name.startswith(said.rstrip("镇乡市县区")) or said.startswith(name)
