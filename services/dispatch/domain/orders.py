"""The job order: what dispatch knows of a repair order, who was sent for it, and in which round it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.aggregate import Aggregate
from shared.events.intake import Caller
from shared.glossary import AreaType, CustomerClass, FaultClass, OutageScope, SpecialNeed, Tier, VoltageLevel

LAST_IMPORTANT = 2
"""The last priority of the regulatory important customers: for these a 所 goes."""

ORDINARY = 9
"""The priority of everybody else."""


class JobStatus(StrEnum):
    """Where a repair order stands here."""

    RECEIVED = "received"
    CHILD = "child"
    WAITING = "waiting"
    SENT = "sent"
    RESTORED = "restored"
    DONE = "done"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What became of one crew that was sent."""

    OPEN = "open"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLIED = "replied"


@dataclass(frozen=True)
class Sent:
    """One crew that was sent for an order, in one round."""

    task_id: UUID
    crew_code: str
    round: int
    outcome: Outcome = Outcome.OPEN


@dataclass(kw_only=True, eq=False, slots=True)
class JobOrder(Aggregate):
    """A repair order as the command centre sees it. Times are aware UTC, `lon`/`lat` degrees."""

    order_no: str
    status: JobStatus = JobStatus.RECEIVED
    round: int = 1
    reported_at: datetime
    received_at: datetime
    accepted_at: datetime | None = None
    is_late_entry: bool = False
    content: str
    surroundings: str | None = None
    caller: Caller
    area_type: AreaType
    outage_scope: OutageScope | None = None
    voltage_level: VoltageLevel | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    station_code: str | None = None
    lon: float | None = None
    lat: float | None = None
    customers_affected: int | None = None
    incident_id: UUID | None = None
    main_order_id: UUID | None = None
    owner_code: str | None = None
    tier: Tier | None = None
    class_l1: FaultClass | None = None
    is_green_channel: bool = False
    sent: list[Sent] = field(default_factory=list)

    @property
    def is_main(self) -> bool:
        """Whether this order leads its incident."""
        return self.incident_id is not None and self.main_order_id is None

    @property
    def is_closed(self) -> bool:
        """Whether the order fell away (declined or cancelled)."""
        return self.status == JobStatus.CLOSED

    @property
    def is_important(self) -> bool:
        """Whether a regulatory important customer is without power."""
        return self.caller.customer_class != CustomerClass.ORDINARY

    @property
    def priority(self) -> int:
        """Say whose turn comes first, 0 before 9 (000-008): important, key and vulnerable customers lead.

        An order that goes by the green channel has the turn of a key customer's (000-010).
        """
        ranks = {
            CustomerClass.IMPORTANT_SPECIAL: 0,
            CustomerClass.IMPORTANT_1: 1,
            CustomerClass.IMPORTANT_2: 2,
            CustomerClass.ORDINARY: ORDINARY,
        }
        rank = ranks[self.caller.customer_class]
        if self.caller.is_vip or self.is_green_channel:
            rank = min(rank, 3)
        if self.caller.special_need != SpecialNeed.NONE:
            rank = min(rank, 4)
        return rank

    def open_tasks(self) -> list[Sent]:
        """List the tasks that are not over yet, in the order in which they were made."""
        return [s for s in self.sent if s.outcome == Outcome.OPEN]

    def find_sent(self, crew_code: str) -> Sent | None:
        """Return this round's task of a crew unless it was refused or withdrawn: assigning it again changes nothing."""
        over = {Outcome.REFUSED, Outcome.WITHDRAWN}
        same = (s for s in self.sent if s.crew_code == crew_code and s.round == self.round and s.outcome not in over)
        return next(same, None)

    def refused_by(self) -> frozenset[str]:
        """Name the crews that refused in this round: they are not offered again."""
        return frozenset(s.crew_code for s in self.sent if s.round == self.round and s.outcome == Outcome.REFUSED)

    def note_sent(self, task_id: UUID, crew_code: str) -> None:
        """Remember that a crew was sent."""
        self.sent = [*self.sent, Sent(task_id, crew_code, self.round)]
        self.status = JobStatus.SENT

    def note_outcome(self, task_id: UUID, outcome: Outcome) -> None:
        """Remember what became of a task."""
        self.sent = [Sent(s.task_id, s.crew_code, s.round, outcome) if s.task_id == task_id else s for s in self.sent]
