"""What a rule is: a code, how grave, where it comes from, which returns it prevents, and how it finds what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.intake.domain.reply_quality.finding import Finding, Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.page import Page, Place
from shared.errors import Text


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """One rule. `message` and `mend` name what a place is about by `{it}`.

    `rows` are requirement ids; `prevents` are the reason codes of those returns that it would have kept from happening.
    With `needs`, there is nothing to find where no word of these lists stands, and `find` is not even asked.
    """

    code: str
    severity: Severity
    rows: tuple[str, ...]
    prevents: tuple[str, ...]
    message: Text
    mend: Text
    find: Callable[[Page], Iterable[Place]]
    needs: frozenset[ListName] | None = None

    def finding(self, place: Place) -> Finding:
        """Say what was found at a place."""
        message, mend = _named(self.message, place.it), _named(self.mend, place.it)
        return Finding(self.code, self.severity, place.field, place.start, place.end, message, mend)


def _named(text: Text, it: Text | None) -> Text:
    if it is None:
        return text
    return Text(text.zh.replace("{it}", it.zh), text.en.replace("{it}", it.en))
