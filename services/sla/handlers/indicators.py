"""How good are we: added up by the database, or, when asked, once more from the facts alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from itertools import groupby
from uuid import UUID

from services.sla import metrics
from services.sla.domain.clocks import courses_of
from services.sla.domain.entries import ENTRIES, extent_of, open_record
from services.sla.domain.indicators.outages import Outage, OutageCounts, count_outages
from services.sla.domain.indicators.periods import Period, month_of
from services.sla.domain.indicators.report import Indicators, report, return_rate
from services.sla.domain.indicators.tally import Returned, Scope, Tally
from services.sla.domain.records import Extent, OrderRecord
from services.sla.repository.clocks import count_open
from services.sla.repository.facts import list_facts, list_orders
from services.sla.repository.indicators import list_outages, tally_archive, tally_of
from services.sla.repository.promises import list_promises, load_promises
from shared.db import Session
from shared.events import Event, Fact
from shared.events.intake import OrderCreated
from shared.zone import SHANGHAI

CHUNK = 1_000
"""Orders whose facts are held in memory at once while counting from the log."""


async def count_indicators(
    session: Session, *, period: Period, scope: Scope, now: datetime, is_from_facts: bool
) -> Indicators:
    """Return the indicators of a period; from the facts alone they must be the same."""
    count = _tally_from_facts if is_from_facts else tally_of
    return report(await count(session, period=period, scope=scope, now=now))


async def count_outage_indicators(session: Session, *, origin: str, is_from_facts: bool) -> OutageCounts:
    """Return the figures of a replay of outages, for one origin."""
    if is_from_facts:
        return count_outages([outage async for outage in _outages_from_facts(session, origin)])
    return count_outages(await list_outages(session, origin=origin))


async def observe(session: Session) -> None:
    """Set the gauges: open clocks, and 退单率 of this month and the last."""
    is_open = await count_open(session)
    for promise in await list_promises(session):
        metrics.CLOCKS_OPEN.labels(promise.code).set(is_open.get(promise.code, 0))
    for name, back in (("this_month", 0), ("last_month", 1)):
        period = month_of(session.now, zone=SHANGHAI, back=back)
        tally = await tally_archive(session, period=period)
        for level in Returned:
            rate = return_rate(tally, level).rate
            metrics.RETURN_RATE.labels(level, name).set(float("nan") if rate is None else rate)


async def _tally_from_facts(session: Session, *, period: Period, scope: Scope, now: datetime) -> Tally:
    promises = await load_promises(session)
    tally = Tally()
    async for record, _ in _records_from_facts(session):
        if scope.has(record):
            tally.add(record, courses_of(record, promises).values(), period=period, now=now)
    return tally


async def _outages_from_facts(session: Session, origin: str) -> AsyncIterator[Outage]:
    async for record, extents in _records_from_facts(session):
        if record.is_repair and record.origin == origin:
            steps = {extent.at: extent.customers for extent in sorted(extents)}
            yield Outage(record.reported_at, record.restored_at, record.arrived_at, list(steps.items()))


async def _records_from_facts(session: Session) -> AsyncIterator[tuple[OrderRecord, list[Extent]]]:
    last: UUID | None = None
    while order_ids := await list_orders(session, after=last, most=CHUNK):
        last = order_ids[-1]
        heard = await list_facts(session, order_ids)
        for _, facts in groupby(heard, key=lambda fact: fact.event.order_id):
            yield rebuild(list(facts))


def rebuild(facts: list[Fact[Event]]) -> tuple[OrderRecord, list[Extent]]:
    """Make the record of one order again, from its facts in any order."""
    record = next(open_record(f.event, f.recorded_at) for f in facts if isinstance(f.event, OrderCreated))
    for fact in facts:
        if enter := ENTRIES.get(type(fact.event)):
            enter(record, fact.event, fact.recorded_at)
    return record, [extent for fact in facts if (extent := extent_of(fact.event, fact.id))]
