"""What somebody must send to have an order received, and how a bad one is answered: every bad field at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationError

from services.intake.api.linked import LinkedAnswer, PlaceChoice, answer_choices, answer_link
from services.intake.api.said import (
    LANGUAGE,
    PHONE,
    TAKING,
    WRITTEN,
    NoticesBody,
    PhoneResolutionBody,
    TriageBody,
)
from services.intake.domain.lifecycle import Status
from services.intake.domain.new_order import LateEntry, NewOrder, PartialOrder, find_broken_rules
from services.intake.domain.taking import Subtype, Taking
from services.intake.handlers.receiving import Received
from shared.errors import BadField, Invalid, Language, RelightError
from shared.glossary import AreaType, AssetOwnership, BusinessType, Channel, OutageScope, VoltageLevel
from shared.rules_in_words import describe
from shared.web import STATUS, Answer, Id, Moment, Problem, ProblemField, Strict, invalid

__all__ = [
    "PHONE",
    "WRITTEN",
    "BatchLine",
    "BatchReceived",
    "CustomerBody",
    "NewOrderBody",
    "OrderReceived",
    "UpstreamOrderBody",
    "answer_received",
    "describe_problem",
    "read_order",
]

REPAIR_EXAMPLE: dict[str, Any] = {
    "business_type": "fault_repair",
    "channel": "local_hotline",
    "reported_at": "2026-01-05T10:00:00+08:00",
    "content": "家里停电了，整个单元都没电",
    "customer": {"no": "C0001024", "name": "张三", "phone": "13800000000", "address": "春风路 8 号 2 单元 301"},
    "outage_scope": "unit",
    "outage_started_at": "2026-01-05T09:50:00+08:00",
    "surroundings": "楼下有积水",
}


class CustomerDraft(Strict):
    """A caller as far as it can be read."""

    no: str | None = Field(
        None, min_length=1, max_length=40, pattern=WRITTEN, description="Customer number in the register."
    )
    name: str | None = Field(None, min_length=1, max_length=100, pattern=WRITTEN)
    phone: str | None = Field(None, pattern=PHONE)
    address: str | None = Field(None, min_length=1, max_length=300, pattern=WRITTEN)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)


class LocalCustomerBody(CustomerDraft):
    """Who comes to one of our own desks; only a letter from the report box need not say who wrote it (004-013)."""

    address: str = Field(min_length=1, max_length=300, pattern=WRITTEN)


class CustomerBody(CustomerDraft):
    """Who calls, from where (requirement 003-003)."""

    name: str = Field(min_length=1, max_length=100, pattern=WRITTEN)
    phone: str = Field(pattern=PHONE, examples=["13800000000"])
    address: str = Field(min_length=1, max_length=300, pattern=WRITTEN)


class LateEntryBody(Strict):
    """Entered afterwards, from paper or another system; `origin` and `origin_no` together are unique."""

    received_at: Moment
    accepted_at: Moment | None = Field(None, description="When it was accepted; at once if absent.")
    origin: str | None = Field(None, pattern=r"^[a-z0-9_.-]{1,40}$", examples=["paper"])
    origin_no: str | None = Field(None, min_length=1, max_length=80, pattern=WRITTEN)


class OrderDraft(Strict):
    """An order as far as it can be read: for naming every bad field at once, never for receiving."""

    business_type: BusinessType | None = None
    channel: Channel | None = None
    reported_at: Moment | None = None
    content: str | None = Field(None, min_length=1, max_length=4000, pattern=WRITTEN)
    customer: CustomerDraft | None = None
    outage_scope: OutageScope | None = Field(None, description="Mandatory for a repair (003-016).")
    outage_started_at: Moment | None = Field(None, description="Mandatory for a repair, unless entered late (003-015).")
    surroundings: str | None = Field(
        None, max_length=1000, pattern=WRITTEN, description="Dangers around the place (000-077)."
    )
    voltage_level: VoltageLevel | None = None


class LocalDraft(OrderDraft):
    """A local order as far as it can be read."""

    area_type: AreaType | None = None
    transformer_area: str | None = Field(None, max_length=60, pattern=WRITTEN)
    station_code: str | None = Field(None, max_length=60, pattern=WRITTEN)
    customers_affected: int | None = Field(None, ge=0, le=10_000_000)
    asset_ownership: AssetOwnership | None = Field(
        None, description="Whose the faulty part is, as far as known (004-039)."
    )
    late_entry: LateEntryBody | None = None
    subtype: Subtype | None = Field(None, description="What an order of its type is about.")
    language: str | None = LANGUAGE
    call_id: Id | None = Field(None, description="The call that it was taken on (`POST /calls`).")
    triage: TriageBody | None = Field(None, description="What the caller said of breaker and fuse (003-017).")
    is_held: bool = Field(False, description="The agent is still guiding the caller: nobody is sent yet (003-018).")
    phone_resolution: PhoneResolutionBody | None = Field(None, description="It was settled on the phone (003-018).")
    notices: NoticesBody | None = Field(None, description="What the caller was told.")


class NewOrderBody(LocalDraft):
    """One order taken by an agent, a dispatcher or a supervisor."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPAIR_EXAMPLE]})
    draft: ClassVar[type[OrderDraft]] = LocalDraft

    business_type: BusinessType
    channel: Channel
    reported_at: Moment
    content: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    customer: LocalCustomerBody

    def say(self, taken_by: str) -> NewOrder:
        """Say it in the domain's words."""
        return NewOrder(
            **_common(self, self.customer, taken_by),
            business_type=self.business_type,
            channel=self.channel,
            reported_at=self.reported_at,
            content=self.content,
            asset_ownership=self.asset_ownership,
            taking=_taking(self),
            area_type=self.area_type,
            transformer_area=self.transformer_area,
            station_code=self.station_code,
            customers_affected=self.customers_affected,
            late_entry=_late_entry(self.late_entry) if self.late_entry else None,
        )


