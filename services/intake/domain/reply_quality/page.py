"""A draft laid out for reading: its texts as one, the words of the lists found in it, the way back to its fields."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from services.intake.domain.reply_quality.draft import ReplyDraft
from services.intake.domain.reply_quality.finding import ReplyField
from services.intake.domain.reply_quality.lists import ListName, WordLists
from services.intake.domain.reply_quality.scanner import Hit, scanner_of
from shared.errors import Text

WRITTEN = (
    ReplyField.COURSE,
    ReplyField.BASIS,
    ReplyField.PLAN,
    ReplyField.RESULT_TEXT,
    ReplyField.CUSTOMER_OPINION,
)
"""The fields that are texts, in the order in which they are read."""

_NUMBER = {field: number for number, field in enumerate(WRITTEN)}

T = TypeVar("T")

BETWEEN = "‖"
"""Stands between two texts: it is in no word of a list, and ends a clause."""

_BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]")
_CLAUSE_END = re.compile(r"[，,。；;！!？?：:、‖]")
_SENTENCE_END = re.compile(r"[。；;！!？?‖]")


class Place(NamedTuple):
    """Where a rule points; `it` is what its sentences name in both languages."""

    field: ReplyField
    start: int = 0
    end: int = 0
    it: Text | None = None


class Page:
    """A draft as the rules read it. Blanks inside words do not hide them: `text` has none, places lead back."""

    def __init__(self, draft: ReplyDraft, lists: WordLists) -> None:
        self.draft = draft
        self.lists = lists
        self.texts = (draft.course, draft.basis, draft.plan, draft.result_text, draft.customer_opinion)
        raw = BETWEEN.join(self.texts)
        self._starts = _starts_of(self.texts)
        # Whatever is blank is either a space or not printable, and most replies have neither.
        self.has_blanks = " " in raw or not raw.isprintable()
        self._origin = [i for i, c in enumerate(raw) if not _BLANK.match(c)] if self.has_blanks else None
        self.text = raw if self._origin is None else "".join([raw[i] for i in self._origin])
        self._hits = scanner_of(lists).scan(self.text)
        self._known: dict[Callable[[Page], Any], Any] = {}

    def know(self, look: Callable[[Page], T]) -> T:
        """Return what `look` sees on this page, looking once however many rules ask."""
        if look not in self._known:
            self._known[look] = look(self)
        known: T = self._known[look]
        return known

    @property
    def lists_met(self) -> Set[ListName]:
        """The lists of which at least one word stands in the reply."""
        return self._hits.keys()

    def hits(self, name: ListName) -> Sequence[Hit]:
        """Return where words of a list stand, in the order of the text."""
        return self._hits.get(name, ())

    def hits_of(self, *names: ListName) -> list[Hit]:
        """Return where words of several lists stand, one list after the other."""
        return [hit for name in names for hit in self._hits.get(name, ())]

    def hits_in(self, field: ReplyField, name: ListName) -> list[Hit]:
        """Return where words of a list stand in one field."""
        hits = self._hits.get(name)
        if not hits:
            return []
        start, end = self._span_of(field)
        return [hit for hit in hits if start <= hit.start < end]

    def field_at(self, at: int) -> ReplyField:
        """Return which field a place of `text` belongs to."""
        return WRITTEN[bisect_right(self._starts, self._raw(at)) - 1]

    def place(self, hit: Hit, it: Text | None = None) -> Place:
        """Return where a hit stands in its field as it was sent; its own words are what is named."""
        field = self.field_at(hit.start)
        start = self._starts[_NUMBER[field]]
        words = self.text[hit.start : hit.end]
        return Place(field, self._raw(hit.start) - start, self._raw(hit.end - 1) + 1 - start, it or Text(words, words))

    def any_in_clause(self, hit: Hit, others: Iterable[Hit]) -> bool:
        """Say whether one of `others` lies between the same two commas as `hit`."""
        start, end = self.clause_around(hit)
        return any(start <= other.start and other.end <= end for other in others)

    def clause_around(self, hit: Hit) -> tuple[int, int]:
        """Return from where to where the clause around a hit goes."""
        ends = self._clause_ends
        after = bisect_left(ends, hit.end)
        before = bisect_left(ends, hit.start)
        return (ends[before - 1] + 1 if before else 0, ends[after] if after < len(ends) else len(self.text))

    def sentence_end(self, at: int) -> int:
        """Return where the sentence around a place ends."""
        found = _SENTENCE_END.search(self.text, at)
        return found.start() if found else len(self.text)

    @cached_property
    def _clause_ends(self) -> list[int]:
        return [found.start() for found in _CLAUSE_END.finditer(self.text)]

    def _span_of(self, field: ReplyField) -> tuple[int, int]:
        """Return from where to where a field goes in `text`."""
        number = _NUMBER[field]
        start, end = self._starts[number : number + 2]
        if self._origin is None:
            return start, end
        return bisect_left(self._origin, start), bisect_left(self._origin, end)

    def _raw(self, at: int) -> int:
        return at if self._origin is None else self._origin[at]


def whole(field: ReplyField, text: str, it: Text | None = None) -> Place:
    """Point at a field as a whole."""
    return Place(field, 0, len(text), it)


def _starts_of(texts: tuple[str, ...]) -> list[int]:
    starts, at = [], 0
    for text in texts:
        starts.append(at)
        at += len(text) + 1
    return [*starts, at]
