"""What dispatch tells: outages, crews on their way, and what they report from the field."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events import Event
from shared.glossary import AreaType, AssetOwnership, FaultClass, Tier


class DispatchEvent(Event):
    """Any event that dispatch speaks."""

    topic: ClassVar[str] = "dispatch"


class OrderMerged(DispatchEvent):
    """The order tells of an outage that is known already: it follows that outage's main order."""

    name: ClassVar[str] = "order-merged"

    incident_id: UUID
    main_order_id: UUID
    merged_at: datetime


class OrderAssessed(DispatchEvent):
    """研判: what kind of fault this is, and where it hangs in the grid."""

    name: ClassVar[str] = "order-assessed"

    assessed_at: datetime
    incident_id: UUID
    class_l1: FaultClass
    area_type: AreaType
    asset_ownership: AssetOwnership = AssetOwnership.UNKNOWN


class TaskEvent(DispatchEvent):
    """Anything about one crew's job on one order."""

    task_id: UUID
    crew_code: str
    round: int = 1
    is_lead: bool = True
    """False for a further crew that helps out on the same order (joint repair, requirement 000-070)."""


class CrewAssigned(TaskEvent):
    """A crew of the right tier was told to go (派单)."""

    name: ClassVar[str] = "crew-assigned"

    incident_id: UUID
    station_code: str
    tier: Tier
    dispatched_at: datetime
    distance_m: int | None = None
    reason: str
    """Why this crew, in words that a dispatcher can check."""


class CrewAccepted(TaskEvent):
    """The crew has the order in hand (接单)."""

    name: ClassVar[str] = "crew-accepted"

    crew_received_at: datetime


class CrewRefused(TaskEvent):
    """The crew cannot go and said why; the order goes to another (转派)."""

    name: ClassVar[str] = "crew-refused"

    refused_at: datetime
    reason: str


class CrewDeparted(TaskEvent):
    """The vehicle left the gate."""

    name: ClassVar[str] = "crew-departed"

    departed_at: datetime


class CrewArrived(TaskEvent):
    """The crew is on site. `arrival_recorded_at` is when we learned it, a promise of its own (requirement 001-059)."""

    name: ClassVar[str] = "crew-arrived"

    arrived_at: datetime
    arrival_recorded_at: datetime


class ArrivalDelayed(TaskEvent):
    """The crew cannot be there in time: it told the customer why and when (lifecycle 3.1, row 11)."""

    name: ClassVar[str] = "arrival-delayed"

    delayed_at: datetime
    explanation: str
    expected_arrival_at: datetime | None = None


class FaultSurveyed(TaskEvent):
    """First report from the site, with the first estimate (requirements 000-080, 000-082)."""

    name: ClassVar[str] = "fault-surveyed"

    surveyed_at: datetime
    first_report: str
    estimated_restoration_at: datetime | None = None
    asset_ownership: AssetOwnership = AssetOwnership.UNKNOWN


class CustomerInternalFound(TaskEvent):
    """The faulty part is the customer's: explained on site (requirement 001-061)."""

    name: ClassVar[str] = "customer-internal-found"

    found_at: datetime
    onsite_explanation: str
    asset_ownership: AssetOwnership = AssetOwnership.CUSTOMER


class SupportRequested(TaskEvent):
    """The crew needs more people or material (requirement 000-081)."""

    name: ClassVar[str] = "support-requested"

    support_requested_at: datetime
    reason: str


class SwitchingRequested(TaskEvent):
    """A station switch must be opened first (requirement 000-085)."""

    name: ClassVar[str] = "switching-requested"

    switching_requested_at: datetime
    reason: str


class SwitchingDone(TaskEvent):
    """The station switch is open, the crew may go on (requirement 000-085)."""

    name: ClassVar[str] = "switching-done"

    switching_done_at: datetime
    by: str


class TaskWithdrawn(TaskEvent):
    """The job was taken off the crew: the order fell away, light came back without it, or the lead crew was done."""

    name: ClassVar[str] = "task-withdrawn"

    withdrawn_at: datetime
    reason: str


class PermitRequested(TaskEvent):
    """The crew asks the grid dispatcher for leave to work, with its safety checklist."""

    name: ClassVar[str] = "permit-requested"

    permit_requested_at: datetime


class WorkPermitted(TaskEvent):
    """The grid dispatcher gave leave to work, the safety checklist complete (requirement 000-087)."""

    name: ClassVar[str] = "work-permitted"

    work_permitted_at: datetime
    by: str


class WorkStarted(TaskEvent):
    """Work began, with a permit."""

    name: ClassVar[str] = "work-started"

    work_started_at: datetime


class TrunkRestored(TaskEvent):
    """The trunk line carries again, branches still wait (requirement 000-088)."""

    name: ClassVar[str] = "trunk-restored"

    trunk_restored_at: datetime


class FaultRepaired(TaskEvent):
    """The repair is done (抢修完毕)."""

    name: ClassVar[str] = "fault-repaired"

    repaired_at: datetime


class EnergiseReady(TaskEvent):
    """“可以送电”: the crew lead told the dispatcher that the line may be energised."""

    name: ClassVar[str] = "energise-ready"

    ready_to_energise_at: datetime


class PowerRestored(DispatchEvent):
    """Light is back. Without a task when the grid showed it before any crew had worked."""

    name: ClassVar[str] = "power-restored"

    incident_id: UUID
    task_id: UUID | None = None
    power_restored_at: datetime
    is_observed: bool = False
    """Seen by the grid's own monitoring, not reported by a crew."""
    round: int = 1


class RepairReplied(TaskEvent):
    """The crew's reply (回单): course, result, customer's opinion and cause (requirements 000-090, 001-063)."""

    name: ClassVar[str] = "repair-replied"

    replied_at: datetime
    process: str
    result: str
    customer_opinion: str
    cause: str


class EstimateChanged(DispatchEvent):
    """A new estimate of when light is back (ETR), or that there is none any more."""

    name: ClassVar[str] = "estimate-changed"

    incident_id: UUID
    estimated_at: datetime
    estimated_restoration_at: datetime | None


class OutageExtentChanged(DispatchEvent):
    """More or fewer customers are out than was known."""

    name: ClassVar[str] = "outage-extent-changed"

    incident_id: UUID
    observed_at: datetime
    customers_affected: int
