"""Finding orders: the newest are looked through as they stand, the rest is gathered by what is indexed.

Looking through a fixed number of orders, newest first, fills the page of every search that finds much, whatever it
asks for; what it does not fill is rare enough to be gathered whole and sorted. So no search walks through all orders
there are, which is what a planner does that trusts in filters being independent. Decision 0021.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, FromClause, func, literal, literal_column, not_, select, text, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ColumnElement, Select

from services.intake.domain.lifecycle import TERMINAL, Status
from services.intake.domain.responsibility import NOT_PEOPLE
from services.intake.domain.search import BETWEEN, SAID, SHORTEST_PHONE_TAIL, TAGGED, Due, Wanted, narrow
from services.intake.repository.lists import SUMMARY
from services.intake.repository.visibility import visible_to
from services.intake.tables import RETURNED, handlings, order_keys, order_search, orders, promises_at_risk
from shared.auth import Actor
from shared.db import Session
from shared.ids import first_id_at

LOOKED_THROUGH = (1_000, 4_000)
"""So many of the newest orders are looked through, some 4 ms; then so many older ones, if that promises enough."""

RARE = 4
"""If the first look found less than this part of a page, what is left is rare enough to be gathered at once."""

LATE = timedelta(minutes=2)
"""An order's id may be so much older than its commit."""

SWEPT = timedelta(days=1)

EQUAL = (
    "status",
    "business_type",
    "channel",
    "area_type",
    "station_code",
    "transformer_area",
    "feeder",
    "origin",
    "first_responder",
    "accountable",
    "customer_no",
)
"""Columns that must have the value asked for."""

WALKED = ("first_responder", "origin", "station_code", "business_type", "channel", "status")
"""Columns whose index is in the order of the ids: the first of them that was asked for is what is looked through. A
status comes first, unless it is the one in which nearly all orders are.
"""

_LOOKED_AT = tuple(dict.fromkeys([*SUMMARY, *(orders.c[name] for name in (*EQUAL, *SAID))]))
"""What of an order is shown or compared: naming all hundred columns would take longer than reading these."""

_PLANNED = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)
"""How much a search finds depends on its words, so no plan is good for all of them; starting helpers takes longer than
the search.
"""


_TAGS = ", ".join(f"'{name}:' || o.{name}" for name in TAGGED)
_TERMS: ColumnElement[list[str]] = literal_column(
    f"""
    ARRAY(
        WITH letters AS (
            SELECT letter, lag(letter) OVER w AS before, lag(letter, 2) OVER w AS earlier
            FROM string_to_table(o.document, NULL) WITH ORDINALITY AS t(letter, place) WINDOW w AS (ORDER BY place)
        )
        SELECT tag FROM unnest(ARRAY[{_TAGS}]) AS tag WHERE tag IS NOT NULL
        UNION SELECT 'phone:' || right(digits, {SHORTEST_PHONE_TAIL})
            FROM regexp_replace(o.caller_phone, '[^0-9]', '', 'g') AS digits
            WHERE length(digits) >= {SHORTEST_PHONE_TAIL}
        UNION SELECT before || letter FROM letters WHERE before <> '{BETWEEN}' AND letter <> '{BETWEEN}'
        UNION SELECT earlier || before || letter FROM letters
            WHERE earlier ~ '[0-9a-z]' AND before ~ '[0-9a-z]' AND letter ~ '[0-9a-z]'
    )
    """  # noqa: S608 - our own names
)


