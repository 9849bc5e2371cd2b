"""What dispatch does when intake speaks: remember, judge, join or send, send again, or call off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.dispatch.domain.assessment import assess
from services.dispatch.domain.crews import Point, Station, nearest_station
from services.dispatch.domain.incidents import Incident, covers, keys_covering, keys_to_hold
from services.dispatch.domain.orders import JobOrder, JobStatus, Outcome
from services.dispatch.handlers.desk import DESK, keep_open
from services.dispatch.handlers.leading import assessed, merged, pass_on, send_unless_late
from services.dispatch.repository import grid
from services.dispatch.repository import now as current
from services.dispatch.repository.now import Place
from services.dispatch.repository.stores import INCIDENTS, ORDERS, TASKS
from shared.db import Session
from shared.events import Event, Fact
from shared.events.intake import (
    GreenChannelOpened,
    OrderAccepted,
    OrderCancelled,
    OrderCreated,
    OrderDeclined,
    OrderLinked,
    OrderReopened,
    OrderResolvedByPhone,
    OrderReturned,
    OrderReworked,
)
from shared.glossary import AreaType, BusinessType
from shared.ids import new_id
from shared.parking import NotYet

_NIL = UUID(int=0)

PATIENCE = timedelta(minutes=1)
"""So long an order waits for the one whose outage it shares; then somebody goes, whatever became of that one."""

AGAIN = OrderReopened | OrderReturned
"""After these somebody goes once more: what the order's outage held of the grid, it holds again."""

AWAY = OrderDeclined | OrderCancelled | OrderLinked | OrderResolvedByPhone
"""After these nobody goes for the order: if it led its outage, another does from now on."""


@dataclass
class Surroundings:
    """The part of the grid that a batch of orders touches."""

    areas: dict[str, Any] = field(default_factory=dict)
    feeders: dict[str, Any] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    open_outages: dict[str, tuple[UUID, datetime]] = field(default_factory=dict)

    def feeder_of(self, order: JobOrder | Place) -> str | None:
        """Return the feeder that an order hangs on."""
        area = self.areas.get(order.transformer_area or "")
        return order.feeder or (area["feeder_code"] if area else None)

    def owner_of(self, order: JobOrder) -> str | None:
        """Return the owning station: of the area, the feeder, the order itself, or the nearest (000-078)."""
        for found in (
            self.areas.get(order.transformer_area or ""),
            self.feeders.get(self.feeder_of(order) or ""),
        ):
            if found:
                return str(found["station_code"])
        if order.station_code in self.stations:
            return order.station_code
        place = Point(order.lon, order.lat) if order.lon is not None and order.lat is not None else None
        nearest = nearest_station(place, self.stations.values()) if place else None
        return nearest.code if nearest else None


async def prefetch(session: Session, facts: Sequence[Fact[Event]]) -> None:
    """Load all that a batch will touch, in a handful of statements, and lock it in the one order (`stores`)."""
    events = [f.event for f in facts]
    recognised = {e.same_outage_as for e in events if isinstance(e, OrderAccepted) and e.same_outage_as}
    known = await current.find_places(session, {e.order_id for e in events} | recognised)
    coming = [_place_of(e) for e in events if isinstance(e, OrderCreated) and _is_repair(e)]
    placed = {e.order_id for e in events if isinstance(e, OrderAccepted | AGAIN)}
    again = {e.order_id for e in events if isinstance(e, AGAIN)}
    away = {e.order_id for e in events if isinstance(e, AWAY)}
    if places := [p for p in (*known, *coming) if p.order_id in placed]:
        await _load_surroundings(session, places, again=again)
    await _lock_incidents(session, known)
    passing = {i.id for i in INCIDENTS.held(session).values() if i.main_order_id in away}
    heirs = await current.find_followers(session, passing)
    await ORDERS.prefetch(session, heirs | {p.order_id for p in known})
    orders = ORDERS.held(session).values()
    await TASKS.prefetch(session, {s.task_id for o in orders for s in o.sent if s.round == o.round})


