"""Service requests in and out of their table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.intake.domain.service_requests import RequestStatus, ServiceKind, ServiceRequest, Taker
from services.intake.repository.desk_log import DESK_LOG
from services.intake.tables import service_request_numbers, service_requests
from shared.db import Session
from shared.errors import NotFound, Text
from shared.glossary import Channel, VoltageLevel
from shared.store import Store

_MISSING = Text("没有这个服务申请", "there is no such service request")

COLUMNS = tuple(column.name for column in service_requests.columns)
FIXED = COLUMNS[1 : COLUMNS.index("told")]
WORDS = {
    "kind": ServiceKind,
    "channel": Channel,
    "voltage_level": VoltageLevel,
    "taken_by": Taker,
    "status": RequestStatus,
}


def _from_row(row: Mapping[str, Any]) -> ServiceRequest:
    values = dict(row)
    for name, word in WORDS.items():
        if values[name] is not None:
            values[name] = word(values[name])
    return ServiceRequest(**values)


SERVICE_REQUESTS: Store[ServiceRequest] = Store(
    service_requests,
    to_row=lambda request: {name: getattr(request, name) for name in COLUMNS},
    from_row=_from_row,
    missing=lambda _: NotFound("service_request.unknown", _MISSING),
    fixed=FIXED,
)


def add(session: Session, request: ServiceRequest) -> None:
    """Write a new request and its log with this transaction."""
    SERVICE_REQUESTS.add(session, request)
    DESK_LOG.add(session, request)


def save(session: Session, request: ServiceRequest) -> None:
    """Write a changed request and its log with this transaction."""
    SERVICE_REQUESTS.save(session, request)
    DESK_LOG.add(session, request)


async def next_number(session: Session, day: str) -> str:
    """Return the next number: `SR`, the day in Shanghai as yyyymmdd, and digits that count on."""
    number = (await session.execute(select(service_request_numbers.next_value()))).scalar_one()
    return f"SR{day}{number % 1_000_000:06d}"


async def get_row(session: Session, request_id: UUID) -> Mapping[str, Any]:
    """Return one request, not locked; raises NotFound."""
    statement = select(service_requests).where(service_requests.c.id == request_id)
    row = (await session.execute(statement)).mappings().first()
    if row is None:
        raise NotFound("service_request.unknown", _MISSING)
    return dict(row)


async def list_requests(
    session: Session, filters: Mapping[str, Any], *, before: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Return requests newest first, those before `before`."""
    statement = select(service_requests).order_by(service_requests.c.id.desc()).limit(most)
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(service_requests.c[name] == value)
    if before is not None:
        statement = statement.where(service_requests.c.id < before)
    return [dict(row) for row in (await session.execute(statement)).mappings()]
