"""The word lists in force on a day. They are data: a new version is a new entry in its file, and no code changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cache
from importlib import resources
from re import Pattern
from typing import Any

from services.intake.domain.reply_quality.spelling import pattern_of, simplify
from shared.errors import Text
from shared.glossary import Word
from shared.zone import SHANGHAI

_FOLDER = resources.files("services.intake.domain.reply_quality.words")


class ListName(Word):
    """The lists that there are, each a file in `words/` of the same name, which says what it is for and its source."""

    FORBIDDEN = "forbidden_phrases"
    UNWELCOME = "unwelcome_phrases"
    DEROGATORY = "derogatory_words"
    TYPOS = "typos"
    OPINION = "opinion_words"
    DISSATISFIED = "dissatisfied_words"
    ACTION = "action_words"
    VAGUE = "vague_phrases"
    UNREACHABLE = "unreachable_phrases"
    UNHANDLED = "unhandled_phrases"
    CONFIRMS = "confirm_phrases"
    DENIES = "deny_phrases"
    NEGATION = "negations"
    HYPOTHETICAL = "hypotheticals"
    CLAIM_REPORT = "claim_reports"
    INVESTIGATION = "investigations"
    COMPANY_FAULT = "company_fault_phrases"
    COMPANY_BLAMED = "company_blame_phrases"
    COMPANY_CLEARED = "company_clear_phrases"
    CUSTOMER_CAUSE = "customer_cause_phrases"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a claim may be about: words that raise it, words that answer it, words that confirm that it happened."""

    code: str
    name: Text
    claims: Pattern[str]
    answers: Pattern[str]
    events: Pattern[str]


@dataclass(frozen=True, eq=False)
class WordLists:
    """Every list as it is in force; `versions` says which version each one is. Compared by identity: build few."""

    words: Mapping[ListName, frozenset[str]]
    topics: tuple[Topic, ...]
    versions: Mapping[str, str]
    corrections: Mapping[str, str] = field(default_factory=dict)
    """What is meant by each word of `typos`."""

    def changed(self, name: ListName, *, add: frozenset[str], remove: frozenset[str], version: str) -> WordLists:
        """Return these lists with one of them changed, as an installation's own policy may (001-046: configurable)."""
        gained, lost = frozenset(map(simplify, add)), frozenset(map(simplify, remove))
        words = {**self.words, name: (self.words[name] | gained) - lost}
        return replace(self, words=words, versions={**self.versions, name: f"{self.versions[name]}+{version}"})


def lists_in_force(moment: datetime) -> WordLists:
    """Return the lists that hold at a moment, by its day in Shanghai; before the first version, the first."""
    begun = [since for since in _beginnings() if since <= moment]
    return _build((begun or _beginnings())[-1 if begun else 0].date())


@cache
def _build(day: date) -> WordLists:
    held = {name: _version_on(name, day) for name in (*ListName, "topics")}
    words: dict[ListName, frozenset[str]] = {}
    corrections: dict[str, str] = {}
    for name in ListName:
        pairs = [word.partition("=") for word in held[name]["words"]]
        words[name] = frozenset(wrong for wrong, _, _ in pairs)
        corrections |= {wrong: right for wrong, _, right in pairs if right}
    topics = tuple(_topic(raw) for raw in held["topics"]["topics"])
    return WordLists(words, topics, {str(n): version["version"] for n, version in held.items()}, corrections)


def _topic(raw: Mapping[str, Any]) -> Topic:
    patterns = {name: pattern_of(raw[name]) for name in ("claims", "answers", "events")}
    return Topic(code=raw["code"], name=Text(raw["zh"], raw["en"]), **patterns)


def _version_on(name: str, day: date) -> dict[str, Any]:
    versions = sorted(_read(name), key=lambda version: str(version["valid_from"]))
    begun = [version for version in versions if date.fromisoformat(version["valid_from"]) <= day]
    return begun[-1] if begun else versions[0]


@cache
def _beginnings() -> list[datetime]:
    """Return the midnights in Shanghai at which a version of some list begins."""
    days = {date.fromisoformat(version["valid_from"]) for name in (*ListName, "topics") for version in _read(name)}
    return [datetime.combine(day, time(), SHANGHAI) for day in sorted(days)]


@cache
def _read(name: str) -> list[dict[str, Any]]:
    """Read a list's file: part of the package, as the code is."""
    versions: list[dict[str, Any]] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))["versions"]
    return versions