async def _lock_incidents(session: Session, places: Sequence[Place]) -> None:
    covering = {incident_id for incident_id, _ in _surroundings_of(session).open_outages.values()}
    await INCIDENTS.prefetch(session, covering | {p.incident_id for p in places if p.incident_id})


async def _load_surroundings(session: Session, orders: Sequence[Place], *, again: Collection[UUID]) -> None:
    around = _surroundings_of(session)
    around.areas |= await grid.load_areas(session, {o.transformer_area for o in orders if o.transformer_area})
    around.feeders |= await grid.load_feeders(session, {f for o in orders if (f := around.feeder_of(o))})
    if any(_needs_stations(o, around) for o in orders):
        around.stations |= await grid.load_stations(session)
    keys = {k for o in orders for k in keys_covering(transformer_area=o.transformer_area, feeder=around.feeder_of(o))}
    keys |= await current.find_keys(session, {o.incident_id for o in orders if o.order_id in again and o.incident_id})
    await current.lock_keys(session, keys)
    around.open_outages |= await current.find_open_outages(session, keys)


def _needs_stations(order: JobOrder | Place, around: Surroundings) -> bool:
    return order.transformer_area not in around.areas and around.feeder_of(order) not in around.feeders


def _surroundings_of(session: Session) -> Surroundings:
    found: Surroundings = session.identity.setdefault(Surroundings, {}).setdefault(_NIL, Surroundings())
    return found


async def on_order_created(session: Session, fact: Fact[OrderCreated], *, now: datetime) -> None:
    """Remember a repair order; other business types are not ours."""
    if _is_repair(fact.event):
        ORDERS.add(session, _order_of(fact.event))


async def on_order_accepted(session: Session, fact: Fact[OrderAccepted], *, now: datetime) -> None:
    """Join the order to a known outage, or open one, judge it and send the nearest ready crew; late entries wait."""
    order = await ORDERS.find(session, fact.event.order_id)
    if order is None or order.is_closed or order.incident_id is not None:
        return
    recognised = _find_recognised(session, fact.event.same_outage_as, is_fresh=now - fact.recorded_at < PATIENCE)
    order.accepted_at = fact.event.accepted_at
    if not fact.event.needs_crew:
        ORDERS.save(session, order)
        return
    decided_at = order.accepted_at if order.is_late_entry else now
    around = _surroundings_of(session)
    order.feeder = around.feeder_of(order)
    order.owner_code = around.owner_of(order)
    _locate(order, around)
    incident = recognised or await _find_covering(session, order, around, reported_at=order.reported_at)
    if incident:
        _join(session, order, incident, at=decided_at)
    else:
        _open_incident(session, order, around, at=decided_at)
        send_unless_late(session, order)
    ORDERS.save(session, order)


async def on_order_declined(session: Session, fact: Fact[OrderDeclined], *, now: datetime) -> None:
    """The order is not the city's: nobody goes."""
    await _call_off(session, fact.event.order_id, at=fact.event.declined_at, reason=fact.event.reason)


async def on_order_cancelled(session: Session, fact: Fact[OrderCancelled], *, now: datetime) -> None:
    """The order fell away: crews that were sent are called off."""
    await _call_off(session, fact.event.order_id, at=fact.event.cancelled_at, reason=fact.event.reason)


async def on_order_linked(session: Session, fact: Fact[OrderLinked], *, now: datetime) -> None:
    """A repair turned out to repeat another: nobody goes for it."""
    await _call_off(session, fact.event.order_id, at=fact.event.linked_at, reason=fact.event.name)


async def on_order_resolved_by_phone(session: Session, fact: Fact[OrderResolvedByPhone], *, now: datetime) -> None:
    """The caller was helped on the phone: crews that were sent meanwhile are called off; it can still go out again."""
    order = await ORDERS.find(session, fact.event.order_id)
    if order is not None and not order.is_closed:
        await _call_off(session, order.id, at=fact.event.resolved_at, reason=fact.event.name)
        order.status = JobStatus.RESTORED


async def on_order_reopened(session: Session, fact: Fact[OrderReopened], *, now: datetime) -> None:
    """Called back without light: somebody goes again, in the same round (requirement 003-023)."""
    order = await ORDERS.find(session, fact.event.order_id)
    if order is not None and not order.is_closed:
        await _go_again(session, order, turn=order.round, at=fact.event.reopened_at, reason=fact.event.reason)


