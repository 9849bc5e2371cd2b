"""The task: one crew's job on one order in one round, moved on by field reports and by the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.dispatch.domain import reports
from services.dispatch.domain.reports import FieldReport, Standing
from services.dispatch.domain.steps import CLOSED, STEPS, Kind, TaskStatus
from shared.aggregate import Aggregate
from shared.errors import Conflict, Text
from shared.events import dispatch as events
from shared.glossary import AssetOwnership, Tier
from shared.zone import format_z


@dataclass(kw_only=True, eq=False, slots=True)
class Task(Aggregate):
    """One crew's job. `reported` says when each kind happened, `findings` what was said; `last_at`: the latest step."""

    order_id: UUID
    incident_id: UUID
    crew_code: str
    station_code: str
    tier: Tier
    round: int = 1
    is_lead: bool = True
    is_late_entry: bool = False
    status: TaskStatus = TaskStatus.DISPATCHED
    dispatched_at: datetime
    distance_m: int | None = None
    reason: str
    last_step: str = "dispatched"
    last_at: datetime
    reported: dict[str, str] = field(default_factory=dict)
    findings: dict[str, Any] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether the crew still has something to do or to say."""
        return self.status not in CLOSED

    def send(self) -> None:
        """Tell the world that the crew was told to go."""
        event = events.CrewAssigned(
            **self._who(),
            incident_id=self.incident_id,
            station_code=self.station_code,
            tier=self.tier,
            dispatched_at=self.dispatched_at,
            distance_m=self.distance_m,
            reason=self.reason,
        )
        self.tell(event, occurred_at=self.dispatched_at)

    def take(self, report: FieldReport, *, now: datetime, is_earth_fault: bool) -> list[str]:
        """Move on by one report and return what is hard to believe about it; raises the rule that it breaks."""
        standing = Standing(
            status=self.status,
            reported=self.reported,
            last_step=self.last_step,
            last_at=self.last_at,
            is_earth_fault=is_earth_fault or bool(self.findings.get("is_earth_fault")),
        )
        at = reports.check(report, standing, now=now)
        warnings = reports.find_warnings(report, at, standing)
        step = STEPS[report.kind]
        if step.to is not None:
            self.status = step.to
        self._note(report.kind.value, at)
        said = {name: value for name, value in report.details.items() if value is not None}
        if said:
            self.findings = {**self.findings, **{n: _plain(v) for n, v in said.items()}}
        if report.kind in SPOKEN:
            self.tell(SPOKEN[report.kind](self._who(), at, now, report.details), occurred_at=at)
        return warnings

    def permit(self, *, at: datetime, by: str) -> None:
        """Let work begin, the safety checklist complete; raises Conflict unless the crew asked for it."""
        if self.status != TaskStatus.PERMIT_REQUESTED:
            raise Conflict("permit.not_requested", _NOT_REQUESTED, status=self.status.value)
        self._check_after_last(at, "work_permit")
        self.status = TaskStatus.PERMITTED
        self._note("work_permit", at)
        self.tell(events.WorkPermitted(**self._who(), work_permitted_at=at, by=by), occurred_at=at)

    def finish_switching(self, *, at: datetime, by: str) -> None:
        """The station switch is open: the crew may go on; raises Conflict unless it asked for it."""
        if self.status != TaskStatus.AWAITING_SWITCHING:
            raise Conflict("switching.not_requested", _NO_SWITCHING, status=self.status.value)
        self._check_after_last(at, "switching_done")
        self.status = TaskStatus.SURVEYED
        self._note("switching_done", at)
        self.tell(events.SwitchingDone(**self._who(), switching_done_at=at, by=by), occurred_at=at)

    def withdraw(self, *, at: datetime, reason: str) -> None:
        """Take the job off the crew: the order fell away, or light came back without it."""
        self.status = TaskStatus.WITHDRAWN
        self.tell(events.TaskWithdrawn(**self._who(), withdrawn_at=at, reason=reason), occurred_at=at)

    def reopen_for_reply(self, *, reason: str) -> None:
        """The reviewer gave the reply back: the same crew writes it anew (lifecycle 3.1, row 23)."""
        is_inside = Kind.CUSTOMER_INTERNAL in self.reported
        self.status = TaskStatus.CUSTOMER_INTERNAL if is_inside else TaskStatus.RESTORED
        self.reported = {kind: at for kind, at in self.reported.items() if kind != Kind.REPLIED}
        self.findings = {**self.findings, "rework_reason": reason}

    def _check_after_last(self, at: datetime, step: str) -> None:
        if at < self.last_at:
            raise Conflict(
                "task.before_predecessor",
                _BEFORE,
                step=step,
                occurred_at=format_z(at),
                predecessor=self.last_step,
                predecessor_at=format_z(self.last_at),
            )

    def _note(self, step: str, at: datetime) -> None:
        self.reported = {**self.reported, step: format_z(at)}
        self.last_step, self.last_at = step, at

    def _who(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "task_id": self.id,
            "crew_code": self.crew_code,
            "round": self.round,
            "is_lead": self.is_lead,
        }


def _plain(value: Any) -> Any:
    return format_z(value) if isinstance(value, datetime) else value


Who = dict[str, Any]
Details = Any
Speak = Callable[[Who, datetime, datetime, Details], events.TaskEvent]

SPOKEN: dict[Kind, Speak] = {
    Kind.ACCEPTED: lambda who, at, now, d: events.CrewAccepted(**who, crew_received_at=at),
    Kind.REFUSED: lambda who, at, now, d: events.CrewRefused(**who, refused_at=at, reason=d["reason"]),
    Kind.DEPARTED: lambda who, at, now, d: events.CrewDeparted(**who, departed_at=at),
    Kind.ARRIVED: lambda who, at, now, d: events.CrewArrived(**who, arrived_at=at, arrival_recorded_at=now),
    Kind.DELAYED: lambda who, at, now, d: events.ArrivalDelayed(
        **who, delayed_at=at, explanation=d["explanation"], expected_arrival_at=d.get("expected_arrival_at")
    ),
    Kind.SURVEYED: lambda who, at, now, d: events.FaultSurveyed(
        **who,
        surveyed_at=at,
        first_report=d["first_report"],
        estimated_restoration_at=d.get("estimated_restoration_at"),
        asset_ownership=d.get("asset_ownership") or AssetOwnership.UNKNOWN,
    ),
    Kind.CUSTOMER_INTERNAL: lambda who, at, now, d: events.CustomerInternalFound(
        **who, found_at=at, onsite_explanation=d["onsite_explanation"], asset_ownership=d["asset_ownership"]
    ),
    Kind.SUPPORT_REQUESTED: lambda who, at, now, d: events.SupportRequested(
        **who, support_requested_at=at, reason=d["reason"]
    ),
    Kind.SWITCHING_REQUESTED: lambda who, at, now, d: events.SwitchingRequested(
        **who, switching_requested_at=at, reason=d["reason"]
    ),
    Kind.PERMIT_REQUESTED: lambda who, at, now, d: events.PermitRequested(**who, permit_requested_at=at),
    Kind.WORK_STARTED: lambda who, at, now, d: events.WorkStarted(**who, work_started_at=at),
    Kind.TRUNK_RESTORED: lambda who, at, now, d: events.TrunkRestored(**who, trunk_restored_at=at),
    Kind.REPAIRED: lambda who, at, now, d: events.FaultRepaired(**who, repaired_at=at),
    Kind.READY_TO_ENERGISE: lambda who, at, now, d: events.EnergiseReady(**who, ready_to_energise_at=at),
    Kind.REPLIED: lambda who, at, now, d: events.RepairReplied(
        **who,
        replied_at=at,
        process=d["process"],
        result=d["result"],
        customer_opinion=d["customer_opinion"],
        cause=d["cause"],
    ),
}
"""What each kind tells the other contexts; `restored` is told by its incident."""

_NOT_REQUESTED = Text("该任务未申请工作许可（{status}）", "no permit was asked for ({status})")
_NO_SWITCHING = Text("该任务未申请站内停电（{status}）", "no switching was asked for ({status})")
_BEFORE = Text(
    "{step} 的时间 {occurred_at} 早于 {predecessor}（{predecessor_at}）",
    "{step} at {occurred_at} is before {predecessor} at {predecessor_at}",
)
