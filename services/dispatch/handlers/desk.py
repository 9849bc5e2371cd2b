"""The desk of one transaction: what its handlers and reactions gather, done once in sets right before the commit.

Reactions only say "this order wants a crew", "this task is over"; at the flush the crews are looked at once, under
their lock, for all of them together. A batch of five hundred events costs the same few statements as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from uuid import UUID

from prometheus_client import Histogram

from services.dispatch.domain.assignment import Choice, Need, choose
from services.dispatch.domain.crews import Crew, Point, Station
from services.dispatch.domain.incidents import Incident
from services.dispatch.domain.orders import LAST_IMPORTANT, ORDINARY, JobOrder, JobStatus
from services.dispatch.domain.tasks import Task
from services.dispatch.repository import grid
from services.dispatch.repository import now as current
from services.dispatch.repository.now import OpenTask, Turn
from services.dispatch.repository.stores import INCIDENTS, ORDERS, TASKS
from shared.db import Session
from shared.glossary import Tier
from shared.ids import new_id

DECISION_SECONDS = Histogram(
    "relight_dispatch_decision_seconds",
    "Time to find crews for the orders of one transaction.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)

MOST_WAITING = 10
"""So many waiting orders of each station and tier are looked at when crews become free; the schedule does the rest."""

_NIL = UUID(int=0)


@dataclass
class Gathered:
    """What one transaction has gathered so far."""

    asking: dict[UUID, JobOrder] = field(default_factory=dict)
    opened: list[OpenTask] = field(default_factory=list)
    closed: set[UUID] = field(default_factory=set)
    unqueued: set[UUID] = field(default_factory=set)
    holding: dict[UUID, Incident] = field(default_factory=dict)
    releasing: set[UUID] = field(default_factory=set)
    changed_crews: set[str] = field(default_factory=set)
    urgent: dict[UUID, int] = field(default_factory=dict)
    not_before: dict[UUID, datetime] = field(default_factory=dict)
    may_serve_queue: bool = False


class Desk:
    """Gathers on a session and acts at its flush (`shared.db.Keeper`)."""

    def of(self, session: Session) -> Gathered:
        """Return what the session has gathered, to be acted on before its commit."""
        session.will_flush(self)
        gathered: Gathered = session.identity.setdefault(self, {}).setdefault(_NIL, Gathered())
        return gathered

    def ask_for_crew(self, session: Session, order: JobOrder, *, not_before: datetime | None = None) -> None:
        """Send somebody for an order, not before it came back by the platform's clock, or let it wait."""
        gathered = self.of(session)
        gathered.asking[order.id] = order
        gathered.not_before[order.id] = max(session.now, not_before or session.now)

    def hurry(self, session: Session, order_id: UUID, priority: int) -> None:
        """Let an order that asks or waits have no later turn than this: somebody waits with it (000-008)."""
        if priority < ORDINARY:
            urgent = self.of(session).urgent
            urgent[order_id] = min(priority, urgent.get(order_id, priority))

    def give(self, session: Session, task: Task, *, is_automatic: bool) -> None:
        """Put a new task on its crew's list; work of the past occupies nobody today."""
        gathered = self.of(session)
        gathered.opened.append(OpenTask(task.id, task.crew_code, not task.is_late_entry, is_automatic))
        gathered.changed_crews.add(task.crew_code)
        gathered.unqueued.add(task.order_id)

    def give_words(self, session: Session, task: Task) -> None:
        """Put a task back on its crew's list that asks for words only; the crew may work elsewhere."""
        gathered = self.of(session)
        gathered.opened.append(OpenTask(task.id, task.crew_code, is_occupying=False, is_automatic=False))
        gathered.changed_crews.add(task.crew_code)

    def take_off(self, session: Session, task: Task) -> None:
        """Take a finished, refused or withdrawn task off its crew's list."""
        gathered = self.of(session)
        gathered.closed.add(task.id)
        gathered.changed_crews.add(task.crew_code)

    def forget_order(self, session: Session, order: JobOrder) -> None:
        """Let an order neither ask nor wait any more."""
        gathered = self.of(session)
        gathered.asking.pop(order.id, None)
        gathered.unqueued.add(order.id)

    def serve_queue(self, session: Session) -> None:
        """Look at the waiting orders: crews may have become ready."""
        self.of(session).may_serve_queue = True

    async def flush(self, session: Session) -> None:
        """Do what was gathered, in sets."""
        gathered: Gathered = session.identity.pop(self, {}).get(_NIL, Gathered())
        holding = [i for i in gathered.holding.values() if i.is_open]
        await current.release_keys(session, gathered.releasing)
        await current.hold_keys(session, holding)
        if _concerns_crews(gathered):
            await current.lock_crews(session)
        await current.open_tasks(session, gathered.opened)
        freed = await current.close_tasks(session, gathered.closed)
        await current.leave_queue(session, gathered.unqueued - gathered.asking.keys())
        await current.raise_priority(session, gathered.urgent)
        if gathered.asking or freed or gathered.may_serve_queue:
            await _find_crews(session, gathered, freed=None if gathered.may_serve_queue else freed)
        await current.tell_crews(session, gathered.changed_crews)


DESK = Desk()


def _concerns_crews(gathered: Gathered) -> bool:
    is_occupying = any(o.is_occupying for o in gathered.opened)
    has_urgent = bool(gathered.asking or gathered.urgent)
    return bool(has_urgent or gathered.closed or gathered.may_serve_queue or is_occupying)


