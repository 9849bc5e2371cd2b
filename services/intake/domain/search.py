"""What orders are found by. The terms of an order never change, because what it says of itself never does: they are
written once into a table of their own; what changes is read off the order.

Text is found by pairs of neighbouring characters: most Chinese words are two long, too short for trigrams. Of digits
and letters there are few, so their threes are looked up besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.intake.domain.lifecycle import Status
from shared.glossary import AreaType, BusinessType, Channel, Word

SHORTEST_WORD = 2
"""A single character stands in nearly every order."""

SHORTEST_PHONE_TAIL = 4
BETWEEN = "|"
"""Stands between the fields of a document, so that no word is found across two of them."""


class Due(Word):
    """What the clock says of an open order, as sla told us."""

    SOON = "soon"
    """A promise was warned of and has time left."""
    OVER = "over"
    """A promise was broken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which orders somebody looks for: everything that is given must fit."""

    status: Status | None = None
    is_open: bool | None = None
    is_returned: bool | None = None
    due: Due | None = None
    business_type: BusinessType | None = None
    channel: Channel | None = None
    area_type: AreaType | None = None
    station_code: str | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    origin: str | None = None
    first_responder: str | None = None
    accountable: str | None = None
    has_owner: bool | None = None
    """Of open orders: whether somebody of ours answers for it, or a system and so the desk as a whole."""
    unit: str | None = None
    """Which unit has an order that is no repair."""
    customer_no: str | None = None
    number: str | None = None
    """Our own number or the platform's."""
    phone: str | None = None
    """The last digits of the caller's phone, four or more."""
    words: tuple[str, ...] = ()
    """Folded; each must stand in what the order says."""
    recorded_from: datetime | None = None
    recorded_to: datetime | None = None


TAGGED = (
    "business_type",
    "channel",
    "area_type",
    "station_code",
    "transformer_area",
    "feeder",
    "origin",
    "first_responder",
    "customer_no",
)
"""What of an order never changes and has one value: each a term `name:value`."""

SAID = ("content", "surroundings", "caller_name", "caller_address")
"""What a document is made of."""

_NO_DIGIT = re.compile(r"\D")
_PLAIN = re.compile(r"[0-9a-z]{3,}")


def fold(text: str) -> str:
    """Write text as it is compared: one width, lower case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a search, which blanks separate."""
    return tuple(folded for word in text.split() if (folded := fold(word)))


def can_be_found(words: tuple[str, ...]) -> bool:
    """Say whether one of the words is long enough to be looked up."""
    return any(len(word) >= SHORTEST_WORD for word in words)


def digits_of(phone: str) -> str:
    """Return the digits of a phone number."""
    return _NO_DIGIT.sub("", phone)


def narrow(wanted: Wanted) -> list[str]:
    """Return the terms that every order looked for has; empty if nothing that is tagged was asked for."""
    tags = [_tag(name, value) for name in TAGGED if (value := getattr(wanted, name)) is not None]
    if wanted.phone:
        tags.append(_tail(wanted.phone))
    parts = {part for word in wanted.words for part in (*_pairs(word), *_threes(word))}
    return [*tags, *sorted(parts)]


def _tag(name: str, value: str) -> str:
    return f"{name}:{value}"


def _tail(phone: str) -> str:
    return _tag("phone", phone[-SHORTEST_PHONE_TAIL:])


def _pairs(text: str) -> Iterator[str]:
    return (a + b for a, b in pairwise(text) if BETWEEN not in (a, b))


def _threes(text: str) -> Iterator[str]:
    return (run[at : at + 3] for run in _PLAIN.findall(text) for at in range(len(run) - 2))
