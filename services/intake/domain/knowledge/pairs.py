"""Chinese text as pairs of characters, so that a trigram index finds words of two characters, or of one.

`pg_trgm` cuts words into threes and has nothing to look up for 电价. Written as pairs with blanks between them
(居民电价 as `居民 民电 电价 价`), each pair is a word of its own, whose trigrams the index knows; pairs that follow
each other are the phrase itself. Letters and digits stay whole words (`220v`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

RUN = re.compile(r"[㐀-䶿一-鿿]+|[^\W_㐀-䶿一-鿿]+")
"""Characters of Chinese that follow each other; or letters and digits that do."""

CHINESE = re.compile(r"[㐀-䶿一-鿿]")

_IN_EVERY_QUESTION = (
    "怎么 么办 如何 什么 为什 请问 我想 想问 问一 一下 可以 是否 能不 不能",
    "多少 哪里 哪些 需要 我家 我们 你们 的是 了吗 怎样 这个 那个 有没 没有 一个",
)
COMMON = frozenset(" ".join(_IN_EVERY_QUESTION).split(" "))
"""Pairs that every question has and that tell nothing of what it is about."""


def pair_up(text: str) -> str:
    """Return `text` as pairs with blanks around each of them: what is stored, and what a phrase is looked up as."""
    return f" {' '.join(_words(text))} "


def phrases_of(query: str) -> list[str]:
    """Return what each stretch of a query is looked up as: all of them must stand in an article's pairs.

    A single character finds every pair that begins with it. An empty list means that there is nothing to look for.
    """
    return [_phrase(run) for run in _runs(query)]


def probes_of(phrase: str) -> list[str]:
    """Return what an index is asked for a phrase: itself, or some of its pairs if it has too many to ask for each."""
    pairs = phrase.split()
    if len(pairs) <= MOST_PROBED:
        return [phrase]
    return [f" {pairs[at * (len(pairs) - 1) // (PROBES - 1)]} " for at in range(PROBES)]


MOST_PROBED = 3
PROBES = 3
"""Each pair costs the index three look-ups; three pairs of a phrase tell it from nearly everything that is not it."""


def telling_pairs(question: str, *, most: int = 40) -> list[str]:
    """Return the pairs of a whole question that say what it is about, each once, in their order."""
    told = dict.fromkeys(pair for run in _runs(question) for pair in _pairs(run) if pair not in COMMON)
    return list(told)[:most]


def _words(text: str) -> Iterator[str]:
    for run in _runs(text):
        yield from _pairs(run)
        if CHINESE.match(run):
            yield run[-1]  # so that the last character, too, begins a word


def _phrase(run: str) -> str:
    if not CHINESE.match(run) or len(run) == 1:
        return f" {run}"
    return f" {' '.join(_pairs(run))} "


def _runs(text: str) -> list[str]:
    return RUN.findall(unicodedata.normalize("NFKC", text).lower())


def _pairs(run: str) -> list[str]:
    if not CHINESE.match(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)]
