"""Looking at one order: in full for those who need its contact, masked for all others; its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain.lifecycle import Status, legal_actions
from services.intake.handlers import reading
from shared.glossary import AreaType, BusinessType, Channel, OutageScope
from shared.telemetry import mask_address, mask_name, mask_phone
from shared.web import Answer, Change, Read, Strict

router = APIRouter()


class OrderSummary(Answer):
    """One line of a list; contact masked."""

    id: UUID
    order_no: str
    national_order_no: str | None
    business_type: BusinessType
    channel: Channel
    status: Status
    round: int
    caller_name: str
    caller_phone: str
    caller_address: str
    area_type: AreaType
    outage_scope: OutageScope | None
    station_code: str | None
    transformer_area: str | None
    main_order_id: UUID | None
    reported_at: datetime
    received_at: datetime
    accept_by: datetime | None
    estimated_restoration_at: datetime | None
    is_late_entry: bool
    origin: str | None
    first_responder: str
    accountable: str
    national_return_count: int
    province_return_count: int
    due_at: datetime | None = Field(None, description="When the first promise at risk runs out, as sla told us.")
    is_overdue: bool = Field(False, description="Whether a promise was broken, as sla told us.")


class OrderView(OrderSummary):
    """One order with everything that stands on it. `times` are those of lifecycles 3.1 that are known."""

    is_contact_masked: bool
    content: str
    surroundings: str | None
    customer_no: str | None
    customer_class: str
    special_need: str
    is_vip: bool
    lon: float | None
    lat: float | None
    voltage_level: str | None
    feeder: str | None
    customers_affected: int | None
    origin_no: str | None
    incident_id: UUID | None
    crew_code: str | None
    tier: str | None
    class_l1: str | None
    asset_ownership: str
    decline_reason: str | None
    first_report: str | None
    onsite_explanation: str | None
    reply_process: str | None
    reply_result: str | None
    customer_opinion: str | None
    reply_cause: str | None
    is_standard_statement: bool
    is_restoration_observed: bool
    is_power_restored_confirmed: bool | None
    satisfaction: str | None
    callback_opinion: str | None
    return_count: int
    call_count: int = Field(1, description="Calls about it: its own, linked ones, urges (致电次数).")
    duplicate_of: UUID | None = Field(None, description="The order that told of the same first.")
    legal_actions: list[str]
    times: dict[str, datetime]


class TimelineLine(Answer):
    """One thing that happened to an order: when it was, and when we learned of it."""

    id: UUID
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]


class OrderTimeline(Answer):
    """Everything that happened to an order, in the order of its happening."""

    items: list[TimelineLine]


class ContactReason(Strict):
    """Why somebody needs to see a caller's contact."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户来电核对地址"}]})

    reason: str = Field(min_length=2, max_length=200, pattern=WRITTEN)


class Contact(Answer):
    """A caller's contact, in full."""

    name: str
    phone: str
    address: str


@router.get("/orders/{order_id}", summary="Look at one order.")
async def show_order(door: Change, order_id: UUID) -> OrderView:
    """Return one order; its contact in full only for agents and dispatchers, each of whom stands in the audit."""
    row, sees_contact = await reading.open_order(door.session, order_id, actor=door.actor)
    return _view(row, is_masked=not sees_contact)


@router.get("/orders/{order_id}/timeline", summary="What happened to an order.")
async def show_timeline(door: Read, order_id: UUID) -> OrderTimeline:
    """Return every line of the order's timeline (requirement 000-002); phone numbers masked as in the order."""
    lines, sees_contact = await reading.read_timeline(door.session, order_id, actor=door.actor)
    if not sees_contact:
        lines = [{**line, "data": hide_numbers(line["data"])} for line in lines]
    return OrderTimeline(items=[TimelineLine(**line) for line in lines])


@router.post("/orders/{order_id}/contact-views", status_code=201, summary="See a caller's full contact, with a reason.")
async def view_contact(door: Change, order_id: UUID, body: ContactReason) -> Contact:
    """Show the contact in full; who saw it, when and why stays on record."""
    contact = await reading.view_contact(door.session, order_id, body.reason, now=door.now, actor=door.actor)
    return Contact(**contact)


def masked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order's row as lists show it: no name, phone or address in full."""
    return {
        **row,
        "caller_name": mask_name(row["caller_name"]),
        "caller_phone": mask_phone(row["caller_phone"]),
        "caller_address": mask_address(row["caller_address"]),
    }


def _view(row: Mapping[str, Any], *, is_masked: bool) -> OrderView:
    shown = hide_numbers(masked(row)) if is_masked else dict(row)
    if is_masked:
        shown["lon"] = shown["lat"] = None
    status, business_type = Status(row["status"]), BusinessType(row["business_type"])
    return OrderView(
        **{name: value for name, value in shown.items() if name in OrderView.model_fields},
        is_contact_masked=is_masked,
        return_count=row["national_return_count"] + row["province_return_count"],
        legal_actions=[str(action) for action in legal_actions(business_type, status)],
        times={n: value for n, value in row.items() if n.endswith("_at") and n != "due_at" and value is not None},
    )
