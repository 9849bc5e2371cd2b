"""督办: management presses a late or hard case, names who must report and by when, and closes it with a conclusion.

Requirement 001-070: each complaint's service specialist tracks it under one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.order import Order
from shared.errors import Conflict, Invalid, Text, bad_field
from shared.events.intake.responsibility import SupervisionClosed, SupervisionOpened
from shared.glossary import Word

TRACK_WITHIN = timedelta(hours=24)
"""So soon the service specialist reports of a complaint, unless the policy `complaint_telling` says otherwise."""


class SupervisionCause(Word):
    """Why there is one."""

    MANAGEMENT = "management"
    COMPLAINT_TRACKING = "complaint_tracking"
    INTEGRITY = "integrity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """One task of supervision. `addressee` is who must report: a person, or a role of `unit`."""

    id: UUID
    order_id: UUID
    cause: SupervisionCause
    reason: str
    addressee: str
    unit: str | None
    opened_by: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None

    def check_open(self) -> None:
        """Return if it still waits for an answer; raises Conflict once it is closed."""
        if self.closed_at is not None:
            raise Conflict("supervision.closed", _CLOSED, closed_at=str(self.closed_at))


_CLOSED = Text("该督办已于 {closed_at} 办结", "this supervision was closed at {closed_at}")
_OVER = Text("工单已结束（{status}），不能督办", "the order is over (“{status}”); there is nothing to press")
_DUE = Text("督办期限必须晚于当前时间", "the time limit must lie in the future")
_NO_REPORT = Text("尚无办理情况回报，不能办结", "nothing was reported yet; it cannot be closed")


def open_supervision(order: Order, wanted: Supervision) -> None:
    """Put the supervision on the order; raises Conflict once the order is over, Invalid for a limit that has passed."""
    if order.is_over:
        raise Conflict("order.already_over", _OVER, status=str(order.status))
    if wanted.due_at <= wanted.opened_at:
        wrong = bad_field("due_at", "supervision.due_in_past", _DUE.zh, _DUE.en)
        raise Invalid("supervision.due_in_past", _DUE, fields=[wrong])
    event = SupervisionOpened(
        order_id=order.id,
        supervision_id=wanted.id,
        opened_at=wanted.opened_at,
        due_at=wanted.due_at,
        addressee=wanted.addressee,
    )
    order.say(event, occurred_at=wanted.opened_at, actor=wanted.opened_by, reason=wanted.reason, cause=wanted.cause)


def close_supervision(
    order: Order, supervision: Supervision, conclusion: str, *, report_count: int, at: datetime, by: str
) -> None:
    """End it with a conclusion; raises Conflict when it is closed already or nobody has reported."""
    supervision.check_open()
    if not report_count:
        raise Conflict("supervision.no_report", _NO_REPORT)
    event = SupervisionClosed(order_id=order.id, supervision_id=supervision.id, closed_at=at)
    order.say(event, occurred_at=at, actor=by, conclusion=conclusion)
