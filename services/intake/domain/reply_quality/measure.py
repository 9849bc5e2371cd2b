"""How long a text is, and what is said at its end: the rule of 128 (001-041), and the pointer to the attachment."""

from __future__ import annotations

import re

from services.intake.domain.reply_quality.spelling import pattern_of

LONGEST = 128
"""Code points of a result, punctuation counted (001-041); not for repairs (001-064)."""

SUFFIX = "具体情况详见附件"
"""How a text that would be too long ends (001-042), in simplified or traditional characters."""

_SUFFIX = pattern_of([SUFFIX])
_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]+")
_BREAKS = "\r\n\v\f\x85\u2028\u2029"


def count_length(text: str) -> int:
    """Return the code points of a text after trimming, line breaks stripped (decision 11)."""
    trimmed = text.strip()
    return len(_LINE_BREAK.sub("", trimmed)) if _LINE_BREAK.search(trimmed) else len(trimmed)


def place_of_excess(text: str, longest: int = LONGEST) -> tuple[int, int]:
    """Return from where to where a text is too long, as places in it."""
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    counted = [at for at in range(start, end) if text[at] not in _BREAKS]
    return counted[longest], end


def find_suffixes(text: str) -> list[tuple[int, int]]:
    """Return where the pointer to the attachment stands."""
    return [found.span() for found in _SUFFIX.finditer(text)] if "附件" in text else []


def is_at_end(text: str, end: int) -> bool:
    """Say whether nothing comes after a place; a full stop is none the worse."""
    return not text[end:].strip(" 。.\t\r\n\u3000")
