"""Reactions: each fact enters its order's record at once; clocks, the log and the news follow for the whole batch.

What a batch costs: records read and written, clocks read, opened and changed, facts and extents appended, one statement
each, however many facts came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.sla import metrics
from services.sla.domain.clocks import courses_of
from services.sla.domain.entries import ENTRIES, extent_of, open_record
from services.sla.domain.promises import Promises
from services.sla.domain.records import OrderRecord
from services.sla.domain.verdicts import Clock, open_clock
from services.sla.repository.clocks import insert_clocks, lock_clocks, update_clocks
from services.sla.repository.facts import append_facts, write_extents
from services.sla.repository.promises import load_promises
from services.sla.repository.records import RECORDS, held
from shared.aggregate import Told
from shared.db import Session
from shared.events import Event, Fact
from shared.events.intake import OrderCreated
from shared.ids import new_id
from shared.parking import NotYet


@dataclass(frozen=True)
class Touched:
    """A record that this transaction touched, and what was known of it before."""

    record: OrderRecord
    is_new: bool
    arrived_at: datetime | None
    restored_at: datetime | None


class Books:
    """What one transaction heard, written before its commit."""

    async def flush(self, session: Session) -> None:
        """Let every clock of the touched orders follow the facts, and write what was heard."""
        touched: dict[UUID, Touched] = session.identity.pop(_TOUCHED, {})
        heard: dict[UUID, Fact[Event]] = session.identity.pop(_HEARD, {})
        await append_facts(session, list(heard.values()))
        extents = ((fact.event.order_id, extent_of(fact.event, fact.id)) for fact in heard.values())
        await write_extents(session, [(order_id, extent) for order_id, extent in extents if extent])
        await _follow(session, list(touched.values()), await load_promises(session))
        session.when_committed(lambda: _measure(touched.values()))


BOOKS = Books()
_TOUCHED, _HEARD = "touched records", "heard facts"


async def prefetch(session: Session, facts: Sequence[Fact[Event]]) -> None:
    """Load the records of a batch's orders, locked."""
    await RECORDS.prefetch(session, {fact.event.order_id for fact in facts})


async def on_order_created(session: Session, fact: Fact[OrderCreated], *, now: datetime) -> None:
    """An order was received: its books are opened."""
    record = held(session, fact.event.order_id)
    if record is None:
        record = open_record(fact.event, fact.recorded_at)
        RECORDS.add(session, record)
        _touch(session, record, fact, is_new=True)


async def on_later_fact(session: Session, fact: Fact[Any], *, now: datetime) -> None:
    """Something happened to an order: its record knows it. Raises NotYet for an order that was not heard of yet."""
    record = held(session, fact.event.order_id)
    if record is None:
        raise NotYet(f"order {fact.event.order_id}")
    _touch(session, record, fact, is_new=False)
    ENTRIES[type(fact.event)](record, fact.event, fact.recorded_at)
    RECORDS.save(session, record)


def _touch(session: Session, record: OrderRecord, fact: Fact[Any], *, is_new: bool) -> None:
    session.identity.setdefault(_HEARD, {})[fact.id] = fact
    known = session.identity.setdefault(_TOUCHED, {})
    if record.id not in known:
        known[record.id] = Touched(record, is_new, record.arrived_at, record.restored_at)
    session.will_flush(BOOKS)


async def _follow(session: Session, touched: Sequence[Touched], promises: Promises) -> None:
    old = [touch.record.id for touch in touched if not touch.is_new]
    clocks = await lock_clocks(session, old) if old else {}
    opened: list[Clock] = []
    changed: list[Clock] = []
    for touch in touched:
        known = clocks.get(touch.record.id, {})
        courses = courses_of(touch.record, promises)
        for key, course in courses.items():
            clock = known.get(key)
            if clock is None:
                clock = open_clock(new_id(), order_id=touch.record.id, course=course)
                opened.append(clock)
            elif clock.is_as(course):
                continue
            else:
                changed.append(clock)
            _tell(session, clock.follow(course))
        for clock in (clock for key, clock in known.items() if key not in courses):
            if not clock.has_fallen_away:
                changed.append(clock)
                _tell(session, clock.fall_away())
    await insert_clocks(session, opened)
    await update_clocks(session, changed)


def _tell(session: Session, told: list[Told]) -> None:
    session.tell(told)
    for each in told:
        session.when_committed(lambda event=each.event: metrics.count(event))  # type: ignore[misc]


def _measure(touched: Any) -> None:
    for touch in touched:
        record: OrderRecord = touch.record
        if record.dispatched_at and record.arrived_at and not touch.arrived_at:
            metrics.ARRIVAL_MINUTES.labels(record.area_type).observe(_minutes(record.arrived_at - record.dispatched_at))
        if record.arrived_at and record.restored_at and not touch.restored_at:
            metrics.RESTORATION_MINUTES.labels(record.area_type).observe(
                _minutes(record.restored_at - record.arrived_at)
            )


def _minutes(duration: timedelta) -> float:
    return max(duration / timedelta(minutes=1), 0.0)
