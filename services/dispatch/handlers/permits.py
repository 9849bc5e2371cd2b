"""The grid dispatcher's part of a job: leave to work, and the station switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.dispatch.domain.permits import check_checklist
from services.dispatch.domain.reports import FUTURE_TOLERANCE
from services.dispatch.domain.tasks import Task
from services.dispatch.handlers.desk import DESK
from services.dispatch.repository.stores import TASKS
from shared.auth import Actor
from shared.clock import format_z
from shared.db import Session
from shared.errors import Conflict, RelightError, Text

_FUTURE = Text("时间在未来", "this cannot happen in the future")


async def permit_work(
    session: Session,
    task_id: UUID,
    checklist: Mapping[str, bool],
    *,
    permitted_at: datetime | None = None,
    now: datetime,
    actor: Actor,
) -> Task:
    """Let a crew begin; raises Invalid naming what the checklist lacks (requirement 000-087)."""
    task = await TASKS.get(session, task_id)
    check_checklist(checklist)
    task.permit(at=_in_time(permitted_at, now=now), by=actor.id)
    return _keep(session, task)


async def permit_many(
    session: Session,
    wishes: Sequence[tuple[UUID, Mapping[str, bool], datetime | None]],
    *,
    now: datetime,
    actor: Actor,
) -> list[UUID | RelightError]:
    """Permit work on each task (id, checklist, time) or say why not; none stops another."""
    await TASKS.prefetch(session, {task_id for task_id, _, _ in wishes})
    results: list[UUID | RelightError] = []
    for task_id, checklist, at in wishes:
        try:
            await permit_work(session, task_id, checklist, permitted_at=at, now=now, actor=actor)
            results.append(task_id)
        except RelightError as error:
            results.append(error)
    return results


async def finish_switching(
    session: Session, task_id: UUID, *, switching_done_at: datetime | None = None, now: datetime, actor: Actor
) -> Task:
    """The station switch is open: the crew may go on (requirement 000-085)."""
    task = await TASKS.get(session, task_id)
    task.finish_switching(at=_in_time(switching_done_at, now=now), by=actor.id)
    return _keep(session, task)


def _in_time(at: datetime | None, *, now: datetime) -> datetime:
    if at and at > now + FUTURE_TOLERANCE:
        raise Conflict("task.from_the_future", _FUTURE, at=format_z(at))
    return min(at, now) if at else now


def _keep(session: Session, task: Task) -> Task:
    DESK.of(session).changed_crews.add(task.crew_code)
    TASKS.save(session, task)
    return task
