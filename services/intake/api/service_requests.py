"""Service requests (服务申请): told apart from the seven business types, routed, handled and answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import CustomerBody
from services.intake.api.calls import LogLineView
from services.intake.api.said import LANGUAGE, WRITTEN
from services.intake.api.texts import hide_numbers
from services.intake.domain import service_requests as rules
from services.intake.domain.service_requests import TO_TELL, RequestStatus, ServiceKind, ServiceRequest, Taker
from services.intake.domain.taking import Told
from services.intake.handlers import service_requests as handling
from services.intake.repository import service_requests
from services.intake.repository.desk_log import list_log
from services.intake.repository.lists import note_opened
from services.intake.repository.service_requests import COLUMNS
from shared.auth import Role
from shared.glossary import Channel, VoltageLevel
from shared.telemetry import mask_address, mask_name, mask_phone, mask_text
from shared.web import Answer, Change, Id, Moment, Page, Read, Strict, decode_cursor, encode_cursor

router = APIRouter(prefix="/service-requests")

NEEDS_CONTACT = frozenset({Role.AGENT, Role.DISPATCHER})


class NewServiceRequest(Strict):
    """One request as the desk takes it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "capacity_increase",
                    "channel": "counter",
                    "content": "小作坊申请增容",
                    "customer": {"no": "C0001024", "name": "张三", "phone": "13800000000", "address": "春风路 8 号"},
                    "capacity_kw": 45.0,
                    "told": ["procedure", "documents", "fees", "time_limits"],
                }
            ]
        }
    )

    kind: ServiceKind
    channel: Channel
    content: str = Field(min_length=1, max_length=4000, pattern=WRITTEN)
    customer: CustomerBody
    reported_at: Moment | None = Field(None, description="When, if earlier than now.")
    language: str | None = LANGUAGE
    call_id: Id | None = None
    capacity_kw: float | None = Field(None, gt=0, le=1_000_000, description="Mandatory for connections (000-025), kW.")
    voltage_level: VoltageLevel | None = Field(None, description="Mandatory from 50 kW on (000-026).")
    booked_at: Moment | None = Field(None, description="The booked time of a charging service.")
    station_code: str | None = Field(None, max_length=60, pattern=WRITTEN)
    told: list[Told] = Field(default_factory=list, max_length=len(Told), description="一次性告知 (002-007).")


class Handling(Strict):
    """The work is done."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"result": "现场校验，计量正常"}]})

    result: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)
    handled_at: Moment | None = None


class CustomerAnswered(Strict):
    """What the customer was told at the end."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answer": "已电话告知校验结果，客户认可"}]})

    answer: str = Field(min_length=1, max_length=2000, pattern=WRITTEN)
    answered_at: Moment | None = None


class Withdrawal(Strict):
    """The customer took it back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "客户表示暂不办理"}]})

    reason: str = Field(min_length=2, max_length=500, pattern=WRITTEN)
    withdrawn_at: Moment | None = None


class Telling(Strict):
    """What the customer was told of the checklist."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"told": ["documents", "fees"]}]})

    told: list[Told] = Field(min_length=1, max_length=len(Told))


class ServiceRequestView(Answer):
    """One request; `still_to_tell` is what is left of the checklist given at acceptance."""

    id: UUID
    request_no: str
    kind: ServiceKind
    channel: Channel
    status: RequestStatus
    taken_by: Taker
    department: str | None
    content: str
    customer_no: str | None
    caller_name: str
    caller_phone: str
    caller_address: str
    language: str | None
    call_id: UUID | None
    capacity_kw: float | None
    voltage_level: VoltageLevel | None
    booked_at: datetime | None
    station_code: str | None
    told: list[Told]
    still_to_tell: list[Told]
    first_responder: str
    reported_at: datetime
    received_at: datetime
    answer_by: datetime | None
    handled_at: datetime | None
    result: str | None
    answered_at: datetime | None
    answer: str | None
    withdrawn_at: datetime | None


class ServiceRequestHistory(ServiceRequestView):
    """One request with everything that happened to it."""

    log: list[LogLineView]


@router.post("", status_code=201, summary="Receive a service request (服务申请).")
async def create_service_request(door: Change, body: NewServiceRequest) -> ServiceRequestView:
    """Receive and route it: below 50 kW the supply station, from there on the customer centre (000-025, 000-026)."""

    async def do() -> ServiceRequestView:
        request = await handling.receive_request(door.session, _said(body), now=door.now, actor=door.actor)
        return _answer(door, request)

    return await door.once(ServiceRequestView, do)


