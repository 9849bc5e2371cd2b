"""What the quality check says: which rule, how grave, where in the text, and how to mend it."""

from __future__ import annotations

from typing import NamedTuple

from shared.errors import Text
from shared.glossary import Word


class Severity(Word):
    """`block` stops the submission; `warn` asks the reviewer to look (001-025); `hint` tells what would be better."""

    BLOCK = "block"
    WARN = "warn"
    HINT = "hint"


class ReplyField(Word):
    """Where a finding points: a field of `ReplyDraft`."""

    HANDLING_TIME = "handling_time"
    COURSE = "course"
    BASIS = "basis"
    PLAN = "plan"
    CUSTOMER_OPINION = "customer_opinion"
    HANDLERS = "handlers"
    RESULT_TEXT = "result_text"
    IS_SUBSTANTIATED = "is_substantiated"
    COMPANY_LIABLE = "company_liable"
    ATTACHMENTS = "attachments"
    CONTACTS = "contacts"


class Finding(NamedTuple):
    """One rule that a reply breaks. `start` and `end` are code points of the field as it was sent, end excluded.

    A finding about a field as a whole spans all of it; one about a field that is not a text has 0 and 0, and one about
    a single attachment has its index.
    """

    code: str
    severity: Severity
    field: ReplyField
    start: int
    end: int
    message: Text
    mend: Text

    @property
    def is_blocking(self) -> bool:
        """Say whether the reply cannot be submitted with it."""
        return self.severity is Severity.BLOCK
