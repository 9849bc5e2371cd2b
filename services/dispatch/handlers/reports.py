"""Field reports of one crew, up to 200 at a time, oldest first: all in one transaction and a handful of statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.dispatch import tables
from services.dispatch.domain.incidents import Incident
from services.dispatch.domain.orders import JobOrder, JobStatus
from services.dispatch.domain.orders import Outcome as SentOutcome
from services.dispatch.domain.reports import FieldReport, not_your_task
from services.dispatch.domain.steps import Kind
from services.dispatch.domain.tasks import Task
from services.dispatch.handlers.answers import Answers, Outcome, rejected
from services.dispatch.handlers.desk import DESK, let_go
from services.dispatch.handlers.leading import pass_on
from services.dispatch.repository import now as current
from services.dispatch.repository.stores import INCIDENTS, ORDERS, TASKS
from shared.auth import Actor
from shared.db import Session
from shared.errors import RelightError


async def take_reports(
    session: Session, reports: Sequence[FieldReport], *, now: datetime, actor: Actor
) -> list[Outcome]:
    """Take a crew's reports in the order given and answer each; a rejected one stops no other.

    Each id takes effect once; the same id again is answered as the first time.
    """
    await _prefetch(session, reports)
    answers = await Answers.load(session, actor.id, (r.report_id for r in reports))
    for report in reports:
        if not answers.repeat(report.report_id):
            answers.give(await _take(session, report, now=now, crew_code=actor.id))
    return await answers.finish(session, now=now)


async def _prefetch(session: Session, reports: Sequence[FieldReport]) -> None:
    """Lock what the reports will touch, in the one order (`stores`)."""
    t = tables.tasks
    task_ids = {r.task_id for r in reports}
    rows = (await session.execute(select(t.c.id, t.c.order_id, t.c.incident_id).where(t.c.id.in_(task_ids)))).all()
    await INCIDENTS.prefetch(session, {row.incident_id for row in rows})
    ending = {r.task_id for r in reports if r.kind in (Kind.CUSTOMER_INTERNAL, Kind.REPLIED)}
    passing = {row.incident_id for row in rows if row.id in ending}
    still_open = {i.id for i in INCIDENTS.held(session).values() if i.is_open}
    heirs = await current.find_followers(session, passing & still_open)
    await ORDERS.prefetch(session, heirs | {row.order_id for row in rows})
    helping = {s.task_id for o in ORDERS.held(session).values() for s in o.open_tasks()}
    await TASKS.prefetch(session, task_ids | helping)


async def _take(session: Session, report: FieldReport, *, now: datetime, crew_code: str) -> Outcome:
    try:
        task = await TASKS.find(session, report.task_id)
        if task is None or task.crew_code != crew_code:
            raise not_your_task()
        incident = await INCIDENTS.get(session, task.incident_id)
        warnings = task.take(report, now=now, is_earth_fault=incident.is_earth_fault)
    except RelightError as error:
        return rejected(report.report_id, error)
    order = await ORDERS.get(session, task.order_id)
    await _follow(session, report, task, order, incident)
    TASKS.save(session, task)
    DESK.of(session).changed_crews.add(task.crew_code)
    return Outcome(report.report_id, "applied", warnings=warnings)


async def _follow(session: Session, report: FieldReport, task: Task, order: JobOrder, incident: Incident) -> None:
    """Do what a report means for its order, its outage and its crew."""
    if report.kind == Kind.SURVEYED:
        _note_survey(session, report, task, incident)
    elif report.kind == Kind.REFUSED:
        await _send_another(session, task, order)
    elif report.kind == Kind.CUSTOMER_INTERNAL and task.is_lead:
        await _is_inside(session, task, order, incident)
    elif report.kind == Kind.RESTORED:
        _light_is_back(session, task, order, incident)
    elif report.kind == Kind.REPLIED:
        await _is_done(session, task, order, incident)


def _note_survey(session: Session, report: FieldReport, task: Task, incident: Incident) -> None:
    """The first report carries the first estimate and may tell of an earth fault."""
    estimated = report.details.get("estimated_restoration_at")
    incident.is_earth_fault = incident.is_earth_fault or bool(report.details.get("is_earth_fault"))
    if estimated and (incident.estimated_at is None or task.last_at >= incident.estimated_at):
        incident.estimated_restoration_at, incident.estimated_at = estimated, task.last_at
    INCIDENTS.save(session, incident)


async def _is_inside(session: Session, task: Task, order: JobOrder, incident: Incident) -> None:
    """The fault is this customer's own: whoever followed waits for light all the same, and a crew goes there."""
    if incident.is_open and incident.main_order_id == order.id:
        await pass_on(session, incident, without=order)


async def _send_another(session: Session, task: Task, order: JobOrder) -> None:
    """The crew cannot go: one that helps it leads from now on, else another is sent."""
    order.note_outcome(task.id, SentOutcome.REFUSED)
    DESK.take_off(session, task)
    if task.is_lead and (helping := order.open_tasks()):
        helper = await TASKS.get(session, helping[0].task_id)
        helper.is_lead = True
        TASKS.save(session, helper)
        DESK.of(session).changed_crews.add(helper.crew_code)
    if not order.open_tasks() and not order.is_closed:
        order.status = JobStatus.WAITING
        if not order.is_late_entry:
            DESK.ask_for_crew(session, order)
    ORDERS.save(session, order)


def _light_is_back(session: Session, task: Task, order: JobOrder, incident: Incident) -> None:
    if incident.is_open:
        incident.restore(task.last_at, turn=task.round, task_id=task.id)
        let_go(session, incident)
    order.status = JobStatus.RESTORED
    ORDERS.save(session, order)


async def _is_done(session: Session, task: Task, order: JobOrder, incident: Incident) -> None:
    """The reply closes the job and frees the crew; crews that helped are called off with it (joint repair, 000-070)."""
    order.note_outcome(task.id, SentOutcome.REPLIED)
    DESK.take_off(session, task)
    if task.is_lead or not order.open_tasks():
        for sent in order.open_tasks():
            helper = await TASKS.get(session, sent.task_id)
            helper.withdraw(at=task.last_at, reason="主责队伍已回单，支援结束")
            order.note_outcome(helper.id, SentOutcome.WITHDRAWN)
            DESK.take_off(session, helper)
            TASKS.save(session, helper)
        order.status = JobStatus.DONE
        await _is_inside(session, task, order, incident)
    ORDERS.save(session, order)