async def find_orders(
    session: Session, wanted: Wanted, *, actor: Actor, before: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Return the newest orders that fit and that `actor` may see, those before `before`, at most `most`; not masked."""
    await session.execute(_PLANNED)
    rows: list[dict[str, Any]] = []
    for number in LOOKED_THROUGH:
        rows += await _rows(session, _looked_through(wanted, actor, before, number, most - len(rows)))
        if len(rows) == most:
            return rows
        before = (await session.execute(_last_looked_through(wanted, before, number))).scalar()
        if before is None:
            return rows  # that was everything
        if len(rows) * RARE < most:
            break
    assert before is not None  # noqa: S101 - there is something to look through
    return rows + await _rows(session, _gathered(wanted, actor, before, most - len(rows)))


async def feed(session: Session, *, most: int, is_sweep: bool = False) -> int:
    """Enter orders that cannot be searched yet; return how many.

    What is newer than the newest that was entered, and what was committed late; the sweep looks a day back.
    """
    newest = (
        await session.execute(select(order_search.c.order_id).order_by(order_search.c.order_id.desc()).limit(1))
    ).scalar()
    edge = _earlier(newest, LATE) if newest else None
    fresh = select(orders).where(~_is_entered()).order_by(orders.c.id).limit(most)
    if edge and is_sweep:
        fresh = fresh.where(orders.c.id < edge, orders.c.id >= _earlier(edge, SWEPT))
    elif edge:
        fresh = fresh.where(orders.c.id >= edge)
    entered = insert(order_search).from_select(("order_id", "document", "terms"), _entries(fresh.subquery("o")))
    return (await session.execute(entered.on_conflict_do_nothing())).rowcount


def _entries(o: FromClause) -> Select[Any]:
    """Say what these orders are found by: their tags, the tail of the phone, the pairs and threes of their document.

    In the server, where the orders are: as `narrow` asks for it.
    """
    said = select(*o.c, _document_of(o).label("document")).subquery("o")
    return select(said.c.id, said.c.document, _TERMS)


def _is_entered() -> ColumnElement[bool]:
    return select(literal(1)).where(order_search.c.order_id == orders.c.id).exists()


async def _rows(session: Session, statement: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await session.execute(statement)).mappings()]


def _looked_through(wanted: Wanted, actor: Actor, before: UUID | None, number: int, most: int) -> Select[Any]:
    newest = _walk(wanted, before).limit(number).subquery("o")
    statement = select(*(newest.c[column.name] for column in SUMMARY)).order_by(newest.c.id.desc()).limit(most)
    if wanted.words:
        entered = order_search.c
        statement = statement.outerjoin(order_search, entered.order_id == newest.c.id)
        document = func.coalesce(entered.document, _document_of(newest))
        statement = statement.where(*(_contains(document, word) for word in wanted.words))
    return statement.where(*_conditions(wanted, newest, actor))


def _last_looked_through(wanted: Wanted, before: UUID | None, number: int) -> Select[Any]:
    """Find the oldest order that was looked through; none if there were no more."""
    return _walk(wanted, before).with_only_columns(orders.c.id).offset(number - 1).limit(1)


def _gathered(wanted: Wanted, actor: Actor, before: UUID, most: int) -> Select[Any]:
    """Find all older ones by what is indexed, then the newest of these. Materialised, or the planner would walk."""
    found = _candidates(wanted, actor, before).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    newest = select(found.c.id).order_by(found.c.id.desc()).subquery("newest")
    return (
        select(*SUMMARY)
        .join(newest, newest.c.id == orders.c.id)
        .where(*_conditions(wanted, orders, actor))
        .order_by(newest.c.id.desc())
        .limit(most)
    )


def _candidates(wanted: Wanted, actor: Actor, before: UUID) -> Select[Any]:
    """Find the ids of all orders that may fit: by what stands on orders if few can have it, else by their terms."""
    terms = narrow(wanted)
    entered = order_search.c
    said = [_contains(entered.document, word) for word in wanted.words]
    if terms and not _is_of_the_moment(wanted):
        statement = select(entered.order_id.label("id")).where(entered.terms.contains(terms), *said)
        return statement.where(*_within(entered.order_id, wanted, before))
    statement = select(orders.c.id).where(*_conditions(wanted, orders, actor), *_within(orders.c.id, wanted, before))
    if wanted.number:
        statement = statement.where(orders.c.id.in_(_numbered(wanted.number)))
    return statement.join(order_search, entered.order_id == orders.c.id).where(*said) if said else statement


def _is_of_the_moment(wanted: Wanted) -> bool:
    """Say whether few orders at a time can be what was asked for; nearly all that there ever were are archived."""
    is_passing = wanted.status is not None and wanted.status is not Status.ARCHIVED
    return bool(is_passing or wanted.is_open or wanted.due or _is_of_owner(wanted))


def _is_of_owner(wanted: Wanted) -> bool:
    """Say whether it matters who answers; only open orders have somebody who does."""
    return bool(wanted.accountable) or wanted.has_owner is not None


def _walk(wanted: Wanted, before: UUID | None) -> Select[Any]:
    """Return the orders of one index that is in the order of their ids, newest first."""
    statement = select(*_LOOKED_AT).where(*_within(orders.c.id, wanted, before)).order_by(orders.c.id.desc())
    if wanted.number:
        return statement.where(orders.c.id.in_(_numbered(wanted.number)))
    if wanted.due:
        return statement.where(orders.c.id.in_(_at_risk(wanted.due)))
    if wanted.unit:
        return statement.where(orders.c.id.in_(_handed_to(wanted.unit)))
    if wanted.is_returned:
        filtered = (column == getattr(wanted, column.name) for column in RETURNED[1:] if getattr(wanted, column.name))
        return statement.where(_was_returned(orders), *filtered)
    asked = (name for name in WALKED if getattr(wanted, name) is not None)
    name = "status" if wanted.status not in (None, Status.ARCHIVED) else next(asked, None)
    return statement.where(orders.c[name] == getattr(wanted, name)) if name else statement


def _within(order_id: ColumnElement[Any], wanted: Wanted, before: UUID | None) -> list[ColumnElement[bool]]:
    bounds = [order_id < before] if before else []
    if wanted.recorded_from:
        bounds.append(order_id >= first_id_at(wanted.recorded_from))
    if wanted.recorded_to:
        bounds.append(order_id < first_id_at(wanted.recorded_to))
    return bounds


def _conditions(wanted: Wanted, o: FromClause, actor: Actor) -> list[ColumnElement[bool]]:
    """Return what must be true of an order itself."""
    must = visible_to(actor, o.c.business_type)
    must += [o.c[name] == value for name in EQUAL if (value := getattr(wanted, name)) is not None]
    if wanted.is_open is not None or wanted.due or _is_of_owner(wanted):
        is_open = o.c.status.not_in(sorted(TERMINAL))
        must.append(not_(is_open) if wanted.is_open is False else is_open)
    if wanted.has_owner is not None:
        is_nobodys = o.c.accountable.in_(sorted(NOT_PEOPLE))
        must.append(not_(is_nobodys) if wanted.has_owner else is_nobodys)
    if wanted.unit:
        must.append(o.c.id.in_(_handed_to(wanted.unit)))
    if wanted.is_returned is not None:
        must.append(_was_returned(o) if wanted.is_returned else not_(_was_returned(o)))
    if wanted.due:
        must.append(o.c.id.in_(_at_risk(wanted.due)))
    if wanted.phone:
        must.append(func.regexp_replace(o.c.caller_phone, r"\D", "", "g").endswith(wanted.phone, autoescape=True))
    return must


def _was_returned(o: FromClause) -> ColumnElement[bool]:
    return (o.c.national_return_count + o.c.province_return_count) > literal_column("0")


def _handed_to(unit: str) -> Select[Any]:
    return select(handlings.c.id).where(handlings.c.responsible_unit == unit)


def _at_risk(due: Due) -> Select[Any]:
    return select(promises_at_risk.c.order_id).where(promises_at_risk.c.is_breached == (due is Due.OVER))


def _numbered(number: str) -> CompoundSelect[Any]:
    k = order_keys.c
    theirs = select(k.order_id).where(k.kind == literal("national_order_no"), k.key == number)
    return union_all(select(orders.c.id).where(orders.c.order_no == number), theirs)


def _contains(document: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return document.contains(word, autoescape=True)


def _document_of(o: FromClause) -> ColumnElement[str]:
    """Say what an order says, folded as `fold` does: what a word of a search must stand in."""
    folded = (func.regexp_replace(func.normalize(o.c[name], text("NFKC")), r"\s", "", "g") for name in SAID)
    return func.lower(func.concat_ws(BETWEEN, *folded))


def _earlier(order_id: UUID, by: timedelta) -> UUID:
    milliseconds = by // timedelta(milliseconds=1)
    return UUID(int=max(order_id.int - (milliseconds << 80), 0))
