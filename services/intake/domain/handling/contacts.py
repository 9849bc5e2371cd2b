"""一联系: every attempt to reach the customer is a record with its time, person and result (requirement 001-034)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.handling.words import ContactMeans
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from shared.events.intake import ContactAttempted, CustomerContacted


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """One attempt. `person` is who of ours tried; `result` what the customer said, or why nobody was reached."""

    id: UUID
    contacted_at: datetime
    person: str
    means: ContactMeans
    is_reached: bool
    result: str


def contact(order: Order, handling: Handling, made: Contact, *, by: str, now: datetime) -> None:
    """Enter an attempt; one that reached the customer moves a forwarded order on, any number may follow.

    Attempts may be entered in any order; the first that reached the customer is the round's `contacted_at`.
    """
    action = Action.CONTACT if made.is_reached else Action.TRY_CONTACT
    if not order.can(action):
        order.move(action)
    check_handled(order, handling, "contacted_at", made.contacted_at, now=now)
    order.move(action)
    handling.contact_count += 1
    if made.is_reached:
        _enter_reached(order, handling, made, by=by)
    else:
        event = ContactAttempted(
            order_id=order.id, attempted_at=made.contacted_at, round=order.round, attempt=handling.contact_count
        )
        order.say(event, occurred_at=made.contacted_at, actor=by, means=made.means, contact_id=made.id)


def _enter_reached(order: Order, handling: Handling, made: Contact, *, by: str) -> None:
    is_first = handling.contacted_at is None or made.contacted_at < handling.contacted_at
    handling.reached_count += 1
    if is_first:
        handling.contacted_at = made.contacted_at
    event = CustomerContacted(order_id=order.id, contacted_at=made.contacted_at, round=order.round, is_first=is_first)
    order.say(event, occurred_at=made.contacted_at, actor=by, means=made.means, contact_id=made.id)
