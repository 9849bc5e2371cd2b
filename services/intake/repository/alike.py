"""Open repairs whose address may be like an order's: by the search's index, and the newest of those that wait.

Receiving writes nothing for this: a person asks for it, and the index is there already. However many orders there are,
only what was entered around this one is looked at, and hundreds are compared at most. Decision 0017.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, FromClause, Text, func, literal, or_, select, text
from sqlalchemy.sql import ColumnElement, Select

from services.intake.domain.duplicates import Report
from services.intake.domain.duplicates.alike import address_terms, name_terms
from services.intake.domain.duplicates.report import WAITS_FOR_LIGHT
from services.intake.tables import order_links, order_search, orders
from shared.db import Session
from shared.glossary import BusinessType
from shared.ids import first_id_at

INDEXED = 200
"""So many candidates of the index are compared: those that share the most terms of the address."""

NEWEST = 300
"""So many of the newest that wait are compared besides: fresh ones, which the index does not know yet, and names of
three characters with another one in the middle, which share no pair.
"""

LOOKED_THROUGH = 5_000
"""Among so many of the newest those are looked for, some 10 ms where nearly all is over."""

LATE = timedelta(minutes=2)
"""An order's id may be so much older or younger than the instant at which it was received."""

_PLANNED = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '1.1', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)
"""How much shares a pair depends on the name, so no plan is good for all; and what is of today lies in memory, where
the index is the quicker way to what is less rare, too.
"""

WAITING = sorted(map(str, WAITS_FOR_LIGHT))
_o = orders.c
_COMPARED = (_o.id, _o.business_type, _o.status, _o.power_restored_at, _o.received_at, _o.main_order_id)


async def find_candidates(session: Session, report: Report, family: Set[UUID], *, within: timedelta) -> set[UUID]:
    """Return open repairs received `within` of an order that may have an address like it, none linked to `family`."""
    await session.execute(_PLANNED)
    names, terms = name_terms(report), address_terms(report)
    found: set[UUID] = set()
    for begin, end in _spans(report, within):
        looked_at = _entered(begin, end).limit(LOOKED_THROUGH).subquery("o")
        newest = select(looked_at.c.id).order_by(looked_at.c.id.desc()).limit(NEWEST)
        newest = newest.where(*_may_be_meant(looked_at, report, family, within))
        found.update((await session.execute(newest)).scalars())
        if names:
            indexed = _sharing(names, terms, begin, end).where(*_may_be_meant(orders, report, family, within))
            found.update((await session.execute(indexed.limit(INDEXED))).scalars())
    return found


def _spans(report: Report, within: timedelta) -> Iterator[tuple[datetime, datetime]]:
    """Yield when candidates were entered: around the entering of the order, and around its receiving if that was at
    another time (late entry, a clock that ran ahead).
    """
    entered_at = datetime.fromtimestamp((report.id.int >> 80) / 1000, UTC)
    reach = within + LATE
    yield entered_at - reach, entered_at + reach
    if abs(report.received_at - entered_at) > LATE:
        yield report.received_at - reach, report.received_at + reach


def _entered(begin: datetime, end: datetime) -> Select[Any]:
    return select(*_COMPARED).where(*_between(orders.c.id, begin, end)).order_by(orders.c.id.desc())


def _sharing(names: list[str], terms: list[str], begin: datetime, end: datetime) -> Select[Any]:
    """Find what shares any of `names`: first what shares the most of `terms`, the newest of equals first.

    Materialised: the planner thinks that few orders wait, and would ask for the terms of each of them.
    """
    entered = order_search.c
    of_the_time = select(entered.order_id, entered.terms).where(*_between(entered.order_id, begin, end))
    alike = of_the_time.where(entered.terms.overlap(_texts(names))).cte("alike")
    alike = alike.prefix_with("MATERIALIZED", dialect="postgresql")
    said = func.unnest(alike.c.terms).table_valued("term").render_derived(name="said")
    shared = select(func.count()).select_from(said).where(said.c.term == func.any(_texts(terms))).scalar_subquery()
    return (
        select(orders.c.id)
        .join_from(alike, orders, orders.c.id == alike.c.order_id)
        .where(*_between(orders.c.id, begin, end))
        .order_by(shared.desc(), orders.c.id.desc())
    )


def _may_be_meant(o: FromClause, report: Report, family: Set[UUID], within: timedelta) -> list[ColumnElement[bool]]:
    link = order_links.c
    is_linked = select(literal(1)).where(link.order_id == o.c.id, link.lead_order_id.in_(family)).exists()
    return [
        o.c.business_type == str(BusinessType.FAULT_REPAIR),
        o.c.status.in_(WAITING),
        o.c.power_restored_at.is_(None),
        o.c.received_at.between(report.received_at - within, report.received_at + within),
        o.c.id.not_in(family),
        or_(o.c.main_order_id.is_(None), o.c.main_order_id.not_in(family)),
        ~is_linked,
    ]


def _between(order_id: ColumnElement[Any], begin: datetime, end: datetime) -> list[ColumnElement[bool]]:
    return [order_id >= first_id_at(begin), order_id < first_id_at(end)]


def _texts(words: list[str]) -> ColumnElement[list[str]]:
    return literal(words, ARRAY(Text))