async def on_order_returned(session: Session, fact: Fact[OrderReturned], *, now: datetime) -> None:
    """Returned by the province or the national centre: the same order goes out in the next round (001-018)."""
    order = await ORDERS.find(session, fact.event.order_id)
    if order is not None and not order.is_closed and fact.event.round > order.round:
        await _go_again(session, order, turn=fact.event.round, at=fact.event.returned_at, reason=fact.event.reason)


async def on_green_channel_opened(session: Session, fact: Fact[GreenChannelOpened], *, now: datetime) -> None:
    """特事特办: from now on the order comes first, and so does the main order that it waits with (000-010)."""
    order = await ORDERS.find(session, fact.event.order_id)
    if order is None or order.is_closed:
        return
    order.is_green_channel = True
    DESK.hurry(session, order.main_order_id or order.id, order.priority)
    ORDERS.save(session, order)


async def on_order_reworked(session: Session, fact: Fact[OrderReworked], *, now: datetime) -> None:
    """The reviewer gave the reply back: the crew that wrote it writes it anew; it may be elsewhere meanwhile."""
    order = await ORDERS.find(session, fact.event.order_id)
    replied = [s for s in order.sent if s.outcome == Outcome.REPLIED] if order else []
    if order is None or not replied:
        return
    task = await TASKS.get(session, replied[-1].task_id)
    task.reopen_for_reply(reason=fact.event.reason)
    order.note_outcome(task.id, Outcome.OPEN)
    order.status = JobStatus.RESTORED
    DESK.give_words(session, task)
    TASKS.save(session, task)
    ORDERS.save(session, order)


def _find_recognised(session: Session, lead_id: UUID | None, *, is_fresh: bool) -> Incident | None:
    """Return the open incident of an order that intake knows to tell of the same outage, or None.

    Raises NotYet while that order, which was accepted first, has not been placed here; `is_fresh`: for a moment only.
    """
    if lead_id is None:
        return None
    lead = ORDERS.held(session).get(lead_id)
    if is_fresh and (lead is None or not _is_settled(session, lead)):
        raise NotYet(f"order {lead_id}")
    incident = INCIDENTS.held(session).get(lead.incident_id) if lead and lead.incident_id else None
    return incident if incident and incident.is_open else None


def _is_settled(session: Session, lead: JobOrder) -> bool:
    """Say whether a lead was placed, and not just now by somebody else: then its incident is not locked here."""
    if lead.incident_id:
        return lead.incident_id in INCIDENTS.held(session)
    return lead.accepted_at is not None or lead.status != JobStatus.RECEIVED


async def _find_covering(
    session: Session, order: JobOrder, around: Surroundings, *, reported_at: datetime
) -> Incident | None:
    for key in keys_covering(transformer_area=order.transformer_area, feeder=order.feeder):
        found = around.open_outages.get(key)
        if found and covers(found[1], reported_at=reported_at):
            incident = await INCIDENTS.find(session, found[0])
            if incident and incident.is_open:
                return incident
    return None


def _join(session: Session, order: JobOrder, incident: Incident, *, at: datetime) -> None:
    is_counted = (order.incident_id, order.main_order_id) == (incident.id, incident.main_order_id)
    order.incident_id, order.main_order_id = incident.id, incident.main_order_id
    order.status = JobStatus.CHILD
    incident.order_count += not is_counted
    INCIDENTS.save(session, incident)
    order.tell(merged(order, incident, at=at), occurred_at=at)
    DESK.hurry(session, incident.main_order_id, order.priority)


