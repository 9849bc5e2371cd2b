"""What people read: a crew's list, the crews, incidents, an order with its tasks, permits that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from services.dispatch import tables
from services.dispatch.domain.incidents import Incident
from services.dispatch.domain.orders import JobOrder
from services.dispatch.domain.tasks import Task
from services.dispatch.repository import stores
from shared.db import Session

WAITING_FOR_DISPATCHER = ("permit_requested", "awaiting_switching")

MOST_TASKS = 200
"""A crew's list shows so many tasks, oldest first; the rest move up as these are done."""


async def tasks_of_crew(session: Session, crew_code: str) -> list[tuple[Task, JobOrder]]:
    """Return a crew's open tasks with their orders, oldest first."""
    o = tables.open_tasks
    mine = select(o.c.task_id).where(o.c.crew_code == crew_code).order_by(o.c.task_id).limit(MOST_TASKS)
    ids = list((await session.execute(mine)).scalars())
    if not ids:
        return []  # most crews, most of the time: they wait
    return await _with_orders(session, await _tasks(session, select(tables.tasks).where(tables.tasks.c.id.in_(ids))))


async def permits_asked_for(session: Session, *, after: UUID | None, most: int) -> list[tuple[Task, JobOrder]]:
    """Return the tasks that wait for the grid dispatcher (leave to work, a station switch), oldest first."""
    t = tables.tasks
    statement = select(t).where(t.c.status.in_(WAITING_FOR_DISPATCHER)).order_by(t.c.id).limit(most)
    if after:
        statement = statement.where(t.c.id > after)
    return await _with_orders(session, await _tasks(session, statement))


async def tasks_of_order(session: Session, order: JobOrder) -> list[Task]:
    """Return every task of an order, oldest first."""
    t = tables.tasks
    ids = [s.task_id for s in order.sent]
    return await _tasks(session, select(t).where(t.c.id.in_(ids)))


async def find_task(session: Session, task_id: UUID) -> Task | None:
    """Return a task without locking it, or None."""
    return next(iter(await _tasks(session, select(tables.tasks).where(tables.tasks.c.id == task_id))), None)


async def find_order(session: Session, order_id: UUID) -> JobOrder | None:
    """Return a job order without locking it, or None."""
    return (await _orders(session, [order_id])).get(order_id)


async def orders_of_incident(session: Session, incident_id: UUID, *, most: int) -> list[JobOrder]:
    """Return the orders of an outage, its main order's and its children, oldest first."""
    t = tables.job_orders
    statement = select(t).where(t.c.incident_id == incident_id).order_by(t.c.id).limit(most)
    return [stores.order_from_row(_plain(row)) for row in (await session.execute(statement)).mappings()]


async def list_incidents(session: Session, *, status: str | None, before: UUID | None, most: int) -> list[Incident]:
    """List incidents, newest first."""
    t = tables.incidents
    statement = select(t).order_by(t.c.id.desc()).limit(most)
    if status:
        statement = statement.where(t.c.status == status)
    if before:
        statement = statement.where(t.c.id < before)
    return [stores.incident_from_row(_plain(row)) for row in (await session.execute(statement)).mappings()]


async def find_incident(session: Session, incident_id: UUID) -> Incident | None:
    """Return an incident without locking it, or None."""
    t = tables.incidents
    row = (await session.execute(select(t).where(t.c.id == incident_id))).mappings().first()
    return stores.incident_from_row(_plain(row)) if row else None


async def last_seen(session: Session, codes: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return when and how exactly crews were last seen."""
    t = tables.crews
    statement = select(t.c.code, t.c.last_seen_at, t.c.last_accuracy_m).where(t.c.code.in_(codes))
    return {row["code"]: _plain(row) for row in (await session.execute(statement)).mappings()}


async def count_waiting(session: Session) -> int:
    """Count the orders that wait for a crew."""
    return int((await session.execute(select(func.count()).select_from(tables.waiting_orders))).scalar_one())


async def _tasks(session: Session, statement: Select[Any]) -> list[Task]:
    rows = (await session.execute(statement.order_by(None).order_by(tables.tasks.c.id))).mappings()
    return [stores.task_from_row(_plain(row)) for row in rows]


async def _orders(session: Session, ids: Sequence[UUID]) -> dict[UUID, JobOrder]:
    t = tables.job_orders
    rows = (await session.execute(select(t).where(t.c.id.in_(ids)))).mappings()
    return {row["id"]: stores.order_from_row(_plain(row)) for row in rows}


async def _with_orders(session: Session, tasks: Sequence[Task]) -> list[tuple[Task, JobOrder]]:
    orders = await _orders(session, [t.order_id for t in tasks])
    return [(task, orders[task.order_id]) for task in tasks]


def _plain(row: Mapping[Any, Any]) -> Mapping[str, Any]:
    return dict(row)