class UpstreamDraft(OrderDraft):
    """The platform's order as far as it can be read."""

    national_order_no: str | None = Field(None, pattern=r"^\d{16}$")


class UpstreamOrderBody(UpstreamDraft):
    """One order from the national platform (interfaces, section 1)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"national_order_no": "2026010500000017", **REPAIR_EXAMPLE, "channel": "national_platform"}]
        }
    )
    draft: ClassVar[type[OrderDraft]] = UpstreamDraft

    national_order_no: str = Field(pattern=r"^\d{16}$", examples=["2026010500000017"])
    business_type: BusinessType
    channel: Channel
    reported_at: Moment
    content: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    customer: CustomerBody

    def say(self, taken_by: str) -> NewOrder:
        """Say it in the domain's words."""
        return NewOrder(
            **_common(self, self.customer, taken_by),
            business_type=self.business_type,
            channel=self.channel,
            reported_at=self.reported_at,
            content=self.content,
            national_order_no=self.national_order_no,
        )


class OrderReceived(Answer):
    """An order that stands in the books. `duplicate`: it stood there already, and nothing was doubled."""

    id: UUID
    order_no: str
    national_order_no: str | None = None
    status: Status
    received_at: datetime
    accept_by: datetime | None = None
    duplicate: bool = False
    duplicate_of: UUID | None = None
    linked: LinkedAnswer | None = Field(None, description="What it is about, if that was known already.")
    ask: list[PlaceChoice] | None = Field(None, description="Places that its address may mean: ask which.")


class BatchLine(Answer):
    """What became of one item of a batch: the order, or why it was refused."""

    index: int
    order: OrderReceived | None = None
    problem: Problem | None = None


class BatchReceived(Answer):
    """What became of each item, in the order of the request."""

    results: list[BatchLine]


def read_order(
    model: type[NewOrderBody] | type[UpstreamOrderBody], raw: Any, *, taken_by: str, now: datetime
) -> NewOrder | Invalid:
    """Read one order; return the refusal that names every bad field and every broken rule, if there is one."""
    try:
        body = model.model_validate(raw)
    except ValidationError as error:
        return _refuse(model.draft, raw, error, now=now)
    return body.say(taken_by)


def answer_received(received: Received) -> OrderReceived:
    """Say what stands in the books."""
    return OrderReceived(
        id=received.id,
        order_no=received.order_no,
        national_order_no=received.national_order_no,
        status=received.status,
        received_at=received.received_at,
        accept_by=received.accept_by,
        duplicate=received.is_duplicate,
        duplicate_of=_duplicate_of(received),
        linked=answer_link(received.link),
        ask=answer_choices(received.ask),
    )


