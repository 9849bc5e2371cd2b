"""Assignments by hand: the command centre sends whom it chooses, with its reason; late entries with their true time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.dispatch.domain.assignment import Choice, rank
from services.dispatch.domain.crews import Crew, distance_m
from services.dispatch.domain.orders import JobOrder, JobStatus
from services.dispatch.domain.reports import FUTURE_TOLERANCE
from services.dispatch.handlers.desk import DESK, need_of, send
from services.dispatch.repository import grid
from services.dispatch.repository.now import is_anybody_waiting
from services.dispatch.repository.stores import ORDERS
from shared.auth import Actor
from shared.clock import format_z
from shared.db import Session
from shared.errors import Conflict, NotFound, RelightError, Text

_NO_CREW = Text("没有这支队伍：{crew_code}", "there is no crew {crew_code}")
_NOT_ACCEPTED = Text("工单尚未接单研判", "the order is not accepted yet")
_CHILD = Text("子单随主单处理，请派主单 {main_order_id}", "a child order follows its main order {main_order_id}")
_CLOSED = Text("工单已撤销", "the order fell away")
_DONE = Text("本轮已回单，无需再派", "this round is done; nobody need go")
_EARLY = Text(
    "派单时间 {dispatched_at} 早于接单时间 {accepted_at}",
    "dispatched at {dispatched_at}, before accepted at {accepted_at}",
)
_FUTURE = Text("派单时间在未来", "nobody can be sent in the future")


@dataclass(frozen=True)
class Assignment:
    """One crew to be sent to one order, and why."""

    order_id: UUID
    crew_code: str
    reason: str
    dispatched_at: datetime | None = None


async def assign(session: Session, wish: Assignment, *, now: datetime, actor: Actor) -> UUID:
    """Send a crew, ready or not, and return its task; the same order, crew and round again returns the same task."""
    [result] = await assign_many(session, [wish], now=now, actor=actor)
    if isinstance(result, RelightError):
        raise result
    return result


async def assign_many(
    session: Session, wishes: Sequence[Assignment], *, now: datetime, actor: Actor
) -> list[UUID | RelightError]:
    """Send crews to orders in the order given; each wish gets its task or its refusal, and none stops another."""
    await ORDERS.prefetch(session, {w.order_id for w in wishes})
    crews = {c.code: c for c in await grid.load_crews(session, now=now, codes={w.crew_code for w in wishes})}
    results: list[UUID | RelightError] = []
    for wish in wishes:
        try:
            results.append(await _assign(session, wish, crews, now=now, actor=actor))
        except RelightError as error:
            results.append(error)
    return results


async def _assign(
    session: Session, wish: Assignment, crews: Mapping[str, Crew], *, now: datetime, actor: Actor
) -> UUID:
    order = await ORDERS.get(session, wish.order_id)
    crew = crews.get(wish.crew_code)
    if crew is None:
        raise NotFound("crew.unknown", _NO_CREW, crew_code=wish.crew_code)
    if (same := order.find_sent(crew.code)) is not None:
        return same.task_id
    _check_open(order)
    at = _check_time(order, wish.dispatched_at or now, now=now)
    place = need_of(order).place
    distance = distance_m(place, crew.place) if place and not order.is_late_entry else None
    choice = Choice(crew, distance, (0, 0), f"人工派工（{actor.id}）：{wish.reason}")
    task = send(session, order, choice, dispatched_at=at, is_lead=not order.open_tasks())
    DESK.give(session, task, is_automatic=False)
    return task.id


def _check_open(order: JobOrder) -> None:
    if order.is_closed:
        raise Conflict("order.closed", _CLOSED)
    if order.incident_id is None or order.accepted_at is None:
        raise Conflict("order.not_accepted", _NOT_ACCEPTED)
    if order.main_order_id is not None:
        raise Conflict("assignment.order_is_child", _CHILD, main_order_id=str(order.main_order_id))
    if order.status == JobStatus.DONE:
        raise Conflict("assignment.order_is_done", _DONE)


def _check_time(order: JobOrder, at: datetime, *, now: datetime) -> datetime:
    if at > now + FUTURE_TOLERANCE:
        raise Conflict("assignment.from_the_future", _FUTURE, dispatched_at=format_z(at))
    if order.accepted_at and at < order.accepted_at:
        raise Conflict(
            "assignment.before_accepted",
            _EARLY,
            dispatched_at=format_z(at),
            accepted_at=format_z(order.accepted_at),
        )
    return min(at, now)


async def suggest(session: Session, order: JobOrder, *, now: datetime) -> list[Choice]:
    """List who may go for an order, ready ones first, each with its reason (requirement 000-071)."""
    stations = await grid.load_stations(session)
    crews = await grid.load_crews(session, now=now)
    choices = rank(need_of(order), crews, stations)
    return sorted(choices, key=lambda c: not c.crew.is_ready)


async def serve_waiting_orders(session: Session, *, now: datetime) -> int:
    """Look at the waiting orders once more: a shift may have begun, a crew may have become ready."""
    if await is_anybody_waiting(session):
        DESK.serve_queue(session)
    return 0
