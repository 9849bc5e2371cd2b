"""首问负责制: who answers for an order. The first responder never changes; accountability moves, with its history.

Requirements 000-001, 003-001, 003-006; lifecycles leave it silent when an order comes from the platform: then nobody of
ours answers for it until somebody accepts it or takes it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.order import Order
from shared.errors import Conflict, Invalid, Text, bad_field
from shared.events.intake.responsibility import AccountabilityMoved
from shared.glossary import Word

NOT_PEOPLE = frozenset({"upstream", "province", "system", "callback", "replay"})
"""Who may stand on an order without being able to answer for it."""


class Cause(Word):
    """Why accountability moved."""

    TAKEN_ON = "taken_on"
    HANDED_OVER = "handed_over"
    TRANSFERRED = "transferred"
    GREEN_CHANNEL = "green_channel"


@dataclass(frozen=True, slots=True)
class Move:
    """One move of accountability, for its history."""

    order_id: UUID
    first_responder: str
    from_person: str
    to_person: str
    cause: Cause
    moved_at: datetime
    moved_by: str


_OVER = Text("工单已结束（{status}），责任不再移交", "the order is over (“{status}”); its accountability does not move")
_HELD = Text("工单已有责任人，不能认领", "somebody answers for this order already")
_NOBODY = Text("责任人必须是工作人员账号", "the person who answers must be one of the staff")
_UNKNOWN = Text(
    "没有 {person} 的上班记录，请核对账号",
    "{person} was never on duty here: check the name",
)


def is_person(name: str) -> bool:
    """Say whether a name is somebody who can answer for an order, not a system."""
    return name not in NOT_PEOPLE


def check_known(person: str, *, field: str, is_known: bool) -> None:
    """Return if `person` may be given an order: a name that no shift knows answers for nothing, and hears no alert.

    Raises Invalid naming `field`.
    """
    if not is_known:
        wrong = bad_field(field, "order.accountable_unknown", "没有此人的上班记录", "was never on duty here")
        raise Invalid("order.accountable_unknown", _UNKNOWN, fields=[wrong], person=person)


def take_on(order: Order, person: str, *, at: datetime) -> Move:
    """Let `person` answer for an order that came from a system; raises Conflict if somebody does already."""
    if is_person(order.accountable):
        raise Conflict("order.already_accountable", _HELD)
    return move_to(order, person, cause=Cause.TAKEN_ON, at=at, by=person)


def take_on_if_free(order: Order, person: str, *, at: datetime) -> Move | None:
    """Let whoever accepts an order of the platform answer for it (实行谁受理谁负责协调办理); else change nothing."""
    if is_person(order.accountable) or not is_person(person) or order.is_over:
        return None
    return take_on(order, person, at=at)


def move_to(order: Order, person: str, *, cause: Cause, at: datetime, by: str) -> Move:
    """Let `person` answer for the order from now on; raises Conflict once it is over, Invalid for no person."""
    if order.is_over:
        raise Conflict("order.already_over", _OVER, status=str(order.status))
    if not is_person(person):
        wrong = bad_field("to_person", "order.accountable_unknown", _NOBODY.zh, _NOBODY.en)
        raise Invalid("order.accountable_unknown", _NOBODY, fields=[wrong])
    move = Move(order.id, order.first_responder, order.accountable, person, cause, at, by)
    order.accountable = person
    event = AccountabilityMoved(
        order_id=order.id, from_person=move.from_person, to_person=person, moved_at=at, cause=cause
    )
    order.say(event, occurred_at=at, actor=by)
    return move
