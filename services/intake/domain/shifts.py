"""Shifts: who is on duty in which group, and when they may leave (requirements 000-036, 000-038; E21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.errors import Conflict, Text
from shared.glossary import Word


class Group(Word):
    """业务受理组、业务回访组、服务质量监督组 (requirement 000-036)."""

    ACCEPTANCE = "acceptance"
    CALLBACK = "callback"
    QUALITY_SUPERVISION = "quality_supervision"


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's time on duty; open until signed out."""

    id: UUID
    person: str
    group: Group
    signed_in_at: datetime
    signed_out_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """An order that somebody still answers for: what a hand-over names it by, and nothing of its caller."""

    order_id: UUID
    order_no: str
    business_type: str
    status: str
    received_at: datetime
    offered_to: str | None = None


NAMED = 20
"""So many orders are named in a refusal; the rest is counted."""

_OTHER_GROUP = Text("您已在“{group}”组当班，请先交班", "you are on duty in group “{group}”; sign out there first")
_NOT_ON_DUTY = Text("您没有当班记录", "you are not on duty")
_WORK_LEFT = Text(
    "还有 {count} 张在途工单由您负责，接班人逐件确认后才能下班：{orders}",
    "you still answer for {count} open orders; leave once your successor has confirmed each: {orders}",
)


def check_sign_in(current: Shift | None, group: Group) -> None:
    """Return if a person may begin a shift in `group`, or is in it; raises Conflict while they are in another."""
    if current is not None and current.group is not group:
        raise Conflict("shift.open_elsewhere", _OTHER_GROUP, group=str(current.group))


def require_shift(current: Shift | None) -> Shift:
    """Return the shift that a person is in; raises Conflict if there is none."""
    if current is None:
        raise Conflict("shift.not_on_duty", _NOT_ON_DUTY)
    return current


def check_sign_out(left: Sequence[OpenWork], *, count: int) -> None:
    """Return if nothing is left in a person's hands; raises Conflict naming what is (E21: only then)."""
    if count:
        named = [work.order_no for work in left[:NAMED]]
        raise Conflict("shift.work_left", _WORK_LEFT, count=count, orders=named)
