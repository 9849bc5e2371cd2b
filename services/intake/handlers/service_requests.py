"""What the desk does with service requests: receive and route, handle, answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain import service_requests as rules
from services.intake.domain.service_requests import ServiceKind, ServiceRequest
from services.intake.repository import service_requests
from services.intake.repository.service_requests import SERVICE_REQUESTS
from services.intake.repository.taking_policies import TakingPolicies, read_policies
from shared.auth import Actor
from shared.clock import SHANGHAI
from shared.db import Session
from shared.ids import new_id


async def receive_request(session: Session, said: dict[str, Any], *, now: datetime, actor: Actor) -> ServiceRequest:
    """Put a request into the books and route it at once (requirements 000-025, 000-026); raises Invalid.

    `said` holds what the caller said, by the names of `ServiceRequest`.
    """
    policies = await read_policies(session, {"service_routing", "answer_days", "working_days"}, at=now)
    kind, capacity, voltage = said["kind"], said["capacity_kw"], said["voltage_level"]
    reported_at = said.pop("reported_at") or now
    wrong = rules.find_broken(
        kind=kind,
        capacity_kw=capacity,
        voltage_level=voltage,
        booked_at=said["booked_at"],
        reported_at=reported_at,
        routing=policies.routing,
        now=now,
    )
    if wrong:
        raise rules.refuse(wrong)
    taker, department = policies.routing.route(kind, capacity, voltage)
    request = ServiceRequest(
        id=new_id(),
        request_no=await service_requests.next_number(session, f"{now.astimezone(SHANGHAI):%Y%m%d}"),
        taken_by=taker,
        department=department,
        first_responder=actor.id,
        reported_at=min(reported_at, now),
        received_at=now,
        answer_by=_answer_by(kind, said["booked_at"], policies, now=now),
        **said,
    )
    request.log("service-request-received", occurred_at=now, actor=actor.id, taken_by=taker, department=department)
    service_requests.add(session, request)
    return request


async def change_request(
    session: Session, request_id: UUID, change: Callable[[ServiceRequest], None]
) -> ServiceRequest:
    """Do one step of a request's life under its lock."""
    request = await SERVICE_REQUESTS.get(session, request_id)
    change(request)
    service_requests.save(session, request)
    return request


def _answer_by(
    kind: ServiceKind, booked_at: datetime | None, policies: TakingPolicies, *, now: datetime
) -> datetime | None:
    if kind is ServiceKind.EV_CHARGE_BOOKING and booked_at is not None:
        return booked_at
    limit = policies.answer_days.services.get(kind)
    return limit.after(now, policies.holidays) if limit else None
