"""Which open orders a person should ask about: their addresses are alike, though no key led from one to the other.

A caller says the place a little differently, or a name was misheard. That is no ground for closing somebody's order, so
nothing is linked here: whoever sits at the desk is shown what may be meant, and asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from services.intake.domain.addresses import Address, compare
from services.intake.domain.addresses.likeness import ALIKE, Likeness, Nearness, are_told_apart
from services.intake.domain.addresses.numerals import with_digits
from services.intake.domain.duplicates.recognition import SOMEWHERE_ELSE
from services.intake.domain.duplicates.report import Report
from services.intake.domain.search import Wanted, fold, narrow
from shared.glossary import Word

MOST = 20
"""More than these nobody asks about while a caller waits."""


class Resemblance(Word):
    """How near an address that may be meant is, the nearest first."""

    SAME_HOME = "same_home"
    SAME_UNIT = "same_unit"
    SAME_BUILDING = "same_building"
    LITTLE_SAID = "little_said"
    """One name, and no number that both of them say."""
    OTHER_NAME = "other_name"
    """The same numbers under a name that is only like the other: misheard, or written otherwise."""


_ORDER = {resemblance: place for place, resemblance in enumerate(Resemblance)}
_NEAR = {
    Nearness.SAME_HOME: Resemblance.SAME_HOME,
    Nearness.SAME_UNIT: Resemblance.SAME_UNIT,
    Nearness.SAME_BUILDING: Resemblance.SAME_BUILDING,
}


@dataclass(frozen=True, slots=True)
class Alike:
    """An open order whose caller may mean the same place; `score`: how alike the names are, 0 to 100."""

    report: Report
    resemblance: Resemblance
    score: float


def rank_alike(report: Report, others: Iterable[Report], *, within: timedelta) -> list[Alike]:
    """Return those of `others` that may be about the place of `report`, the nearest first, at most `MOST`.

    Only repairs that wait for light and were received `within` of it, before or after. Whoever names another number,
    another town, or a name that is told apart from this one (东 and 西) means another place.
    """
    found = [
        Alike(other, *resembles)
        for other in others
        if other.id != report.id and other.is_in_the_dark and abs(other.received_at - report.received_at) <= within
        if (resembles := _resemble(report.where, other.where))
    ]
    found.sort(key=lambda a: (_ORDER[a.resemblance], -a.score, abs(a.report.received_at - report.received_at)))
    return found[:MOST]


def name_terms(report: Report) -> list[str]:
    """Return by which terms of the search's index an order of a name like this place's is found."""
    return narrow(Wanted(words=(report.where.place,)))


def address_terms(report: Report) -> list[str]:
    """Return the terms of the whole address, as it was said and in digits: the more are shared, the likelier."""
    said = fold(report.address)
    return narrow(Wanted(words=(said, with_digits(said))))


def _resemble(one: Address, other: Address) -> tuple[Resemblance, float] | None:
    if not one.place or not other.place or _say_other_numbers(one, other):
        return None
    likeness = compare(one, other)
    if likeness.contradicts:
        return None
    resemblance = _NEAR.get(likeness.nearness) or _less_near(one, other, likeness)
    return (resemblance, likeness.score) if resemblance else None


def _less_near(one: Address, other: Address, likeness: Likeness) -> Resemblance | None:
    if likeness.score >= ALIKE:
        return Resemblance.LITTLE_SAID
    is_elsewhere = likeness.score < SOMEWHERE_ELSE or are_told_apart(one.place, other.place)
    return None if is_elsewhere or not _share_a_number(one, other) else Resemblance.OTHER_NAME


def _say_other_numbers(one: Address, other: Address) -> bool:
    """Say whether both name a part of the way to the door, and differently: another flat is another home."""
    return any(None not in (a, b) and a != b for a, b in zip(one.numbers, other.numbers, strict=True))


def _share_a_number(one: Address, other: Address) -> bool:
    return any(a is not None and a == b for a, b in zip(one.numbers, other.numbers, strict=True))
