"""Simplified and traditional characters: one word, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources


@cache
def _pairs() -> dict[str, str]:
    """Return each simplified character with its traditional forms."""
    file = resources.files("services.intake.domain.reply_quality.words") / "traditional.txt"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {entry[0]: entry[1:] for line in lines for entry in line.split()}


@cache
def _to_simplified() -> dict[int, str]:
    # A form of two characters means the first of them: 諮 is 咨 before it is 谘.
    return {ord(form): simplified for simplified, forms in reversed(_pairs().items()) for form in forms}


def spellings_of(character: str) -> str:
    """Return every way to write a simplified character, itself first."""
    return character + _pairs().get(character, "")


def simplify(text: str) -> str:
    """Write a text in simplified characters, one for one, so that places in it stay."""
    return text.translate(_to_simplified())


def pattern_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of a few words, however they are written, the longest first.

    Each branch begins with a plain character, so that `re` skips whatever begins no word at full speed.
    """
    ordered = sorted({simplify(word) for word in words}, key=lambda word: (-len(word), word))
    branches = [
        re.escape(first) + "".join(_one_of(spellings_of(c)) for c in word[1:])
        for word in ordered
        for first in spellings_of(word[0])
    ]
    return re.compile("|".join(branches))


def _one_of(forms: str) -> str:
    return re.escape(forms) if len(forms) == 1 else f"[{re.escape(forms)}]"
