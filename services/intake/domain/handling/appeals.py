"""An archived complaint may be appealed against: the city says that it was not substantiated after all (E31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.handling.record import Handling
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.words import Verdict
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_moment
from shared.errors import Conflict, Text
from shared.events.intake import AppealDecided, AppealOpened


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """What the city says against a complaint that counts as substantiated."""

    id: UUID
    grounds: str
    attachment_id: UUID | None
    appealed_at: datetime


_NOTHING_TO_APPEAL = Text(
    "该投诉未判定属实，无须申诉", "this complaint does not count as substantiated: nothing to appeal"
)


def appeal(order: Order, handling: Handling, made: Appeal, *, by: str, now: datetime) -> None:
    """Ask the province to look again; raises Conflict when the complaint does not count as substantiated."""
    if not order.can(Action.APPEAL):
        order.move(Action.APPEAL)
    if not handling.is_substantiated:
        raise Conflict("order.not_substantiated", _NOTHING_TO_APPEAL)
    check_moment("appealed_at", made.appealed_at, [("archived_at", order.archived_at)], now=now)
    order.move(Action.APPEAL)
    handling.appealed_at = made.appealed_at
    order.say(AppealOpened(order_id=order.id, appealed_at=made.appealed_at), occurred_at=made.appealed_at, actor=by)


def decide_appeal(order: Order, handling: Handling, made: Review, *, by: str, now: datetime) -> None:
    """The province decided. Upheld: the complaint no longer counts as substantiated, nor the company as liable."""
    is_upheld = made.verdict is Verdict.APPROVED
    action = Action.UPHOLD_APPEAL if is_upheld else Action.REJECT_APPEAL
    if not order.can(action):
        order.move(action)
    check_moment("decided_at", made.reviewed_at, [("appealed_at", handling.appealed_at)], now=now)
    at = min(made.reviewed_at, now)
    order.move(action)
    if is_upheld:
        handling.substantiation_changed_at = at
        handling.is_substantiated = handling.company_liable = False
    event = AppealDecided(
        order_id=order.id, decided_at=at, is_upheld=is_upheld, is_substantiated=bool(handling.is_substantiated)
    )
    order.say(event, occurred_at=at, actor=by)