def _duplicate_of(received: Received) -> UUID | None:
    if received.link is not None:
        return received.link.lead.id
    return received.id if received.is_duplicate else None


def describe_problem(error: RelightError, language: Language) -> Problem:
    """Say a refusal inside an answer that is otherwise good."""
    return Problem(
        title=type(error).__name__,
        status=next(number for kind, number in STATUS.items() if isinstance(error, kind)),
        code=error.code,
        detail=error.text.say(language, error.context),
        fields=[ProblemField(field=f.field, code=f.code, detail=f.text.say(language)) for f in error.fields],
        context=error.context,
    )


def _common(body: OrderDraft, customer: LocalCustomerBody | CustomerBody, taken_by: str) -> dict[str, Any]:
    # A place is a pair: half of one is none.
    is_placed = customer.lon is not None and customer.lat is not None
    return {
        "customer_no": customer.no,
        "name": customer.name or "",
        "phone": customer.phone or "",
        "address": customer.address,
        "lon": customer.lon if is_placed else None,
        "lat": customer.lat if is_placed else None,
        "taken_by": taken_by,
        "outage_scope": body.outage_scope,
        "outage_started_at": body.outage_started_at,
        "surroundings": body.surroundings,
        "voltage_level": body.voltage_level,
    }


def _partial(rest: OrderDraft, *, late_entry: LateEntry | None, is_late_entry: bool) -> PartialOrder:
    customer = rest.customer
    return PartialOrder(
        business_type=rest.business_type,
        channel=rest.channel,
        name=customer.name if customer else None,
        phone=customer.phone if customer else None,
        reported_at=rest.reported_at,
        outage_scope=rest.outage_scope,
        outage_started_at=rest.outage_started_at,
        surroundings=rest.surroundings,
        asset_ownership=rest.asset_ownership if isinstance(rest, LocalDraft) else None,
        late_entry=late_entry,
        is_late_entry=is_late_entry,
        taking=_taking(rest) if isinstance(rest, LocalDraft) else None,
    )


def _taking(body: LocalDraft) -> Taking | None:
    said = body.model_fields_set
    if said.isdisjoint(TAKING):
        return None
    return Taking(
        subtype=body.subtype,
        language=body.language,
        call_id=body.call_id,
        triage=body.triage.say() if body.triage else None,
        is_held=body.is_held,
        phone_resolution=body.phone_resolution.say() if body.phone_resolution else None,
        notices=body.notices.say() if body.notices else None,
    )


def _late_entry(body: LateEntryBody) -> LateEntry:
    return LateEntry(
        received_at=body.received_at, accepted_at=body.accepted_at, origin=body.origin, origin_no=body.origin_no
    )


def _refuse(draft: type[OrderDraft], raw: Any, error: ValidationError, *, now: datetime) -> Invalid:
    findings = error.errors(include_url=False, include_input=False)
    named: list[BadField] = [describe(dict(finding)) for finding in findings]
    taken = {field.field for field in named}
    try:
        rest = draft.model_validate(_without(raw, [finding["loc"] for finding in findings]))
    except ValidationError:
        return invalid(*named)
    late = getattr(rest, "late_entry", None)
    is_late = isinstance(raw, dict) and raw.get("late_entry") is not None
    partial = _partial(rest, late_entry=_late_entry(late) if late else None, is_late_entry=is_late)
    broken = find_broken_rules(partial, now=now)
    return invalid(*named, *(field for field in broken if field.field not in taken))


def _without(raw: Any, places: Sequence[tuple[int | str, ...]]) -> Any:
    """Return a copy of parsed JSON without what stands at `places`."""
    copy = json.loads(json.dumps(raw))
    for place in places:
        if not place:
            return copy
        *path, last = place
        at = copy
        for part in path:
            at = at.get(part) if isinstance(at, dict) else None
        if isinstance(at, dict):
            at.pop(last, None)
            if path in (["late_entry"], ["phone_resolution"]):
                copy.pop(str(path[0]), None)  # half of one of these says nothing
        elif isinstance(at, list):
            at.clear()  # nobody knows which of the others were meant
    return copy
