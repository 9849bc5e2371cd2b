"""Whether two addresses mean the same door: numbers must agree, names may be written a little differently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from rapidfuzz import fuzz

from services.intake.domain.addresses.parsing import Address

ALIKE = 85.0
"""Of 100: so alike two names of a place must be. One character of six may differ; 上柳村 and 下柳村 (67) are two."""

TELLING = frozenset("东西南北中上下前后左右大小新老内外甲乙丙丁一二三四五六七八九十")
"""Characters that tell one place from its neighbour: 东石桥村 and 西石桥村."""

LONG_ENOUGH = 3
"""A name of fewer characters is found inside too many others."""


class Nearness(IntEnum):
    """How near two addresses are to each other, the further the higher."""

    SAME_HOME = 1
    SAME_UNIT = 2
    SAME_BUILDING = 3
    UNKNOWN = 4
    """Too little is said in one of them."""
    DIFFERENT = 5


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near, and how alike the names are (0 to 100). `contradicts`: a number or a town says that it is elsewhere."""

    nearness: Nearness
    score: float
    contradicts: bool = False

    @property
    def is_same_home(self) -> bool:
        """Say whether both mean one home."""
        return self.nearness is Nearness.SAME_HOME

    @property
    def is_same_building(self) -> bool:
        """Say whether both hang on the stairs of one house at least."""
        return self.nearness <= Nearness.SAME_BUILDING


def compare(one: Address, other: Address) -> Likeness:
    """Compare two addresses; what one of them does not say speaks neither for nor against."""
    score = _score(one.place, other.place)
    if _differ(one.county, other.county) or _differ(one.town, other.town):
        return Likeness(Nearness.DIFFERENT, score, contradicts=True)
    if not one.place or not other.place or not one.is_numbered or not other.is_numbered:
        return Likeness(Nearness.UNKNOWN, score)
    differing = [a is not None and b is not None and a != b for a, b in zip(one.numbers, other.numbers, strict=True)]
    group, number, building, unit, room = differing
    is_contradicted = group or number or building
    if is_contradicted or score < ALIKE:
        return Likeness(Nearness.DIFFERENT, score, contradicts=is_contradicted)
    return Likeness(_nearness(one, other, unit=unit, room=room), score, contradicts=unit or room)


def are_told_apart(one: str, other: str) -> bool:
    """Say whether two names each have characters that tell places apart, and not the same: 东石桥村 and 西石桥村.

    Where one of them has none (人民路 and 人民东路) it may just not have been said.
    """
    said, also_said = _telling(one), _telling(other)
    return bool(said and also_said) and said != also_said


def _nearness(one: Address, other: Address, *, unit: bool, room: bool) -> Nearness:
    common = [a for a, b in zip(one.numbers, other.numbers, strict=True) if a is not None and a == b]
    if not common:
        return Nearness.UNKNOWN
    if unit:
        return Nearness.SAME_BUILDING
    is_whole = one.numbers == other.numbers
    is_home = is_whole and (one.room is not None or one.building is None)
    if is_home and not room and not _differ(one.floor, other.floor):
        return Nearness.SAME_HOME
    return Nearness.SAME_UNIT if one.building or other.building or one.unit or other.unit else Nearness.SAME_BUILDING


def _score(one: str, other: str) -> float:
    """Return how alike two names are: as good as one where the shorter stands in the longer whole.

    Names that differ in a character that tells places apart are two, however alike the rest is.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= LONG_ENOUGH and shorter in longer:
        return 100.0
    score = fuzz.ratio(one, other)
    return score if _telling(one) == _telling(other) else min(score, ALIKE - 1)


def _telling(name: str) -> list[str]:
    return [c for c in name if c in TELLING]


def _differ(one: str | None, other: str | None) -> bool:
    """Say whether two parts contradict each other; 界首 and 界首镇 do not."""
    return one is not None and other is not None and not one.startswith(other) and not other.startswith(one)
