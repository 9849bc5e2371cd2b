"""What the national platform is told of its orders (interfaces, section 1): which happening is which message, and what
it says. Facts that changed nothing (late, doubled, of a helping crew) are not told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.domain.order import Happening, Order
from shared.events.dispatch import CrewArrived, CrewAssigned, EstimateChanged, FaultSurveyed, PowerRestored
from shared.events.intake import OrderAccepted, OrderDeclined, OrderSent, ReplySubmitted, StatementSubmitted
from shared.glossary import Word
from shared.zone import format_z


class MessageType(Word):
    """What a message tells."""

    ACCEPTED = "order.accepted"
    DECLINED = "order.declined"
    DISPATCHED = "order.dispatched"
    CREW_ARRIVED = "order.crew_arrived"
    ESTIMATE_CHANGED = "order.estimate_changed"
    RESTORED = "order.restored"
    REPLIED = "order.replied"
    STATEMENT_SUBMITTED = "order.statement_submitted"


@dataclass(frozen=True, slots=True)
class PlatformMessage:
    """One message; `data` is JSON text."""

    type: MessageType
    occurred_at: datetime
    data: str


@dataclass(frozen=True)
class _Telling:
    """Which message a happening is; `of_order` stand on the order then, `of_line` on its line of the timeline.

    Without the first of them there is nothing to tell, unless `is_none_told`: then that there is none is the news.
    """

    type: MessageType
    of_order: tuple[str, ...] = ()
    of_line: tuple[str, ...] = ()
    is_none_told: bool = False


_REPLY = ("replied_at", "reply_process", "reply_result", "customer_opinion", "reply_cause")
TOLD: Mapping[str, _Telling] = {
    OrderAccepted.name: _Telling(MessageType.ACCEPTED, ("accepted_at",)),
    OrderDeclined.name: _Telling(MessageType.DECLINED, ("declined_at", "decline_reason")),
    CrewAssigned.name: _Telling(MessageType.DISPATCHED, ("dispatched_at",)),
    CrewArrived.name: _Telling(MessageType.CREW_ARRIVED, ("arrived_at", "arrival_recorded_at")),
    FaultSurveyed.name: _Telling(MessageType.ESTIMATE_CHANGED, ("estimated_restoration_at",)),
    EstimateChanged.name: _Telling(MessageType.ESTIMATE_CHANGED, ("estimated_restoration_at",), is_none_told=True),
    PowerRestored.name: _Telling(MessageType.RESTORED, ("power_restored_at",)),
    # A repair's reply goes up when the city sends it, any other one when it goes to the province for review.
    OrderSent.name: _Telling(MessageType.REPLIED, ("sent_at", *_REPLY)),
    ReplySubmitted.name: _Telling(MessageType.REPLIED, _REPLY),
    StatementSubmitted.name: _Telling(
        MessageType.STATEMENT_SUBMITTED, of_line=("statement_submitted_at", "signer_unit", "claim")
    ),
}


def messages_of(order: Order, happened: Iterable[Happening]) -> list[PlatformMessage]:
    """Return what the platform must be told of what just happened to `order`, in the order of its happening."""
    if not order.is_national:
        return []
    return [message for line in happened if line.kind in TOLD and (message := _tell(order, line, TOLD[line.kind]))]


def _tell(order: Order, line: Happening, telling: _Telling) -> PlatformMessage | None:
    noted = json.loads(line.data)
    if not noted.get("is_effective", True):
        return None
    said = {name: getattr(order, name) for name in telling.of_order} | {name: noted[name] for name in telling.of_line}
    if next(iter(said.values())) is None and not telling.is_none_told:
        return None
    about = {"national_order_no": order.national_order_no, "order_no": order.order_no, "round": order.round}
    data = about | {name: _plain(value) for name, value in said.items()}
    return PlatformMessage(telling.type, line.occurred_at, json.dumps(data, ensure_ascii=False))


def _plain(value: Any) -> Any:
    return format_z(value) if isinstance(value, datetime) else value
