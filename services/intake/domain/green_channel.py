"""绿色通道: 特事特办、急事急办. The order goes first, and a leader takes the hard case in hand (000-010)."""

from __future__ import annotations

from datetime import datetime

from services.intake.domain.order import Order
from services.intake.domain.responsibility import Cause, Move, move_to
from shared.errors import Conflict, Text
from shared.events.intake.responsibility import GreenChannelOpened

_OVER = Text("工单已结束（{status}），不能开通绿色通道", "the order is over (“{status}”)")
_OPEN = Text("绿色通道已由 {leader} 负责", "{leader} has it in hand already")


def open_green_channel(
    order: Order, leader: str, reason: str, *, present_leader: str | None, at: datetime, by: str
) -> Move | None:
    """Let the order go first under `leader`, who answers for it from now on; return the move, if there was one.

    Another leader may take over later. Raises Conflict once the order is over, or for the same leader again.
    """
    if order.is_over:
        raise Conflict("order.already_over", _OVER, status=str(order.status))
    if present_leader == leader:
        raise Conflict("green_channel.open", _OPEN, leader=leader)
    event = GreenChannelOpened(order_id=order.id, opened_at=at, leader=leader)
    order.say(event, occurred_at=at, actor=by, reason=reason)
    if leader == order.accountable:
        return None
    return move_to(order, leader, cause=Cause.GREEN_CHANNEL, at=at, by=by)
