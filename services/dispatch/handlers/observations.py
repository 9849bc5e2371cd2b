"""What the grid's own monitoring saw of outages: how many are out, until when, and that light is back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from services.dispatch import tables
from services.dispatch.domain.incidents import Incident
from services.dispatch.domain.orders import JobStatus
from services.dispatch.domain.orders import Outcome as SentOutcome
from services.dispatch.domain.reports import FUTURE_TOLERANCE
from services.dispatch.handlers.answers import Answers, Outcome, rejected
from services.dispatch.handlers.desk import DESK, let_go
from services.dispatch.repository.stores import INCIDENTS, ORDERS, TASKS, unknown_order
from shared.auth import Actor
from shared.clock import format_z
from shared.db import Session
from shared.errors import Conflict, RelightError, Text

ASKED_BY = "observations"
"""Observation ids are one space, whoever sends them."""

_FUTURE = Text("观测时间在未来", "an observation cannot come from the future")
_CLOSED = Text("该工单已撤销", "the order fell away")


@dataclass(frozen=True)
class Observation:
    """One sight of one outage, named by any of its orders."""

    observation_id: UUID
    order_id: UUID
    observed_at: datetime
    customers_affected: int | None = None
    estimated_restoration_at: datetime | None = None
    clears_estimate: bool = False
    power_restored_at: datetime | None = None


async def observe_outages(
    session: Session, observations: Sequence[Observation], *, now: datetime, actor: Actor
) -> list[Outcome]:
    """Take observations in the order given and answer each; one of an order unknown here may be sent again later."""
    await _prefetch(session, {o.order_id for o in observations})
    answers = await Answers.load(session, ASKED_BY, (o.observation_id for o in observations))
    for seen in observations:
        if answers.repeat(seen.observation_id):
            continue
        try:
            await _take(session, seen, now=now)
            answers.give(Outcome(seen.observation_id, "applied"))
        except RelightError as error:
            is_final = error.code != "order.unknown"
            answers.give(rejected(seen.observation_id, error), is_remembered=is_final)
    return await answers.finish(session, now=now)


async def _prefetch(session: Session, order_ids: set[UUID]) -> None:
    """Lock what the observations will touch, in the one order (`stores`)."""
    t = tables.job_orders
    rows = await session.execute(select(t.c.incident_id).where(t.c.id.in_(order_ids), t.c.incident_id.is_not(None)))
    await INCIDENTS.prefetch(session, rows.scalars())
    mains = {i.main_order_id for i in INCIDENTS.held(session).values()}
    await ORDERS.prefetch(session, order_ids | mains)
    await TASKS.prefetch(session, {s.task_id for o in ORDERS.held(session).values() for s in o.open_tasks()})


async def _take(session: Session, seen: Observation, *, now: datetime) -> None:
    incident = await _incident_of(session, seen.order_id)
    for moment in (seen.observed_at, seen.power_restored_at):
        if moment and moment > now + FUTURE_TOLERANCE:
            raise Conflict("observation.from_the_future", _FUTURE, observed_at=format_z(moment))
    if seen.power_restored_at:
        await _restore(session, incident, seen.power_restored_at)
    if seen.customers_affected is not None:
        incident.extend(seen.customers_affected, at=seen.observed_at)
    if seen.estimated_restoration_at or seen.clears_estimate:
        incident.estimate(seen.estimated_restoration_at, at=seen.observed_at)
    INCIDENTS.save(session, incident)


async def _incident_of(session: Session, order_id: UUID) -> Incident:
    order = ORDERS.held(session).get(order_id)
    if order is None:
        raise unknown_order(order_id)
    if order.is_closed:
        raise Conflict("order.closed", _CLOSED)
    if order.incident_id is None:
        raise unknown_order(order_id)
    return await INCIDENTS.get(session, order.incident_id)


async def _restore(session: Session, incident: Incident, at: datetime) -> None:
    """Light is back by itself: the outage is over, whoever was on the way turns round."""
    main = await ORDERS.get(session, incident.main_order_id)
    incident.observe_restored(at, turn=main.round)
    let_go(session, incident)
    for sent in main.open_tasks():
        task = await TASKS.get(session, sent.task_id)
        task.withdraw(at=max(at, task.dispatched_at), reason="监测到已恢复送电")
        main.note_outcome(task.id, SentOutcome.WITHDRAWN)
        DESK.take_off(session, task)
        TASKS.save(session, task)
    main.status = JobStatus.RESTORED
    DESK.forget_order(session, main)
    ORDERS.save(session, main)
