"""Routes about how good we are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator

from services.sla.domain.indicators.drill import Indicator
from services.sla.domain.indicators.periods import Period, from_midnight
from services.sla.domain.indicators.report import Indicators
from services.sla.domain.indicators.tally import Scope
from services.sla.handlers import drill
from services.sla.handlers import indicators as handlers
from shared.errors import bad_field
from shared.glossary import AreaType
from shared.web import Answer, Page, Read, decode_cursor, encode_cursor, invalid
from shared.zone import SHANGHAI

router = APIRouter()


def _iso_day(value: object) -> object:
    """Keep seconds since 1970 out of days."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_iso_day)]
From = Annotated[Day, Query(alias="from", examples=["2014-01-01"], description="First day, from its midnight on.")]
To = Annotated[Day, Query(alias="to", examples=["2014-06-01"], description="The day at whose midnight it ends.")]
Origin = Annotated[str | None, Query(examples=["pge_2020_storm"], description="Only orders copied from there.")]
Station = Annotated[str | None, Query(examples=["S01"], description="Only orders of this station.")]
Area = Annotated[AreaType | None, Query(examples=["rural"], description="Only orders in this kind of area.")]


class IndicatorsAnswer(Answer):
    """The indicators of [from 00:00, to 00:00), Asia/Shanghai. Rates are fractions; null is «no value», never 0."""

    start: datetime
    end: datetime
    days: int
    is_recomputed: bool
    indicators: Indicators


class OutagesAnswer(Answer):
    """What a replay of outages gave, in the words of the data's own oracle. Days and hours are UTC."""

    outages: int
    arrivals_per_day: dict[str, int]
    arrivals_peak_hour: tuple[str, int] | None
    peak_concurrent_outages_gaps_ignored: tuple[int, datetime] | None
    first_onsite_within_min_of_first_seen: dict[str, tuple[int, int]]
    customer_minutes_first_seen_to_gone: int


class FactAnswer(Answer):
    """One fact behind a figure."""

    id: UUID
    name: str
    occurred_at: datetime
    recorded_at: datetime


class CountedOrder(Answer):
    """One order behind a figure, with the facts that made it count."""

    order_id: UUID
    business_type: str
    area_type: str
    station_code: str | None
    received_at: datetime
    facts: list[FactAnswer]


@router.get("/indicators", summary="How good we were in a period")
async def read_indicators(
    door: Read,
    *,
    first: From,
    end: To,
    origin: Origin = None,
    station_code: Station = None,
    area_type: Area = None,
    recompute: Annotated[
        bool, Query(description="Count again from the facts log alone; the same must come out.")
    ] = False,
) -> IndicatorsAnswer:
    """Orders, arrivals, restorations, callbacks, 退单率 and promises of a half-open period.

    Each figure belongs to the period of the fact that makes it: orders by reception, arrivals by arrival, restorations
    by light, callbacks by the call, returns by the order's archiving, verdicts by when they became true.
    """
    period, scope = _period(first, end), Scope(origin, station_code, area_type)
    counted = await handlers.count_indicators(
        door.session, period=period, scope=scope, now=door.now, is_from_facts=recompute
    )
    return IndicatorsAnswer(
        start=period.start, end=period.end, days=period.days, is_recomputed=recompute, indicators=counted
    )


@router.get("/indicators/outages", summary="What a replay of outages gave")
async def read_outage_indicators(
    door: Read, origin: Annotated[str, Query(examples=["pge_2020_storm"])], recompute: bool = False
) -> OutagesAnswer:
    """The keys of the data's own oracle, counted over the fault repair orders of one origin."""
    counted = await handlers.count_outage_indicators(door.session, origin=origin, is_from_facts=recompute)
    return OutagesAnswer.model_validate(counted, from_attributes=True)


@router.get("/indicators/{name}/orders", summary="The orders and facts behind a figure")
async def list_counted_orders(
    door: Read,
    *,
    name: Annotated[Indicator, Path(examples=["national_returns"])],
    first: From,
    end: To,
    origin: Origin = None,
    station_code: Station = None,
    area_type: Area = None,
    promise: Annotated[str | None, Query(examples=["repair_departure"], description="For promises: which one.")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[CountedOrder]:
    """Open a figure: every order that it counts, in id order, each with the facts that made it count."""
    (after,) = decode_cursor(cursor, kinds=(UUID,)) if cursor else (None,)
    found = await drill.list_counted(
        door.session,
        drill.Question(name, _period(first, end), Scope(origin, station_code, area_type), promise, door.now),
        after=after,
        most=limit + 1,
    )
    shown = [_counted_order(counted) for counted in found[:limit]]
    following = encode_cursor(shown[-1].order_id) if len(found) > limit else None
    return Page(items=shown, next_cursor=following)


def _period(first: date, end: date) -> Period:
    if end <= first:
        raise invalid(bad_field("to", "period.empty", "必须晚于 from", "must be later than from"))
    return from_midnight(first, end, zone=SHANGHAI)


def _counted_order(counted: drill.Counted) -> CountedOrder:
    facts = [
        FactAnswer(id=fact.id, name=fact.event.name, occurred_at=fact.occurred_at, recorded_at=fact.recorded_at)
        for fact in counted.facts
    ]
    return CountedOrder(
        order_id=counted.order_id,
        business_type=counted.business_type,
        area_type=counted.area_type,
        station_code=counted.station_code,
        received_at=counted.received_at,
        facts=facts,
    )
