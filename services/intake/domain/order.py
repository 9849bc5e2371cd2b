"""The work order: one aggregate from the first call to the archive. What the field tells of it stands in `field.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.lifecycle import OVER, Action, Status, is_legal, next_status
from services.intake.domain.visibility import told_caller, told_event
from shared.aggregate import Aggregate
from shared.events import Event
from shared.events.intake import Caller
from shared.glossary import (
    AreaType,
    AssetOwnership,
    BusinessType,
    Channel,
    CustomerClass,
    FaultClass,
    OutageScope,
    Satisfaction,
    SpecialNeed,
    Tier,
    VoltageLevel,
)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of an order's timeline; `data` is JSON text."""

    kind: str
    occurred_at: datetime
    actor: str
    data: str


@dataclass(kw_only=True, eq=False, slots=True)
class Order(Aggregate):
    """A work order. The first block never changes, `first_responder` least of all (requirements 000-001, 003-001)."""

    order_no: str
    national_order_no: str | None = None
    business_type: BusinessType
    channel: Channel
    content: str
    customer_no: str | None = None
    caller_name: str
    caller_phone: str
    caller_address: str
    lon: float | None = None
    lat: float | None = None
    customer_class: CustomerClass = CustomerClass.ORDINARY
    special_need: SpecialNeed = SpecialNeed.NONE
    is_vip: bool = False
    area_type: AreaType
    outage_scope: OutageScope | None = None
    outage_started_at: datetime | None = None
    surroundings: str | None = None
    voltage_level: VoltageLevel | None = None
    transformer_area: str | None = None
    feeder: str | None = None
    station_code: str | None = None
    customers_affected: int | None = None
    is_late_entry: bool = False
    origin: str | None = None
    origin_no: str | None = None
    first_responder: str
    reported_at: datetime
    received_at: datetime
    recorded_at: datetime
    accept_by: datetime | None = None

    status: Status = Status.RECEIVED
    round: int = 1
    accountable: str
    declined_at: datetime | None = None
    decline_reason: str | None = None
    accepted_at: datetime | None = None
    merged_at: datetime | None = None
    main_order_id: UUID | None = None
    resolved_at: datetime | None = None
    assessed_at: datetime | None = None
    incident_id: UUID | None = None
    class_l1: FaultClass | None = None
    asset_ownership: AssetOwnership = AssetOwnership.UNKNOWN
    dispatched_at: datetime | None = None
    task_id: UUID | None = None
    crew_code: str | None = None
    tier: Tier | None = None
    crew_received_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    arrival_recorded_at: datetime | None = None
    surveyed_at: datetime | None = None
    first_report: str | None = None
    customer_internal_found_at: datetime | None = None
    onsite_explanation: str | None = None
    estimated_restoration_at: datetime | None = None
    estimate_changed_at: datetime | None = None
    support_requested_at: datetime | None = None
    switching_requested_at: datetime | None = None
    switching_done_at: datetime | None = None
    work_permitted_at: datetime | None = None
    work_started_at: datetime | None = None
    trunk_restored_at: datetime | None = None
    repaired_at: datetime | None = None
    ready_to_energise_at: datetime | None = None
    power_restored_at: datetime | None = None
    is_restoration_observed: bool = False
    replied_at: datetime | None = None
    reply_process: str | None = None
    reply_result: str | None = None
    customer_opinion: str | None = None
    reply_cause: str | None = None
    is_standard_statement: bool = False
    rework_at: datetime | None = None
    reviewed_at: datetime | None = None
    sent_at: datetime | None = None
    callback_given_up_at: datetime | None = None
    called_back_at: datetime | None = None
    is_power_restored_confirmed: bool | None = None
    satisfaction: Satisfaction | None = None
    callback_opinion: str | None = None
    reopened_at: datetime | None = None
    returned_at: datetime | None = None
    national_return_count: int = 0
    province_return_count: int = 0
    archived_at: datetime | None = None
    cancelled_at: datetime | None = None
    happened: list[Happening] = field(default_factory=list, repr=False)

    @property
    def return_count(self) -> int:
        """How often the order was returned (次), by whomever."""
        return self.national_return_count + self.province_return_count

    @property
    def is_national(self) -> bool:
        """Say whether the order came from the national platform, which then calls the customer back itself."""
        return self.national_order_no is not None

    @property
    def is_over(self) -> bool:
        """Say whether nobody works on the order any more: at most an appeal still looks at it."""
        return self.status in OVER

    @property
    def went_out_at(self) -> datetime | None:
        """When the present way through began, if it is not the first: facts from before belong to an earlier one."""
        again = [t for t in (self.returned_at, self.reopened_at) if t is not None]
        return max(again) if again else None

    @property
    def caller(self) -> Caller:
        """Whom the order is for, as crews and callback agents need it; of a misconduct report, nobody's name."""
        caller = Caller(
            customer_no=self.customer_no,
            name=self.caller_name,
            phone=self.caller_phone,
            address=self.caller_address,
            lon=self.lon,
            lat=self.lat,
            customer_class=self.customer_class,
            special_need=self.special_need,
            is_vip=self.is_vip,
        )
        return told_caller(self.business_type, caller)

    def can(self, action: Action) -> bool:
        """Say whether the life cycle allows `action` now."""
        return is_legal(self.business_type, self.status, action)

    def move(self, action: Action) -> None:
        """Follow the life cycle's table; raises Conflict (`order.transition_illegal`) and changes nothing."""
        self.status = next_status(self.business_type, self.status, action)

    def say(self, event: Event, *, occurred_at: datetime, actor: str, **more: Any) -> None:
        """Tell an event, and note it on the timeline with everything but personal data."""
        identities = (self.caller_name, self.caller_phone, self.caller_address, self.customer_no)
        self.tell(told_event(self.business_type, event, identities), occurred_at=occurred_at)
        data = event.model_dump_json(exclude=NOT_NOTED, exclude_none=True)
        self.happened.append(Happening(event.name, occurred_at, actor, _joined(data, more)))

    def note(self, kind: str, *, occurred_at: datetime, actor: str, event: Event | None = None, **data: Any) -> None:
        """Note a line on the timeline, in which nothing is ever changed; what `event` says stands in it too."""
        text = event.model_dump_json(exclude=NOT_NOTED, exclude_none=True) if event else "{}"
        self.happened.append(Happening(kind, occurred_at, actor, _joined(text, data)))

    def take_happened(self) -> list[Happening]:
        """Hand over the lines that are not written yet, once."""
        happened, self.happened = self.happened, []
        return happened


NOT_NOTED = {"order_id", "caller", "content", "surroundings"}
"""What the timeline does not repeat: the order is its own, and its caller's person is told elsewhere, masked."""


def _joined(text: str, more: dict[str, Any]) -> str:
    """Return the JSON object `text` with some more members."""
    if not more:
        return text
    added = json.dumps(more, ensure_ascii=False, default=str)
    return added if text == "{}" else f"{text[:-1]}, {added[1:]}"


DECLINE_WITHIN = timedelta(minutes=3)
"""A wrong repair order may be declined so long after it was received (requirement 001-055)."""
