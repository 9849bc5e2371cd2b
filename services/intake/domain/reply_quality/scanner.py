"""Finds the words of all lists in one walk over a text, by a tree of characters, simplified or traditional."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from services.intake.domain.reply_quality.lists import ListName, WordLists
from services.intake.domain.reply_quality.spelling import simplify, spellings_of

HERE = ""
"""The key under which a node keeps the lists of the word that ends there."""

Node: TypeAlias = dict[str, Any]


class Hit(NamedTuple):
    """A word of a list in the text, from `start` to `end` (excluded)."""

    start: int
    end: int


class Scanner:
    """Knows every word of some lists; a word has two characters or more."""

    def __init__(self, lists: WordLists) -> None:
        self._root: Node = {}
        self._pairs: dict[str, Node] = {}
        """The nodes after two characters; most places of a text are passed over without a look into it."""
        for name, words in lists.words.items():
            for word in words:
                self._learn(simplify(word), name)
        for first, node in self._root.items():
            self._pairs.update({first + second: after for second, after in node.items()})
        firsts, seconds = (re.escape("".join(sorted({pair[at] for pair in self._pairs}))) for at in (0, 1))
        self._candidates = re.compile(f"[{firsts}](?=[{seconds}])").finditer

    def scan(self, text: str) -> dict[ListName, list[Hit]]:
        """Return every word by its lists, overlapping ones too, in the order of the text."""
        hits: dict[ListName, list[Hit]] = {}
        begins, last = self._pairs.get, len(text)
        places = [found.start() for found in self._candidates(text)]
        for start, begun in [(at, node) for at in places if (node := begins(text[at : at + 2]))]:
            node, end = begun, start + 2
            while node:
                if HERE in node:
                    for name in node[HERE]:
                        if name in hits:
                            hits[name].append(Hit(start, end))
                        else:
                            hits[name] = [Hit(start, end)]
                node = node.get(text[end]) if end < last else None
                end += 1
        return hits

    def _learn(self, word: str, name: ListName) -> None:
        """Grow the tree by a word: all spellings of a character lead to the same node."""
        node = self._root
        for character in word:
            after = node.get(character, {})
            for form in spellings_of(character):
                node.setdefault(form, after)
            node = after
        node[HERE] = (*node.get(HERE, ()), name)


@lru_cache(maxsize=16)
def scanner_of(lists: WordLists) -> Scanner:
    """Return the scanner of some lists, built once."""
    return Scanner(lists)
