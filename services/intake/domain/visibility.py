"""Who may see a misconduct report (举报): the supervision role only, and nobody else learns who reported it.

Lifecycles 3.2, «differences by type»; decision 0018. Every other business type is seen by all staff.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import TypeVar

from shared.auth import Role
from shared.events import Event
from shared.events.intake import Caller, OrderCreated
from shared.glossary import BusinessType
from shared.telemetry import mask_text

RESTRICTED = frozenset({BusinessType.MISCONDUCT_REPORT})
"""The types that only supervision sees."""

SEES_RESTRICTED = frozenset({Role.INSPECTOR})

NEEDS_CONTACT = frozenset({Role.AGENT, Role.DISPATCHER})
"""They ring the customer of an ordinary order, or send somebody there."""

REPORTER = "举报人"
WITHHELD = Caller(name=REPORTER, phone="", address="")
"""What other contexts are told of a reporter: that there is one."""

SHORTEST_NAME = 2
"""A single character is no name to look for: it would tear ordinary words apart."""


WRITTEN = frozenset({"reason", "claim", "conclusion", "customer_opinion", "opinion", "process", "result", "text"})
"""Fields of events into which people write as they like."""

E = TypeVar("E", bound=Event)

PLACE = re.compile(r"[省市州盟县縣区區旗镇鎮乡鄉道]")
SHORTEST_END = 4
"""What is shorter («12 号») is no address, and stands in many a text."""


def is_restricted(business_type: str) -> bool:
    """Say whether orders of this type are seen by supervision only."""
    return business_type in RESTRICTED


def sees_restricted(roles: Set[Role]) -> bool:
    """Say whether somebody with these roles sees misconduct reports."""
    return bool(roles & SEES_RESTRICTED)


def can_see(roles: Set[Role], business_type: str) -> bool:
    """Say whether somebody with these roles may know that an order of this type is there."""
    return not is_restricted(business_type) or sees_restricted(roles)


def sees_contact(roles: Set[Role], business_type: str) -> bool:
    """Say whether somebody with these roles sees an order's contact in full without saying why.

    A reporter's is seen in full by supervision, which alone handles the report.
    """
    return bool(roles & (SEES_RESTRICTED if is_restricted(business_type) else NEEDS_CONTACT))


def told_caller(business_type: str, caller: Caller) -> Caller:
    """Return what leaves with an event about an order: its caller, or nobody's name where that is restricted."""
    return WITHHELD if is_restricted(business_type) else caller


def told_order(event: OrderCreated) -> OrderCreated:
    """Return what other contexts are told of a new order: of a restricted one its number, and not who or where."""
    if not is_restricted(event.business_type):
        return event
    return event.model_copy(
        update={
            "content": "",
            "surroundings": None,
            "caller": WITHHELD,
            "transformer_area": None,
            "feeder": None,
        }
    )


def told_event(business_type: str, event: E, identities: Iterable[str | None]) -> E:
    """Return an event as it leaves: what people wrote into one of a restricted order names no reporter."""
    if not is_restricted(business_type):
        return event
    known = list(identities)
    words = {name: without_reporter(said, known) for name, said in event if name in WRITTEN and isinstance(said, str)}
    return event.model_copy(update=words)


def without_reporter(text: str, identities: Iterable[str | None]) -> str:
    """Return `text` for the unit that was reported: without any of `identities` (names, phones, addresses, customer
    numbers of the reporter, as they stand or with other gaps between their characters, an address also from its town,
    street or village on), and without any phone number.
    """
    known = {part for identity in identities if identity for part in (identity, *_ends_of(identity))}
    for identity in sorted(known, key=len, reverse=True):
        pattern = _loosely(identity)
        if pattern:
            text = re.sub(pattern, "***", text, flags=re.IGNORECASE)
    return mask_text(text)


def _ends_of(address: str) -> list[str]:
    """Return an address as people say it who leave its beginning out: from each smaller place on."""
    ends = [address[found.end() :].strip() for found in PLACE.finditer(address)]
    return [end for end in ends if len(end) >= SHORTEST_END]


def _loosely(identity: str) -> str:
    """Return a pattern of the same characters with any blanks or dashes between them; empty if it is too short."""
    characters = re.sub(r"[\s\-－—]", "", identity)
    if len(characters) < SHORTEST_NAME:
        return ""
    return r"[\s\-－—]*".join(re.escape(character) for character in characters)
