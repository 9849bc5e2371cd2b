"""The questions of a fault call, and what they say: guide the caller by phone, or send somebody (003-016 to 003-019).

One home without light, its breaker tripped or its fuse burnt, is mostly the caller's own and quickly mended on the
phone. Whatever is unsure, dangerous or larger goes out as an order at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import Text
from shared.glossary import OutageScope, Word


class Said(Word):
    """What a caller answers to a question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Verdict(Word):
    """What follows from the answers."""

    GUIDE_BY_PHONE = "guide_by_phone"
    DISPATCH = "dispatch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Triage:
    """What the caller said; what was not asked is unknown."""

    do_neighbours_have_power: Said = Said.UNKNOWN
    is_breaker_tripped: Said = Said.UNKNOWN
    is_fuse_blown: Said = Said.UNKNOWN
    is_danger_seen: Said = Said.UNKNOWN

    @property
    def is_fixable_by_caller(self) -> bool:
        """Say whether the fault is one that a caller can mend under guidance (requirement 003-018)."""
        is_found = Said.YES in (self.is_breaker_tripped, self.is_fuse_blown)
        return is_found and self.is_danger_seen is not Said.YES and self.do_neighbours_have_power is not Said.NO


SCOPE_QUESTION = Text(
    "只有您一家停电了，还是单元楼、整个小区都停电了？",
    "is it only your home that is out, or the unit, or the whole estate?",
)
QUESTIONS: Mapping[str, Text] = {
    "do_neighbours_have_power": Text("您的邻居家里有电吗？", "do your neighbours have power?"),
    "is_breaker_tripped": Text("请看一下您家的开关是否跳闸？", "please look: has your breaker tripped?"),
    "is_fuse_blown": Text("保险是否烧断？", "is the fuse burnt?"),
    "is_danger_seen": Text(
        "有没有冒火、焦味或者断线？请先远离。",
        "do you see sparks, a burnt smell or a broken wire? please keep away from it.",
    ),
}
"""In the order of asking; the fields of `Triage`."""


def judge(scope: OutageScope | None, triage: Triage | None) -> Verdict:
    """Return what to do; whoever is unsure sends somebody (requirement 003-019)."""
    is_alone = scope is OutageScope.SINGLE_HOUSEHOLD
    if is_alone and triage is not None and triage.is_fixable_by_caller:
        return Verdict.GUIDE_BY_PHONE
    return Verdict.DISPATCH


def open_questions(scope: OutageScope | None, triage: Triage | None) -> list[str]:
    """Name the questions of `QUESTIONS` that are still to be asked; only one home alone is asked them."""
    if scope is not OutageScope.SINGLE_HOUSEHOLD:
        return []
    known = triage or Triage()
    return [name for name in QUESTIONS if getattr(known, name) is Said.UNKNOWN]
