"""Indicators added up by the database: the same sums that `domain/indicators/tally.py` makes from facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, extract, func, select

from services.sla.domain.clocks import ClockStatus
from services.sla.domain.indicators.outages import Outage
from services.sla.domain.indicators.periods import Period
from services.sla.domain.indicators.tally import Durations, Returned, Scope, Tally
from services.sla.domain.promises import Layer
from services.sla.tables import clocks, extents, order_records
from shared.db import Session
from shared.glossary import AreaType, BusinessType

_o = order_records.c
_MICROSECONDS = 1_000_000


async def tally_archive(session: Session, *, period: Period) -> Tally:
    """Add up what was archived and returned in one period, and nothing else."""
    tally = Tally()
    await _add_archive(session, tally, period, Scope())
    return tally


async def tally_of(session: Session, *, period: Period, scope: Scope, now: datetime) -> Tally:
    """Add up one period."""
    tally = Tally()
    await _add_reception(session, tally, period, scope)
    await _add_work(session, tally, period, scope)
    await _add_callbacks(session, tally, period, scope)
    await _add_archive(session, tally, period, scope)
    tally.verdicts = await _count_verdicts(session, period, scope, now)
    return tally


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """Return what a record's row must be like to be counted."""
    wanted = {"origin": scope.origin, "station_code": scope.station_code, "area_type": scope.area_type}
    return [_o[name] == value for name, value in wanted.items() if value is not None]


def within(column: ColumnElement[Any], period: Period) -> ColumnElement[bool]:
    """Say in SQL that something happened in a period."""
    return and_(column >= period.start, column < period.end)


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Say in SQL that a clock ran out before `now` and the timer has not spoken yet."""
    return and_(clocks.c.next_alarm_at < now, clocks.c.due_alarm_at < now)


async def list_outages(session: Session, *, origin: str) -> list[Outage]:
    """List the outages that the fault repair orders of one origin tell of."""
    is_one = and_(_o.origin == origin, _o.business_type == BusinessType.FAULT_REPAIR)
    steps: dict[Any, list[tuple[datetime, int]]] = {}
    told = select(extents).join(order_records, extents.c.order_id == _o.id).where(is_one)
    for row in await session.execute(told.order_by(extents.c.order_id, extents.c.occurred_at)):
        steps.setdefault(row.order_id, []).append((row.occurred_at, row.customers))
    rows = await session.execute(select(_o.id, _o.reported_at, _o.restored_at, _o.arrived_at).where(is_one))
    return [Outage(row.reported_at, row.restored_at, row.arrived_at, steps.get(row.id, [])) for row in rows]


async def _add_reception(session: Session, tally: Tally, period: Period, scope: Scope) -> None:
    sums = select(func.count(), func.count(_o.merged_at), func.count(_o.declined_at))
    row = await _one(session, sums.where(within(_o.received_at, period), *in_scope(scope)))
    tally.orders, tally.merged, tally.declined = row


async def _add_work(session: Session, tally: Tally, period: Period, scope: Scope) -> None:
    arrived = within(_o.arrived_at, period)
    sent = select(func.count(), _sum(_o.arrived_at - _o.dispatched_at))
    row = await _one(session, sent.where(arrived, _o.dispatched_at.is_not(None), *in_scope(scope)))
    tally.arrivals = Durations(*row)
    restored = and_(within(_o.restored_at, period), _o.arrived_at <= _o.restored_at)
    by_area = select(_o.area_type, func.count(), _sum(_o.restored_at - _o.arrived_at)).where(restored, *in_scope(scope))
    for area, count, microseconds in await _rows(session, by_area.group_by(_o.area_type)):
        tally.restorations[AreaType(area)] = Durations(count, microseconds)


async def _add_callbacks(session: Session, tally: Tally, period: Period, scope: Scope) -> None:
    said = func.coalesce(_o.satisfaction, "")
    asked = select(said, func.count()).where(within(_o.called_back_at, period), *in_scope(scope)).group_by(said)
    tally.callbacks = Counter({row[0]: row[1] for row in await _rows(session, asked)})
    gone = select(func.count()).where(within(_o.unreachable_at, period), *in_scope(scope))
    (tally.unreachable,) = await _one(session, gone)


async def _add_archive(session: Session, tally: Tally, period: Period, scope: Scope) -> None:
    national, province = _o.national_return_count, _o.province_return_count
    levels = {Returned.NATIONAL: national, Returned.PROVINCE: province, Returned.UNION: national + province}
    sums: list[Any] = []
    for times in levels.values():
        sums += [func.coalesce(func.sum(times), 0), func.count().filter(times > 0), func.count().filter(times > 1)]
    archived = select(_o.business_type, func.count(), *sums).where(within(_o.archived_at, period), *in_scope(scope))
    for kind, orders, *counts in await _rows(session, archived.group_by(_o.business_type)):
        business_type = BusinessType(kind)
        tally.archived[business_type] = orders
        for n, level in enumerate(levels):
            times, returned, twice = counts[3 * n : 3 * n + 3]
            tally.return_times[level] += times
            tally.returned_orders[level, business_type] += returned
            tally.returned_twice[level] += twice


async def _count_verdicts(
    session: Session, period: Period, scope: Scope, now: datetime
) -> Counter[tuple[str, Layer, ClockStatus]]:
    decided = and_(within(clocks.c.decided_at, period), clocks.c.status.in_([ClockStatus.MET, ClockStatus.BREACHED]))
    counted: Counter[tuple[str, Layer, ClockStatus]] = Counter()
    for condition in (decided, and_(is_overdue(now), within(clocks.c.due_at, period))):
        sums = select(clocks.c.promise, clocks.c.layer, clocks.c.status, func.count()).where(condition)
        if conditions := in_scope(scope):
            sums = sums.join(order_records, clocks.c.order_id == _o.id).where(*conditions)
        grouped = sums.group_by(clocks.c.promise, clocks.c.layer, clocks.c.status)
        for promise, layer, status, count in await _rows(session, grouped):
            verdict = ClockStatus.BREACHED if status == ClockStatus.OPEN else ClockStatus(status)
            counted[promise, Layer(layer), verdict] += count
    return counted


async def _one(session: Session, statement: Any) -> Any:
    return (await session.execute(statement)).one()


async def _rows(session: Session, statement: Any) -> Sequence[Any]:
    return (await session.execute(statement)).all()


def _sum(interval: ColumnElement[Any]) -> ColumnElement[int]:
    seconds = func.coalesce(func.sum(extract("epoch", interval)), 0)
    return cast(seconds * _MICROSECONDS, BigInteger)
