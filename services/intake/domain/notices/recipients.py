"""Whom a notice must reach one by one, and whom it did not (requirements 000-006, 000-007, 004-023)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.notices.words import REACHED, CallOutcome, NoticeKind, RecipientReason

_KEY = frozenset({RecipientReason.IMPORTANT, RecipientReason.DUAL_SUPPLY})

LISTED: Mapping[NoticeKind, frozenset[RecipientReason]] = {
    NoticeKind.PLANNED: _KEY,
    NoticeKind.TEMPORARY: _KEY,
    NoticeKind.URGENT_DEFECT: frozenset(RecipientReason),
    NoticeKind.LOAD_SHEDDING: _KEY,
}
"""Who is on the list of each kind: before an urgent defect is cleared, everybody is rung up."""

TO_BE_CALLED = frozenset({NoticeKind.TEMPORARY, NoticeKind.URGENT_DEFECT})
"""Kinds whose list must be worked through before anybody switches off."""

ALL_CALLED = frozenset(kind for kind, listed in LISTED.items() if listed == frozenset(RecipientReason))
"""Kinds whose list is everybody there: if it is empty, the place was mistyped, or nobody knows who lives there."""


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the 电话记录: who was called when and of which line, what was said, whether somebody answered."""

    customer_no: str
    called_at: datetime
    caller: str
    outcome: CallOutcome
    line: str
    content: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be reached, with what was tried, oldest first."""

    customer_no: str
    why: RecipientReason
    calls: Sequence[Call] = ()

    @property
    def reached_at(self) -> datetime | None:
        """When the customer first knew, or None."""
        return next((call.called_at for call in self.calls if call.outcome in REACHED), None)

    def is_late(self, tell_by: datetime | None) -> bool:
        """Say whether the customer knew too late, or does not know yet though it was time at `tell_by`."""
        return tell_by is not None and (self.reached_at is None or self.reached_at > tell_by)


def find_untold(kind: NoticeKind, recipients: Iterable[Recipient], *, before: datetime) -> list[str]:
    """Return the customers that stand in the way of switching off at `before`, by number.

    An urgent defect does not wait for somebody who does not answer: the record of the call is enough (000-006). An
    important or dual-supply customer must have been reached.
    """
    if kind not in TO_BE_CALLED:
        return []
    return [r.customer_no for r in recipients if not _is_told(kind, r, before)]


def _is_told(kind: NoticeKind, recipient: Recipient, before: datetime) -> bool:
    called = [call for call in recipient.calls if call.called_at <= before]
    if kind is NoticeKind.URGENT_DEFECT:
        return bool(called)
    return any(call.outcome in REACHED for call in called)
