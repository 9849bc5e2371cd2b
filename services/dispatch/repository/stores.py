"""Job orders, incidents and tasks in and out of their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from services.dispatch import tables
from services.dispatch.domain.incidents import Incident, IncidentStatus
from services.dispatch.domain.orders import JobOrder, JobStatus, Outcome, Sent
from services.dispatch.domain.steps import TaskStatus
from services.dispatch.domain.tasks import Task
from shared.aggregate import Aggregate
from shared.errors import NotFound, Text
from shared.events.intake import Caller
from shared.glossary import AreaType, FaultClass, OutageScope, Tier, VoltageLevel
from shared.store import Store

WORDS: dict[type[Aggregate], dict[str, Callable[[str], Any]]] = {
    JobOrder: {
        "status": JobStatus,
        "area_type": AreaType,
        "outage_scope": OutageScope,
        "voltage_level": VoltageLevel,
        "tier": Tier,
        "class_l1": FaultClass,
    },
    Incident: {"status": IncidentStatus, "class_l1": FaultClass, "area_type": AreaType},
    Task: {"status": TaskStatus, "tier": Tier},
}
"""Which columns hold words of a closed list."""

FIELDS = {kind: [f.name for f in fields(kind) if f.name != "untold"] for kind in WORDS}


def _to_row(aggregate: Aggregate) -> dict[str, Any]:
    return {name: getattr(aggregate, name) for name in FIELDS[type(aggregate)]}


def _from_row(kind: type[Any], row: Mapping[str, Any]) -> Any:
    values = {name: row[name] for name in FIELDS[kind]}
    for name, word in WORDS[kind].items():
        if values[name] is not None:
            values[name] = word(values[name])
    return kind(**values)


def order_to_row(order: JobOrder) -> dict[str, Any]:
    """Write a job order as its row."""
    sent = [
        {"task_id": str(s.task_id), "crew_code": s.crew_code, "round": s.round, "outcome": s.outcome.value}
        for s in order.sent
    ]
    return {**_to_row(order), "caller": order.caller.model_dump(mode="json"), "sent": sent}


def order_from_row(row: Mapping[str, Any]) -> JobOrder:
    """Read a job order from its row."""
    order: JobOrder = _from_row(JobOrder, row)
    order.caller = Caller.model_validate(row["caller"])
    order.sent = [Sent(UUID(s["task_id"]), s["crew_code"], s["round"], Outcome(s["outcome"])) for s in row["sent"]]
    return order


def incident_from_row(row: Mapping[str, Any]) -> Incident:
    """Read an incident from its row."""
    incident: Incident = _from_row(Incident, row)
    return incident


def task_from_row(row: Mapping[str, Any]) -> Task:
    """Read a task from its row."""
    task: Task = _from_row(Task, row)
    return task


def unknown_order(order_id: UUID) -> NotFound:
    """Refuse an order that dispatch has never heard of."""
    return NotFound("order.unknown", Text("没有这张报修工单", "there is no such repair order"), order_id=str(order_id))


def unknown_incident(incident_id: UUID) -> NotFound:
    """Refuse an incident that there is not."""
    return NotFound(
        "incident.unknown", Text("没有这个停电事件", "there is no such incident"), incident_id=str(incident_id)
    )


def _unknown_task(task_id: UUID) -> NotFound:
    return NotFound("task.unknown", Text("没有这个任务", "there is no such task"), task_id=str(task_id))


ORDERS = Store(tables.job_orders, to_row=order_to_row, from_row=order_from_row, missing=unknown_order)
INCIDENTS = Store(tables.incidents, to_row=_to_row, from_row=incident_from_row, missing=unknown_incident)
TASKS = Store(tables.tasks, to_row=_to_row, from_row=task_from_row, missing=_unknown_task)
"""The one order in which dispatch locks, so that no two transactions ever wait for each other:

parts of the grid (`now.lock_keys`), incidents, orders, tasks, each kind in one go and by id; at the end the crews
(`now.lock_crews`). Nobody begins or ceases to follow an outage without its incident, so whoever holds that knows which
orders may have to lead next, and locks them together with its own.
"""