@router.post("/{request_id}/handle", summary="The work of a request is done.")
async def handle_service_request(door: Change, request_id: UUID, body: Handling) -> ServiceRequestView:
    """Note the result; the customer still waits for an answer."""
    at = body.handled_at or door.now
    return await _step(door, request_id, lambda r: rules.handle(r, body.result, at=at, by=door.actor.id, now=door.now))


@router.post("/{request_id}/answer", summary="Answer the customer of a request.")
async def answer_service_request(door: Change, request_id: UUID, body: CustomerAnswered) -> ServiceRequestView:
    """The end of a request: no request ends without an answer (003-008)."""
    at = body.answered_at or door.now
    return await _step(
        door, request_id, lambda r: rules.give_answer(r, body.answer, at=at, by=door.actor.id, now=door.now)
    )


@router.post("/{request_id}/withdraw", summary="The customer takes a request back.")
async def withdraw_service_request(door: Change, request_id: UUID, body: Withdrawal) -> ServiceRequestView:
    """Note why; it stays in the books."""
    at = body.withdrawn_at or door.now
    return await _step(
        door, request_id, lambda r: rules.withdraw(r, body.reason, at=at, by=door.actor.id, now=door.now)
    )


@router.post("/{request_id}/tell", summary="Tick off what the customer was told.")
async def tell_service_request(door: Change, request_id: UUID, body: Telling) -> ServiceRequestView:
    """一次性告知: the answer says what is still to be told (002-007)."""
    return await _step(door, request_id, lambda r: rules.tell(r, body.told, by=door.actor.id, now=door.now))


@router.get("", summary="List service requests, newest first; contacts masked.")
async def list_service_requests(
    door: Read,
    *,
    kind: ServiceKind | None = None,
    status: RequestStatus | None = None,
    taken_by: Taker | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[ServiceRequestView]:
    """Return one page; every filter given must fit."""
    filters = {"kind": kind, "status": status, "taken_by": taken_by}
    (before,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    rows = await service_requests.list_requests(door.session, filters, before=before, most=limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return Page(items=[ServiceRequestView(**_shown(row, is_masked=True)) for row in rows[:limit]], next_cursor=more)


@router.get("/{request_id}", summary="Look at one service request.")
async def show_service_request(door: Change, request_id: UUID) -> ServiceRequestHistory:
    """Return one request and its log; the contact in full only for agents and dispatchers, in the audit."""
    row = await service_requests.get_row(door.session, request_id)
    sees_contact = bool(door.actor.roles & NEEDS_CONTACT)
    if sees_contact:
        await note_opened(door.session, request_id, actor=door.actor.id)
    log = await list_log(door.session, request_id)
    if not sees_contact:
        log = hide_numbers(log)
    shown = _shown(row, is_masked=not sees_contact)
    return ServiceRequestHistory(**shown, log=[LogLineView(**line) for line in log])


async def _step(door: Change, request_id: UUID, change: Callable[[ServiceRequest], None]) -> ServiceRequestView:
    async def do() -> ServiceRequestView:
        return _answer(door, await handling.change_request(door.session, request_id, change))

    return await door.once(ServiceRequestView, do)


def _said(body: NewServiceRequest) -> dict[str, Any]:
    said = dict(body)
    customer: CustomerBody = said.pop("customer")
    return said | {
        "customer_no": customer.no,
        "caller_name": customer.name,
        "caller_phone": customer.phone,
        "caller_address": customer.address,
        "told": sorted(set(body.told)),
    }


def _answer(door: Change, request: ServiceRequest) -> ServiceRequestView:
    row = {name: getattr(request, name) for name in COLUMNS}
    return ServiceRequestView(**_shown(row, is_masked=door.actor.id != request.first_responder))


def _shown(row: Mapping[str, Any], *, is_masked: bool) -> dict[str, Any]:
    told = [Told(word) for word in row["told"]]
    shown = dict(row) | {
        "told": told,
        "still_to_tell": [item for item in TO_TELL[ServiceKind(row["kind"])] if item not in told],
    }
    if is_masked:
        shown |= {
            "caller_name": mask_name(row["caller_name"]),
            "caller_phone": mask_phone(row["caller_phone"]),
            "caller_address": mask_address(row["caller_address"]),
            **{name: mask_text(row[name]) for name in ("content", "result", "answer") if row[name]},
        }
    return shown
