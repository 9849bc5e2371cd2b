"""催办, 补充, 撤诉: what customers, hotlines and the platform say about an order that is open. Never a new order.

Lifecycles 3.2 (last line), interfaces section 1. A withdrawal ends nothing: the order is handled and answered all the
same (003-008), and «客户已撤诉» is no reply (001-046).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.order import Order
from services.intake.domain.times import TOLERANCE
from shared.errors import Conflict, Invalid, Text, bad_field
from shared.events.intake.responsibility import OrderSupplemented, OrderUrged, WithdrawalNoted
from shared.glossary import Word


class MatterKind(Word):
    """What is said: hurry, something more, never mind."""

    URGE = "urge"
    SUPPLEMENT = "supplement"
    WITHDRAWAL = "withdrawal"


class MatterSource(Word):
    """Who says it."""

    CUSTOMER = "customer"
    NATIONAL_PLATFORM = "national_platform"
    CITY_HOTLINE = "city_hotline"
    REGULATOR_HOTLINE = "regulator_hotline"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One thing said about an order. `said_at` is when; the same words of the same moment are the same matter."""

    id: UUID
    kind: MatterKind
    source: MatterSource
    text: str
    said_at: datetime

    @property
    def fingerprint(self) -> str:
        """What makes it the same matter when it is told again, by whatever call."""
        return hashlib.sha256(f"{self.source}|{self.said_at.isoformat()}|{self.text}".encode()).hexdigest()


_OVER = Text(
    "工单已结束（{status}），不能再{what}；如有新诉求请另行受理",
    "the order is over (“{status}”) and takes no {kind}; a new concern is a new order",
)
_FUTURE = Text("时间不能晚于当前时间", "may not lie in the future")
_EARLY = Text("时间早于客户反映时间（reported_at）", "is before the order was reported (reported_at)")
WHAT = {MatterKind.URGE: "催办", MatterKind.SUPPLEMENT: "补充", MatterKind.WITHDRAWAL: "撤诉"}


def note_matter(order: Order, matter: Matter, *, count: int, by: str, now: datetime) -> None:
    """Put it on the order; `count` is the how-manieth of its kind it is.

    Raises Conflict once the order is over, Invalid for a time to come or before the order was reported.
    """
    if order.is_over:
        raise Conflict(
            "order.already_over", _OVER, status=str(order.status), kind=str(matter.kind), what=WHAT[matter.kind]
        )
    _check_said_at(order, matter.said_at, now=now)
    at = min(matter.said_at, now)
    more = {"text": matter.text} if matter.text else {}
    order.say(_event_of(order, matter, at=at, count=count), occurred_at=at, actor=by, **more)


def _check_said_at(order: Order, said_at: datetime, *, now: datetime) -> None:
    if said_at > now + TOLERANCE:
        wrong = bad_field("said_at", "order.time_in_future", _FUTURE.zh, _FUTURE.en)
        raise Invalid("order.time_in_future", _FUTURE, fields=[wrong])
    if said_at < order.reported_at:
        wrong = bad_field("said_at", "order.times_out_of_order", _EARLY.zh, _EARLY.en)
        raise Invalid("order.times_out_of_order", _EARLY, fields=[wrong])


def _event_of(
    order: Order, matter: Matter, *, at: datetime, count: int
) -> OrderUrged | OrderSupplemented | WithdrawalNoted:
    if matter.kind is MatterKind.URGE:
        return OrderUrged(order_id=order.id, matter_id=matter.id, source=matter.source, urged_at=at, urge_count=count)
    if matter.kind is MatterKind.SUPPLEMENT:
        return OrderSupplemented(order_id=order.id, matter_id=matter.id, source=matter.source, supplemented_at=at)
    return WithdrawalNoted(order_id=order.id, matter_id=matter.id, source=matter.source, withdrawn_at=at)