async def _find_crews(session: Session, gathered: Gathered, *, freed: list[str] | None) -> None:
    """Send whom there is to those who ask, and to those who wait for the `freed` crews (None: for any crew).

    Waiting orders that nobody ready can take do not hide those behind them: without `freed`, page after page is looked
    at until no ready crew is left for whoever waits.
    """
    started = perf_counter()
    asking = {order_id: _turn_of(gathered, order) for order_id, order in gathered.asking.items()}
    turns = await _waiting_for(session, freed, after=0)
    if not asking and not turns:
        return
    sent = await _send_in_turn(session, gathered, turns | asking)
    await current.wait_in_queue(session, (o for i, o in gathered.asking.items() if i not in sent), asking)
    after = MOST_WAITING
    while freed is None and (turns := await _waiting_for(session, freed, after=after)):
        sent |= await _send_in_turn(session, gathered, turns)
        after += MOST_WAITING
    await current.leave_queue(session, sent)
    DECISION_SECONDS.observe(perf_counter() - started)


def _turn_of(gathered: Gathered, order: JobOrder) -> Turn:
    return Turn(min(order.priority, gathered.urgent.get(order.id, order.priority)), gathered.not_before[order.id])


async def _waiting_for(session: Session, freed: list[str] | None, *, after: int) -> dict[UUID, Turn]:
    if freed == [] or not await current.is_anybody_waiting(session):
        return {}
    ready = [c for c in await grid.load_crews(session, now=session.now, codes=freed) if c.is_ready]
    if not ready:
        return {}
    turns = await current.next_waiting(session, ready=ready, each=MOST_WAITING, after=after)
    await ORDERS.prefetch(session, turns)
    return turns


async def _send_in_turn(session: Session, gathered: Gathered, turns: Mapping[UUID, Turn]) -> set[UUID]:
    """Send the best ready crew to each order, the first turn first; return the orders that got one."""
    orders = [await ORDERS.get(session, order_id) for order_id in turns]
    turn = sorted(orders, key=lambda o: (turns[o.id].priority, o.id in gathered.asking, o.received_at, o.id))
    stations, crews = await _load_around(session, turn)
    taken: set[str] = set()
    opened: list[OpenTask] = []
    for order in turn:
        _note_urgency(session, order, turns[order.id])
        choice = choose(need_of(order), crews, stations, taken=taken)
        if choice is None:
            if order.status != JobStatus.WAITING:
                order.status = JobStatus.WAITING
                ORDERS.save(session, order)
            continue
        taken.add(choice.crew.code)
        task = send(session, order, choice, dispatched_at=max(session.now, turns[order.id].waiting_since))
        opened.append(OpenTask(task.id, task.crew_code, is_occupying=True, is_automatic=True))
        gathered.changed_crews.add(task.crew_code)
    await current.open_tasks(session, opened)
    return {o.id for o in turn if o.status == JobStatus.SENT}


def _note_urgency(session: Session, order: JobOrder, turn: Turn) -> None:
    """For an important customer a 所 goes, even if it only follows the order that told of the outage first."""
    if turn.priority <= LAST_IMPORTANT and order.tier != Tier.STATION_ALLIANCE:
        order.tier = Tier.STATION_ALLIANCE
        ORDERS.save(session, order)


async def _load_around(session: Session, orders: Iterable[JobOrder]) -> tuple[dict[str, Station], list[Crew]]:
    owners = {o.owner_code for o in orders}
    if None in owners:
        stations = await grid.load_stations(session)
        return stations, await grid.load_crews(session, now=session.now)
    stations = await grid.load_stations(session, [code for code in owners if code])
    around = {*stations, *(n for s in stations.values() for n in s.neighbours)}
    if missing := around - stations.keys():
        stations |= await grid.load_stations(session, missing)
    return stations, await grid.load_crews(session, now=session.now, stations=around)


def need_of(order: JobOrder) -> Need:
    """Say what an assessed order asks for."""
    place = Point(order.lon, order.lat) if order.lon is not None and order.lat is not None else None
    return Need(order.tier or Tier.STATION_CREW, order.owner_code, place, order.refused_by())


def send(session: Session, order: JobOrder, choice: Choice, *, dispatched_at: datetime, is_lead: bool = True) -> Task:
    """Make the task of a chosen crew and tell it (CrewAssigned); the caller puts it on the crew's list."""
    if order.incident_id is None:
        raise ValueError(f"order {order.id} was sent before it was assessed")
    task = Task(
        id=new_id(),
        order_id=order.id,
        incident_id=order.incident_id,
        crew_code=choice.crew.code,
        station_code=choice.crew.station_code,
        tier=choice.crew.tier,
        round=order.round,
        is_lead=is_lead,
        is_late_entry=order.is_late_entry,
        dispatched_at=dispatched_at,
        last_at=dispatched_at,
        distance_m=choice.distance_m,
        reason=choice.reason,
    )
    task.send()
    order.note_sent(task.id, choice.crew.code)
    TASKS.add(session, task)
    ORDERS.save(session, order)
    return task


def keep_open(session: Session, incident: Incident) -> None:
    """Let an incident hold its parts of the grid from this transaction on."""
    DESK.of(session).holding[incident.id] = incident
    INCIDENTS.save(session, incident)


def let_go(session: Session, incident: Incident) -> None:
    """Let an incident that is over hold nothing any more."""
    DESK.of(session).releasing.add(incident.id)
    INCIDENTS.save(session, incident)
