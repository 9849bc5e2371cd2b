"""A field report: what a crew says from where it is, and the rules that every report keeps, each refusal with its name.

Interfaces section 2; safety gate E32, trunk first E33, order of times E34 and requirement 001-057. A phone may send
late: `occurred_at` is the phone's clock, corrected; a refusal never blocks reports of other tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.dispatch.domain.steps import CLOSED, STEPS, Kind, TaskStatus, needs_next
from shared.errors import BadField, Conflict, Invalid, NotFound, RelightError, Text
from shared.zone import format_z

FUTURE_TOLERANCE = timedelta(seconds=60)
"""What a phone's clock may run ahead of ours."""

SAME_MOMENT = timedelta(seconds=1)
"""Phones write whole seconds: less than this before its predecessor counts as the same moment (equal is allowed)."""

KIND_ZH: dict[str, str] = {
    "dispatched": "派单",
    "accepted": "接单",
    "refused": "拒单",
    "departed": "出发",
    "arrived": "到达现场",
    "surveyed": "勘察汇报",
    "support_requested": "请求支援",
    "switching_requested": "申请站内停电",
    "switching_done": "站内停电完成",
    "permit_requested": "申请工作许可",
    "work_permit": "调度许可开工",
    "work_started": "开工",
    "trunk_restored": "主干线恢复",
    "repaired": "修复",
    "ready_to_energise": "可以送电",
    "restored": "恢复送电",
    "replied": "回单",
    "delayed": "延误说明",
    "customer_internal": "客户内部故障",
}
"""Each step as dispatchers call it."""


@dataclass(frozen=True)
class FieldReport:
    """One report. `occurred_at` is already corrected by the phone's offset; `details` are the fields of its kind."""

    report_id: UUID
    task_id: UUID
    kind: Kind
    occurred_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How far a task has come: all that the rules ask about it."""

    status: TaskStatus
    reported: Mapping[str, str]
    last_step: str
    last_at: datetime
    is_earth_fault: bool


def check(report: FieldReport, standing: Standing, *, now: datetime) -> datetime:
    """Return when the report counts as having happened; raises the first rule that it breaks, by name."""
    if report.occurred_at > now + FUTURE_TOLERANCE:
        raise Conflict("report.from_the_future", _FUTURE, occurred_at=format_z(report.occurred_at))
    _check_sequence(report.kind, standing)
    _check_complete(report)
    return _check_time(report, standing, now=now)


def _check_sequence(kind: Kind, standing: Standing) -> None:
    step = STEPS[kind]
    if kind in standing.reported and not step.is_repeatable:
        raise Conflict("report.already_reported", _ALREADY, kind=kind.value, at=standing.reported[kind])
    if standing.status in CLOSED:
        raise Conflict("report.task_closed", _CLOSED, status=standing.status.value)
    if kind == Kind.WORK_STARTED and standing.status not in step.after:
        raise Conflict("report.no_permit", _NO_PERMIT, needs=needs_next(standing.status))
    if standing.status not in step.after:
        needs = needs_next(standing.status)
        words = "、".join(KIND_ZH[n] for n in needs)
        raise Conflict("report.out_of_sequence", _SEQUENCE, kind=kind.value, needs=needs, needs_zh=words)
    if kind == Kind.REPAIRED and standing.is_earth_fault and Kind.TRUNK_RESTORED not in standing.reported:
        raise Conflict("report.trunk_first", _TRUNK)


def _check_complete(report: FieldReport) -> None:
    missing = [name for name in STEPS[report.kind].needs if not report.details.get(name)]
    if missing:
        fields = [BadField(name, "field.missing", Text("必填", "is required")) for name in missing]
        raise Invalid("report.incomplete", _INCOMPLETE, fields=fields, kind=report.kind.value)


def _check_time(report: FieldReport, standing: Standing, *, now: datetime) -> datetime:
    at = min(report.occurred_at, now)
    if at >= standing.last_at:
        return at
    if standing.last_at - at < SAME_MOMENT:
        return standing.last_at
    raise Conflict(
        "report.before_predecessor",
        _BEFORE,
        kind=report.kind.value,
        occurred_at=format_z(at),
        predecessor=standing.last_step,
        predecessor_at=format_z(standing.last_at),
    )


def find_warnings(report: FieldReport, at: datetime, standing: Standing) -> list[str]:
    """Name what is allowed and yet hard to believe: nobody arrives at the second of leaving (lifecycle 3.1)."""
    is_at_once = report.kind == Kind.ARRIVED and standing.last_step == Kind.DEPARTED and at == standing.last_at
    return ["report.arrived_equals_departed"] if is_at_once else []


def not_your_task() -> RelightError:
    """Refuse a report on a task of another crew; whether that task exists is not told."""
    return NotFound("report.not_your_task", _NOT_YOURS)


_FUTURE = Text("上报时间在未来", "a report cannot come from the future")
_ALREADY = Text("该环节已上报（{at}）", "{kind} was reported already, at {at}")
_CLOSED = Text("该任务已结束（{status}）", "the task is over ({status})")
_NO_PERMIT = Text("未经调度许可，不得开工", "no work without the grid dispatcher's permit")
_SEQUENCE = Text("环节顺序不符，下一步应为：{needs_zh}", "{kind} is out of sequence; next is one of {needs}")
_TRUNK = Text("接地故障应先恢复主干线路", "an earth fault: the trunk carries again before the branches")
_INCOMPLETE = Text("上报内容不完整", "the report lacks what its kind needs")
_BEFORE = Text(
    "上报时间 {occurred_at} 早于前一环节 {predecessor}（{predecessor_at}）",
    "{kind} at {occurred_at} is before {predecessor} at {predecessor_at}",
)
_NOT_YOURS = Text("不是本队伍的任务", "not a task of your crew")
