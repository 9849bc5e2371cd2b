"""Complaints go on round the clock: the department is phoned first, then the six roles are told (001-068, 001-069)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain.notifying import SIX_ROLES, NotifiedRole
from services.intake.domain.order import Order
from services.intake.domain.times import check_time
from shared.errors import Conflict, Text
from shared.events.intake.responsibility import ComplaintRolesTold, DepartmentCalled
from shared.glossary import BusinessType


@dataclass(frozen=True, slots=True)
class TellingPolicy:
    """Policy `complaint_telling`. A department that does not answer holds nothing up: after `calls_before_roles` calls
    in vain the roles are told all the same. Nobody phoned within `call_within`: the desk is alerted.
    """

    roles: Sequence[NotifiedRole] = SIX_ROLES
    calls_before_roles: int = 2
    call_within: timedelta = timedelta(minutes=10)
    track_within: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentCall:
    """One call to the department."""

    id: UUID
    unit: str
    is_reached: bool
    spoke_with: str | None
    note: str | None
    called_at: datetime


@dataclass(frozen=True, slots=True)
class CallsSoFar:
    """What was tried before, for this order and unit."""

    in_vain: int
    is_roles_told: bool


_NO_COMPLAINT = Text("只有投诉工单需要电话通知部门并群发", "only complaints are told to a department and the six roles")
_OVER = Text("工单已结束（{status}）", "the order is over (“{status}”)")


def note_call(
    order: Order, call: DepartmentCall, before: CallsSoFar, policy: TellingPolicy, *, by: str, now: datetime
) -> bool:
    """Put the call on the order; return whether the six roles are to be told now.

    They are told once for an order and unit: when the department was reached, or was tried often enough in vain.
    """
    if order.business_type is not BusinessType.COMPLAINT:
        raise Conflict("complaint_telling.no_complaint", _NO_COMPLAINT)
    if order.is_over:
        raise Conflict("order.already_over", _OVER, status=str(order.status))
    check_time(order, "called_at", call.called_at, now=now, place="assessed_at")
    event = DepartmentCalled(
        order_id=order.id, call_id=call.id, unit=call.unit, called_at=call.called_at, is_reached=call.is_reached
    )
    order.say(event, occurred_at=call.called_at, actor=by, spoke_with=call.spoke_with, note=call.note)
    is_time = call.is_reached or before.in_vain + 1 >= policy.calls_before_roles
    return is_time and not before.is_roles_told


def note_roles_told(order: Order, unit: str, policy: TellingPolicy, *, at: datetime, by: str) -> None:
    """Put on the order that the roles of `unit` are told."""
    roles = [str(role) for role in policy.roles]
    event = ComplaintRolesTold(order_id=order.id, unit=unit, told_at=at, roles=roles)
    order.say(event, occurred_at=at, actor=by)


def word_complaint(order: Order, unit: str, *, is_reached: bool) -> tuple[str, str]:
    """Return subject and text for the six roles: the complaint in full; who complained stands on the order itself."""
    phoned = "已电话通知责任部门" if is_reached else "责任部门电话未接通，请即联系"
    return (
        f"投诉工单 {order.order_no}",
        f"【投诉】{order.order_no}（{unit}，{phoned}）：{order.content}",
    )
