"""Repairs in a world of their own: crews do things in order, and tell of them late, twice or out of order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.intake.domain.field import STEPS
from services.intake.domain.lifecycle import Action, Status
from shared.auth import Role
from shared.events import Event
from shared.events.dispatch import (
    CrewAssigned,
    CrewRefused,
    CustomerInternalFound,
    EstimateChanged,
    FaultRepaired,
    FaultSurveyed,
    OrderAssessed,
    OrderMerged,
    PowerRestored,
    RepairReplied,
    SupportRequested,
    SwitchingDone,
    SwitchingRequested,
    TaskWithdrawn,
    TrunkRestored,
    WorkStarted,
)
from shared.ids import new_id
from tests.intake.field import field_of
from tests.intake.handling import Matter
from tests.intake.office import Office

ACTIONS: Mapping[type[Event], Action | None] = {
    **{kind: step.action for kind, step in STEPS.items()},
    OrderAssessed: Action.ASSESS,
    OrderMerged: Action.FOLLOW_MAIN_ORDER,
    CrewAssigned: Action.DISPATCH,
    CrewRefused: Action.CREW_REFUSE,
    TaskWithdrawn: Action.WITHDRAW_CREW,
    PowerRestored: Action.RESTORE,
    RepairReplied: Action.REPLY,
    EstimateChanged: None,
}
"""What each fact of the field would do, where it is legal."""

WAITING = {Status.ACCEPTED, Status.ASSESSED, Status.CHILD_OF_INCIDENT}
"""Where dispatch sends a crew."""

WAYS = ("plain", "internal", "support", "switching", "trunk")
"""How a crew's work may go."""


def moment_of(event: Event) -> datetime:
    """Return when a fact of the field happened."""
    said = event.model_dump()
    step = STEPS.get(type(event))
    times = {"estimated_restoration_at", "arrival_recorded_at"}
    name = step.fields[step.moment] if step else next(n for n in said if n.endswith("_at") and n not in times)
    moment: datetime = said[name]
    return moment


class Repair:
    """One order, and what dispatch and its crews know of it: their own truth, in the order in which it happened."""

    def __init__(self, office: Office, received: dict[str, Any]) -> None:
        self.office = office
        self.matter = Matter(office, received)
        self.id: str = received["id"]
        self.untold: list[Event] = []
        self.told: list[Event] = []
        self.task: dict[str, Any] | None = None
        self.over_at: datetime | None = None
        """When dispatch is done with the outage: light is back, or the fault was the customer's own."""
        self.sent_out: Any = None
        """Which way through the field the crew was sent on: the round, and when the order was last reopened."""

    async def shown(self) -> dict[str, Any]:
        """Return the order as a supervisor reads it."""
        return await self.office.order(self.id, role=Role.SUPERVISOR)

    async def press(self, what: str, **body: Any) -> httpx.Response:
        """Press something at a desk, a minute later."""
        return await self.matter.press(what, Role.SUPERVISOR, **body)

    def happened(self) -> list[Event]:
        """Return what has happened and was not told; what the crew would have done next falls away."""
        return [event for event in self.untold if moment_of(event) <= self.office.clock.now()]

    def is_open(self) -> bool:
        """Say whether dispatch has the outage as not over yet."""
        return self.over_at is None or self.office.clock.now() < self.over_at

    def notice(self, shown: dict[str, Any]) -> None:
        """Let dispatch see that the order came back: no crew has it, whatever it was about to do."""
        sent_out = (shown["round"], shown["times"].get("reopened_at"))
        if sent_out != self.sent_out:
            self.untold, self.task, self.over_at, self.sent_out = self.happened(), None, None, sent_out

    def begin(self, way: str, number: int) -> None:
        """Dispatch sends a crew: this is what it is going to do."""
        self.untold = self.happened()
        start = self.office.clock.now() + timedelta(minutes=1)
        events = field_of(UUID(self.id), start=start, number=number)
        self.untold += _go(way, events)
        assigned = next(event for event in events if isinstance(event, CrewAssigned))
        self.task = {"order_id": assigned.order_id, "task_id": assigned.task_id, "crew_code": assigned.crew_code}
        self.task["round"] = number
        self.over_at = moment_of(next(e for e in self.untold if isinstance(e, (PowerRestored, RepairReplied))))

    def lose_crew(self, kind: type[CrewRefused | TaskWithdrawn]) -> Event:
        """The crew cannot go on, or is called off."""
        assert self.task
        now = self.office.clock.now()
        self.untold, task, self.task, self.over_at = self.happened(), self.task, None, None
        if kind is CrewRefused:
            return CrewRefused(**task, refused_at=now, reason="车辆故障")
        return TaskWithdrawn(**task, withdrawn_at=now, reason="另派")

    def see_light(self, number: int) -> Event:
        """The grid shows that light is back; whoever was on the way is called off."""
        now = self.office.clock.now()
        self.untold, self.task, self.over_at = self.happened(), None, now
        incident_id, order_id = new_id(), UUID(self.id)
        return PowerRestored(
            order_id=order_id, incident_id=incident_id, power_restored_at=now, is_observed=True, round=number
        )

    def write_again(self, number: int) -> Event | None:
        """The crew mends its reply, if there was one."""
        replies = [event for event in self.told if isinstance(event, RepairReplied) and event.round == number]
        now = self.office.clock.now()
        return replies[-1].model_copy(update={"replied_at": now, "process": "补充原因"}) if replies else None

    async def hear(self, *events: Event) -> None:
        """Let intake hear facts: not before they happened, which is when the clock is then."""
        clock = self.office.clock
        clock.moment = max(clock.moment, *(moment_of(event) for event in events))
        self.untold = [event for event in self.untold if event not in events]
        self.told += events
        await self.office.hear(*events)


def _go(way: str, events: list[Event]) -> list[Event]:
    """Let the work go some other way than the plain one; what is put in lies between its neighbours."""
    if way == "plain":
        return events
    kinds: dict[type[Event], Event] = {type(event): event for event in events}
    surveyed, started = kinds[FaultSurveyed], kinds[WorkStarted]
    assert isinstance(surveyed, FaultSurveyed)
    assert isinstance(started, WorkStarted)
    task = surveyed.model_dump(include={"order_id", "task_id", "crew_code", "round"})
    after, later = surveyed.surveyed_at + timedelta(minutes=1), surveyed.surveyed_at + timedelta(minutes=3)
    if way == "internal":
        found = CustomerInternalFound(**task, found_at=surveyed.surveyed_at, onsite_explanation="已说明产权分界")
        return [*events[: events.index(surveyed)], found, kinds[RepairReplied]]
    more: dict[str, list[Event]] = {
        "support": [SupportRequested(**task, support_requested_at=after, reason="需增援")],
        "switching": [
            SwitchingRequested(**task, switching_requested_at=after, reason="需拉开出线开关"),
            SwitchingDone(**task, switching_done_at=later, by="grid-1"),
        ],
        "trunk": [TrunkRestored(**task, trunk_restored_at=started.work_started_at + timedelta(minutes=1))],
    }
    place = events.index(kinds[FaultRepaired] if way == "trunk" else surveyed) + (way != "trunk")
    return [*events[:place], *more[way], *events[place:]]
