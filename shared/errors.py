"""What can go wrong, as kinds: the domain raises them, only `shared/web.py` knows which status number each one gets.

RelightError
├── Invalid          what was sent breaks a rule; every bad field is named
├── NotFound         there is no such thing (or not for this caller)
├── Conflict         the thing is not in a state that allows this
├── Unauthenticated  we do not know who asks
├── Forbidden        we know who asks, and the policy says no
├── TooLarge         what was sent is larger than the limit allows
├── TooMany          asked more often than the limit allows
└── Unavailable      something that we stand on is away; try again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Language = Literal["zh-CN", "en"]


@dataclass(frozen=True)
class Text:
    """One sentence in both languages that we speak; `{name}` places are filled from the problem's `context`."""

    zh: str
    en: str

    def say(self, language: Language, context: dict[str, Any] | None = None) -> str:
        """Return the sentence in one language, its places filled."""
        sentence = self.zh if language == "zh-CN" else self.en
        return sentence.format(**context) if context else sentence


@dataclass(frozen=True)
class BadField:
    """One field that breaks one rule. `field` is a dotted path (`customer.phone`, `orders.3.content`)."""

    field: str
    code: str
    text: Text


class RelightError(Exception):
    """A refusal with a stable `code` (`order.already_closed`), a sentence in two languages and what it is about.

    `context` fills the sentence and is told to the caller: never put a phone number, name or address into it.
    """

    def __init__(self, code: str, text: Text, *, fields: Sequence[BadField] = (), **context: Any) -> None:
        super().__init__(code, text.en.format(**context) if context else text.en)
        self.code = code
        self.text = text
        self.fields = tuple(fields)
        self.context = context


class Invalid(RelightError):
    """What was sent breaks a rule; nothing was changed."""


class NotFound(RelightError):
    """There is no such thing, or not for this caller."""


class Conflict(RelightError):
    """The thing is not in a state that allows this."""


class Unauthenticated(RelightError):
    """We do not know who asks."""


class Forbidden(RelightError):
    """We know who asks, and the policy says no."""


class TooLarge(RelightError):
    """What was sent is larger than the limit allows; nothing was kept."""


class TooMany(RelightError):
    """Asked more often than the limit allows."""


class Unavailable(RelightError):
    """Something that we stand on is away for now."""


def bad_field(field: str, code: str, zh: str, en: str) -> BadField:
    """Name one field and the rule that it breaks."""
    return BadField(field, code, Text(zh, en))
