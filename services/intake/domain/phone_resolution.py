"""A fault that is settled on the phone: guided, or explained and referred; nobody is sent (lifecycles 3.1, row 6).

The order has its answer, so it goes straight to the callback (ours, or the platform's), and is archived when the
customer confirms; «no power» sends it out like any other (E20).
"""

from __future__ import annotations

from datetime import datetime

from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.taking import PhoneOutcome, PhoneResolution
from services.intake.domain.times import check_time
from shared.errors import Conflict, Text
from shared.events.intake import OrderSent
from shared.events.intake.taking import OrderResolvedByPhone
from shared.glossary import SpecialNeed

RESULTS = {
    PhoneOutcome.POWER_BACK: "经电话指导，客户自行恢复供电。",
    PhoneOutcome.CUSTOMER_INTERNAL_REFERRED: "故障在客户产权范围内，已说明有偿服务，并告知有资质的维修队伍。",
}
OPINIONS = {
    PhoneOutcome.POWER_BACK: "客户在通话中确认已恢复供电。",
    PhoneOutcome.CUSTOMER_INTERNAL_REFERRED: "客户在通话中已知悉，以回访记录为准。",
}
CAUSE = "客户内部故障。"

_HELPED = Text(
    "需要照顾的客户，即使是内部故障也应上门帮助，请派单",
    "a customer with special needs is helped at home even with a fault of their own: send somebody",
)


def may_stay_at_home(order: Order, resolution: PhoneResolution) -> bool:
    """Say whether nobody has to go: a customer with special needs is never referred to somebody else (000-012)."""
    is_referred = resolution.outcome is PhoneOutcome.CUSTOMER_INTERNAL_REFERRED
    return not is_referred or order.special_need is SpecialNeed.NONE


def resolve_by_phone(order: Order, resolution: PhoneResolution, *, at: datetime, by: str, now: datetime) -> None:
    """The caller was helped without a crew; raises Conflict where somebody has to go all the same (000-012)."""
    if not may_stay_at_home(order, resolution):
        raise Conflict("order.special_need_is_helped", _HELPED)
    at = resolution.resolved_at or at
    check_time(order, "resolved_at", at, now=now, place="assessed_at")
    order.move(Action.RESOLVE_BY_PHONE)
    order.resolved_at = order.replied_at = order.sent_at = at
    order.reply_process, order.reply_result = resolution.guidance, RESULTS[resolution.outcome]
    order.customer_opinion, order.reply_cause = OPINIONS[resolution.outcome], CAUSE
    if resolution.outcome is PhoneOutcome.POWER_BACK:
        order.power_restored_at = at
    _tell(order, resolution, at=at, by=by)


def _tell(order: Order, resolution: PhoneResolution, *, at: datetime, by: str) -> None:
    event = OrderResolvedByPhone(
        order_id=order.id,
        resolved_at=at,
        round=order.round,
        outcome=resolution.outcome,
        referral_code=resolution.referral_code,
    )
    order.say(event, occurred_at=at, actor=by)
    sent = OrderSent(
        order_id=order.id,
        sent_at=at,
        round=order.round,
        business_type=order.business_type,
        is_national=order.is_national,
        caller=order.caller,
        order_no=order.order_no,
    )
    order.say(sent, occurred_at=at, actor=by)
