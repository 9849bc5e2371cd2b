"""A crew's list as its phone shows it, and the tag that says whether it changed."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from services.dispatch.domain.orders import JobOrder
from services.dispatch.domain.steps import needs_next
from services.dispatch.domain.tasks import Task
from services.dispatch.repository.reading import tasks_of_crew
from shared.db import Database
from shared.glossary import CustomerClass, FaultClass, OutageScope, SpecialNeed, VoltageLevel
from shared.web import Answer

HINT_VULNERABLE = "特殊困难客户：即使属客户产权，也请协助处理"
"""Requirement 000-012: weak groups are helped whoever owns the faulty part."""

HINT_IMPORTANT = "重要客户：优先恢复供电"


class CallerOut(Answer):
    """Whom the crew goes to and rings: in full, because it is its own task."""

    name: str
    phone: str


class MobileTask(Answer):
    """One task of the crew, and what it needs next (the step that leads on comes first)."""

    task_id: UUID
    order_id: UUID
    order_no: str
    incident_id: UUID
    round: int
    is_lead: bool
    status: str
    needs_next: list[str]
    dispatched_at: datetime
    reason: str
    content: str
    surroundings: str | None
    address: str
    caller: CallerOut
    lon: float | None
    lat: float | None
    outage_scope: OutageScope | None
    voltage_level: VoltageLevel | None
    class_l1: FaultClass | None
    customer_class: CustomerClass
    special_need: SpecialNeed
    hints: list[str]
    reported: dict[str, str]
    rework_reason: str | None = None


class MobileTasks(Answer):
    """The crew's open tasks, oldest first."""

    tasks: list[MobileTask]


async def read_list(database: Database, crew_code: str, *, now: datetime) -> tuple[bytes, str]:
    """Return the crew's list as JSON and its strong ETag; the same list has the same tag on every replica."""
    async with database.reading(now=now) as session:
        pairs = await tasks_of_crew(session, crew_code)
    body = MobileTasks(tasks=[_show(task, order) for task, order in pairs]).model_dump_json().encode()
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _show(task: Task, order: JobOrder) -> MobileTask:
    shown: dict[str, Any] = {
        "task_id": task.id,
        "order_id": order.id,
        "order_no": order.order_no,
        "incident_id": task.incident_id,
        "round": task.round,
        "is_lead": task.is_lead,
        "status": task.status,
        "needs_next": needs_next(task.status),
        "dispatched_at": task.dispatched_at,
        "reason": task.reason,
        "content": order.content,
        "surroundings": order.surroundings,
        "address": order.caller.address,
        "caller": CallerOut(name=order.caller.name, phone=order.caller.phone),
        "lon": order.lon,
        "lat": order.lat,
        "outage_scope": order.outage_scope,
        "voltage_level": order.voltage_level,
        "class_l1": order.class_l1,
        "customer_class": order.caller.customer_class,
        "special_need": order.caller.special_need,
        "hints": hints_for(order),
        "reported": task.reported,
        "rework_reason": task.findings.get("rework_reason"),
    }
    return MobileTask(**shown)


def hints_for(order: JobOrder) -> list[str]:
    """Return what the crew must know about whom it goes to."""
    hints = [HINT_IMPORTANT] if order.is_important else []
    return [*hints, HINT_VULNERABLE] if order.caller.special_need != SpecialNeed.NONE else hints