def _open_incident(session: Session, order: JobOrder, around: Surroundings, *, at: datetime) -> Incident:
    judged = assess(
        content=order.content,
        scope=order.outage_scope,
        voltage_level=order.voltage_level,
        is_important=order.is_important,
    )
    area = around.areas.get(order.transformer_area or "")
    incident = Incident(
        id=new_id(),
        main_order_id=order.id,
        round=order.round,
        keys=keys_to_hold(scope=order.outage_scope, transformer_area=order.transformer_area, feeder=order.feeder),
        class_l1=judged.class_l1,
        area_type=AreaType(area["area_type"]) if area else order.area_type,
        owner_code=order.owner_code,
        is_earth_fault=judged.is_earth_fault,
        reported_at=order.reported_at,
        opened_at=at,
        customers_affected=order.customers_affected,
    )
    INCIDENTS.add(session, incident)
    _hold(session, incident, around)
    order.incident_id, order.main_order_id = incident.id, None
    order.class_l1, order.tier = judged.class_l1, judged.tier
    order.tell(assessed(order, incident, at=at, ownership=judged.asset_ownership), occurred_at=at)
    return incident


async def _call_off(session: Session, order_id: UUID, *, at: datetime, reason: str) -> None:
    order = await ORDERS.find(session, order_id)
    if order is None or order.is_closed:
        return
    await _withdraw_tasks(session, order, at=at, reason=reason)
    if order.is_main and order.incident_id:
        incident = await INCIDENTS.get(session, order.incident_id)
        if incident.is_open and incident.main_order_id == order.id:
            await pass_on(session, incident, without=order)
    order.status = JobStatus.CLOSED
    DESK.forget_order(session, order)
    ORDERS.save(session, order)


async def _withdraw_tasks(session: Session, order: JobOrder, *, at: datetime, reason: str) -> None:
    for sent in order.open_tasks():
        task = await TASKS.get(session, sent.task_id)
        task.withdraw(at=at, reason=reason)
        order.note_outcome(task.id, Outcome.WITHDRAWN)
        DESK.take_off(session, task)
        TASKS.save(session, task)


async def _go_again(session: Session, order: JobOrder, *, turn: int, at: datetime, reason: str) -> None:
    """Open the order's own outage again, or one of its own if it only followed another, and send somebody."""
    await _withdraw_tasks(session, order, at=at, reason=reason)
    order.round = turn
    around = _surroundings_of(session)
    sent_at = max(session.now, at)
    opened_at = at if order.is_late_entry else sent_at
    incident = await INCIDENTS.find(session, order.incident_id) if order.is_main and order.incident_id else None
    if incident and incident.main_order_id == order.id:
        incident.reopen(turn=turn, at=opened_at)
        _hold(session, incident, around)
    else:
        order.feeder = around.feeder_of(order)
        order.owner_code = order.owner_code or around.owner_of(order)
        known = await _find_covering(session, order, around, reported_at=at)
        if known:
            _join(session, order, known, at=opened_at)
            ORDERS.save(session, order)
            return
        _open_incident(session, order, around, at=opened_at)
    send_unless_late(session, order, not_before=sent_at)
    ORDERS.save(session, order)


def _hold(session: Session, incident: Incident, around: Surroundings) -> None:
    """Let an incident hold its parts of the grid, for later orders of this batch too."""
    keep_open(session, incident)
    for key in incident.keys:
        around.open_outages[key] = (incident.id, incident.opened_at)


def _locate(order: JobOrder, around: Surroundings) -> None:
    area = around.areas.get(order.transformer_area or "")
    if (order.lon is None or order.lat is None) and area:
        order.lon, order.lat = area["lon"], area["lat"]


def _is_repair(event: OrderCreated) -> bool:
    return event.business_type == BusinessType.FAULT_REPAIR


def _place_of(event: OrderCreated) -> Place:
    return Place(event.order_id, None, event.transformer_area, event.feeder)


def _order_of(event: OrderCreated) -> JobOrder:
    return JobOrder(
        id=event.order_id,
        order_no=event.order_no,
        reported_at=event.reported_at,
        received_at=event.received_at,
        is_late_entry=event.is_late_entry,
        content=event.content,
        surroundings=event.surroundings,
        caller=event.caller,
        area_type=event.area_type,
        outage_scope=event.outage_scope,
        voltage_level=event.voltage_level,
        transformer_area=event.transformer_area,
        feeder=event.feeder,
        station_code=event.station_code,
        lon=event.caller.lon,
        lat=event.caller.lat,
        customers_affected=event.customers_affected,
    )
