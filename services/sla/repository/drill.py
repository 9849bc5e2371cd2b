"""The orders behind a figure, by the same conditions that count it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select

from services.sla.domain.clocks import ClockStatus
from services.sla.domain.indicators.drill import Indicator
from services.sla.domain.indicators.periods import Period
from services.sla.domain.indicators.tally import Scope
from services.sla.repository.indicators import in_scope, is_overdue, within
from services.sla.tables import clocks, order_records
from shared.db import Session
from shared.glossary import Satisfaction

_o = order_records.c


async def list_orders_behind(
    session: Session,
    indicator: Indicator,
    *,
    period: Period,
    scope: Scope,
    promise: str | None,
    now: datetime,
    after: UUID | None,
    most: int,
) -> Sequence[Row[Any]]:
    """List up to `most` orders that a figure counts, in id order, from `after` on."""
    if indicator.is_about_promises:
        counts = _has_verdict(indicator, period, promise, now)
    else:
        counts = _conditions(period)[indicator]
    wanted = select(_o.id, _o.business_type, _o.area_type, _o.station_code, _o.received_at)
    wanted = wanted.where(counts, *in_scope(scope))
    if after:
        wanted = wanted.where(_o.id > after)
    return (await session.execute(wanted.order_by(_o.id).limit(most))).all()


def _conditions(period: Period) -> dict[Indicator, ColumnElement[bool]]:
    received, archived = within(_o.received_at, period), within(_o.archived_at, period)
    called_back = within(_o.called_back_at, period)
    national, province = _o.national_return_count, _o.province_return_count
    return {
        Indicator.ORDERS: received,
        Indicator.MERGED: and_(received, _o.merged_at.is_not(None)),
        Indicator.DECLINED: and_(received, _o.declined_at.is_not(None)),
        Indicator.ARRIVALS: and_(within(_o.arrived_at, period), _o.dispatched_at.is_not(None)),
        Indicator.RESTORATIONS: and_(within(_o.restored_at, period), _o.arrived_at <= _o.restored_at),
        Indicator.CALLBACKS_COMPLETED: called_back,
        Indicator.CALLBACKS_UNREACHABLE: within(_o.unreachable_at, period),
        Indicator.SATISFIED: and_(called_back, _o.satisfaction == Satisfaction.SATISFIED),
        Indicator.ARCHIVED: archived,
        Indicator.NATIONAL_RETURNS: and_(archived, national > 0),
        Indicator.PROVINCE_RETURNS: and_(archived, province > 0),
        Indicator.UNION_RETURNS: and_(archived, national + province > 0),
    }


def _has_verdict(indicator: Indicator, period: Period, promise: str | None, now: datetime) -> ColumnElement[bool]:
    if indicator is Indicator.PROMISES_MET:
        verdict = and_(clocks.c.status == ClockStatus.MET, within(clocks.c.decided_at, period))
    else:
        said = and_(clocks.c.status == ClockStatus.BREACHED, within(clocks.c.decided_at, period))
        verdict = or_(said, and_(is_overdue(now), within(clocks.c.due_at, period)))
    if promise:
        verdict = and_(verdict, clocks.c.promise == promise)
    return exists().where(clocks.c.order_id == _o.id, verdict)
