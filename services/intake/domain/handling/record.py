"""What stands of the handling of one order, beside the order itself; repairs have none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling.words import AnswerMode, Outcome
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment
from shared.aggregate import Aggregate


@dataclass(kw_only=True, eq=False)
class Handling(Aggregate):
    """The present way through of an order that a department handles; `id` is the order's.

    Contacts, replies, reviews, statements and appeals of all rounds are rows of their own, only ever added.
    """

    is_important: bool = False
    responsible_unit: str | None = None
    forwarded_at: datetime | None = None
    contacted_at: datetime | None = None
    contact_count: int = 0
    reached_count: int = 0
    investigation_started_at: datetime | None = None
    transferred_at: datetime | None = None
    transferred_external: str | None = None
    reply_id: UUID | None = None
    reply_drafted_at: datetime | None = None
    outcome: Outcome | None = None
    is_substantiated: bool | None = None
    company_liable: bool | None = None
    answer_mode: AnswerMode | None = None
    answered_at: datetime | None = None
    city_reviewed_at: datetime | None = None
    submitted_at: datetime | None = None
    province_approved_at: datetime | None = None
    verified_at: datetime | None = None
    is_verified: bool | None = None
    passed_on_to: str | None = None
    article_id: UUID | None = None
    article_version: int | None = None
    statement_submitted_at: datetime | None = None
    statement_approved_at: datetime | None = None
    statement_refused_at: datetime | None = None
    callback_cancelled_at: datetime | None = None
    conclusion: str | None = None
    feedback_closed_at: datetime | None = None
    appealed_at: datetime | None = None
    substantiation_changed_at: datetime | None = None

    def forget_reply(self) -> None:
        """The reply came back: the next round writes its own (the one before stays in the books)."""
        for name in OF_REPLY:
            setattr(self, name, None)

    def forget_attempt(self) -> None:
        """The order goes out anew: the customer is contacted, the matter looked into and answered anew."""
        self.forget_reply()
        self.contact_count = self.reached_count = 0
        self.contacted_at = self.investigation_started_at = None
        self.transferred_at = self.transferred_external = None


OF_REPLY = (
    "reply_id",
    "reply_drafted_at",
    "outcome",
    "is_substantiated",
    "company_liable",
    "answer_mode",
    "answered_at",
    "city_reviewed_at",
    "submitted_at",
    "province_approved_at",
    "verified_at",
    "is_verified",
    "passed_on_to",
    "conclusion",
)
"""What a reply says, and what became of it."""

HANDLED_ORDER = (
    "reported_at",
    "received_at",
    "accepted_at",
    "forwarded_at",
    "contacted_at",
    "investigation_started_at",
    "reply_drafted_at",
    "city_reviewed_at",
    "sent_at",
    "province_approved_at",
    "called_back_at",
    "archived_at",
)
"""The required order of times (lifecycles 3.2): equal is fine, before its predecessor is not."""

_OF_LATER_ROUNDS = HANDLED_ORDER.index("contacted_at")


def times_of(order: Order, handling: Handling) -> dict[str, datetime | None]:
    """Return the times of an order and of its handling, in their required order."""
    return {name: getattr(handling if hasattr(handling, name) else order, name) for name in HANDLED_ORDER}


def check_handled(
    order: Order, handling: Handling, field: str, moment: datetime, *, now: datetime, place: str | None = None
) -> None:
    """Return if `moment` may stand as `field`; raises Invalid naming the pair that is out of order (E34).

    A time that is not a step itself is judged by its `place` among them. Nothing of a later round is before its return.
    """
    index = HANDLED_ORDER.index(place or field)
    known = list(times_of(order, handling).items())[:index]
    if index >= _OF_LATER_ROUNDS:
        known.append(("returned_at", order.went_out_at))
    check_moment(field, moment, known, now=now)
