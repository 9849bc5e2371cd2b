"""Passing an order on: to the unit that handles it, into its investigation, to a party outside (lifecycles 3.2)."""

from __future__ import annotations

from datetime import datetime

from services.intake.domain.handling.record import Handling, check_handled
from services.intake.domain.lifecycle import Action, Status
from services.intake.domain.order import Order
from shared.errors import Conflict, Text
from shared.events.intake import InvestigationStarted, OrderForwarded, OrderTransferredExternal
from shared.glossary import CustomerClass

_NOBODY_TRIED = Text(
    "调查前至少要联系客户一次，并登记联系结果", "the customer must be contacted, or at least rung, before that"
)


def forward(
    order: Order,
    handling: Handling,
    unit: str,
    *,
    is_important: bool | None,
    at: datetime,
    by: str,
    now: datetime,
) -> None:
    """The order goes to the unit that handles it, under the same number (requirements 003-004, 003-032, 001-068).

    `is_important`: as the desk judges it; what an important customer says is important by itself.
    """
    if not order.can(Action.FORWARD):
        order.move(Action.FORWARD)
    check_handled(order, handling, "forwarded_at", at, now=now)
    order.move(Action.FORWARD)
    handling.forwarded_at, handling.responsible_unit = at, unit
    is_class = order.customer_class is not CustomerClass.ORDINARY
    handling.is_important = is_class if is_important is None else is_important
    event = OrderForwarded(
        order_id=order.id,
        forwarded_at=at,
        unit=unit,
        round=order.round,
        business_type=order.business_type,
        is_important=handling.is_important,
    )
    order.say(event, occurred_at=at, actor=by)


def investigate(order: Order, handling: Handling, *, at: datetime, by: str, now: datetime) -> None:
    """The unit looks into the matter, or takes it up again after another party had it.

    Raises Conflict (`order.not_contacted`) when nobody has tried to reach the customer in this round (001-034).
    """
    if not order.can(Action.INVESTIGATE):
        order.move(Action.INVESTIGATE)
    check_tried(order, handling)
    check_handled(order, handling, "investigation_started_at", at, now=now)
    is_resumed = order.status is Status.TRANSFERRED_EXTERNAL
    order.move(Action.INVESTIGATE)
    if is_resumed:
        order.note("investigation-resumed", occurred_at=at, actor=by)
        return
    handling.investigation_started_at = at
    event = InvestigationStarted(order_id=order.id, investigation_started_at=at, round=order.round)
    order.say(event, occurred_at=at, actor=by)


def transfer_external(order: Order, handling: Handling, party: str, *, at: datetime, by: str, now: datetime) -> None:
    """The responsible party is outside the company; the order stays here and is tracked on (case C2d)."""
    if not order.can(Action.TRANSFER_EXTERNAL):
        order.move(Action.TRANSFER_EXTERNAL)
    check_handled(order, handling, "transferred_at", at, now=now, place="reply_drafted_at")
    order.move(Action.TRANSFER_EXTERNAL)
    handling.transferred_at, handling.transferred_external = at, party
    event = OrderTransferredExternal(
        order_id=order.id, transferred_at=at, transferred_external=party, round=order.round
    )
    order.say(event, occurred_at=at, actor=by)


def check_tried(order: Order, handling: Handling) -> None:
    """Return if somebody tried to reach the customer in this round; raises Conflict otherwise (requirement 001-034)."""
    if handling.contact_count == 0:
        raise Conflict("order.not_contacted", _NOBODY_TRIED, round=order.round)
