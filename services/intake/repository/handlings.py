"""Handlings in and out of their table, and the rows that are only ever added beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from services.intake.domain.handling import Handling
from services.intake.domain.handling.appeals import Appeal
from services.intake.domain.handling.contacts import Contact
from services.intake.domain.handling.replies import Reply
from services.intake.domain.handling.reviews import Review
from services.intake.domain.handling.statements import Statement
from services.intake.domain.handling.words import AnswerMode, Outcome, ReviewLevel, Verdict
from services.intake.domain.order import Order
from services.intake.repository.orders import missing
from services.intake.tables import appeals, contacts, handlings, replies, reviews, statements
from shared.db import Session
from shared.glossary import BusinessType
from shared.ids import new_id
from shared.store import Store

COLUMNS = tuple(column.name for column in handlings.columns)
_REPLY = tuple(field.name for field in fields(Reply))


def _to_row(handling: Handling) -> dict[str, Any]:
    return {name: getattr(handling, name) for name in COLUMNS}


def _from_row(row: Mapping[str, Any]) -> Handling:
    values = dict(row)
    values["outcome"] = Outcome(values["outcome"]) if values["outcome"] else None
    values["answer_mode"] = AnswerMode(values["answer_mode"]) if values["answer_mode"] else None
    return Handling(**values)


HANDLINGS: Store[Handling] = Store(handlings, to_row=_to_row, from_row=_from_row, missing=missing)


async def handling_of(session: Session, order: Order) -> Handling:
    """Return the handling of an order that this transaction holds locked; one that begins is written by `keep` only."""
    found = await HANDLINGS.find(session, order.id)
    if found is not None:
        return found
    begun: Handling = _begun(session).setdefault(order.id, Handling(id=order.id))
    return begun


def keep(session: Session, handling: Handling) -> None:
    """Write a handling, and what it told, with this transaction."""
    is_new = _begun(session).pop(handling.id, None) is not None
    (HANDLINGS.add if is_new else HANDLINGS.save)(session, handling)


def _begun(session: Session) -> dict[UUID, Handling]:
    return session.identity.setdefault("handlings begun", {})


async def prefetch_handled(session: Session, held: Iterable[Order]) -> None:
    """Load the handlings of these orders, if they have any, in one statement."""
    wanted = [order.id for order in held if order.business_type is not BusinessType.FAULT_REPAIR]
    await HANDLINGS.prefetch(session, wanted)


async def add_contact(session: Session, order: Order, made: Contact, *, by: str) -> None:
    """Keep one attempt to reach the customer."""
    await _add(session, contacts, order, {**asdict(made), "entered_by": by})


async def add_reply(session: Session, order: Order, reply: Reply, *, by: str) -> None:
    """Keep one version of the reply."""
    row = {name: getattr(reply, name) for name in _REPLY} | {"handlers": list(reply.handlers)}
    await _add(session, replies, order, {**row, "entered_by": by})


async def get_reply(session: Session, reply_id: UUID) -> Reply:
    """Return a version of a reply that a handling names."""
    return (await map_replies(session, [reply_id]))[reply_id]


async def map_replies(session: Session, reply_ids: Collection[UUID]) -> dict[UUID, Reply]:
    """Return versions of replies by their ids."""
    rows = (await session.execute(select(replies).where(replies.c.id.in_(list(reply_ids))))).mappings()
    return {row["id"]: _read_reply(dict(row)) for row in rows}


def _read_reply(row: Mapping[str, Any]) -> Reply:
    values = {name: row[name] for name in _REPLY} | {"handlers": tuple(row["handlers"])}
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    values["answer_mode"] = AnswerMode(row["answer_mode"]) if row["answer_mode"] else None
    return Reply(**values)


async def map_earlier_results(session: Session, held: Collection[Order]) -> dict[UUID, tuple[str, ...]]:
    """Return, by order, the results that left the city in earlier rounds and came back."""
    rounds = {order.id: order.round for order in held if order.round > 1}
    if not rounds:
        return {}
    statement = (
        select(replies.c.order_id, replies.c.result_text, reviews.c.round)
        .join(reviews, (reviews.c.reply_id == replies.c.id) & (reviews.c.order_id == replies.c.order_id))
        .where(replies.c.order_id.in_(list(rounds)))
        .where(reviews.c.level == ReviewLevel.CITY, reviews.c.verdict == Verdict.APPROVED)
        .order_by(replies.c.id)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for row in await session.execute(statement):
        if row.round < rounds[row.order_id]:
            found[row.order_id] = (*found.get(row.order_id, ()), row.result_text)
    return found


async def add_review(
    session: Session,
    order: Order,
    made: Review,
    *,
    level: ReviewLevel,
    looked_at: int,
    reply_id: UUID | None,
    findings: Mapping[str, Any] | None,
    by: str,
) -> None:
    """Keep one verdict; `looked_at` is the round that was reviewed."""
    row = {**asdict(made), "id": new_id(), "level": level, "reply_id": reply_id, "findings": findings, "entered_by": by}
    await _add(session, reviews, order, {**row, "round": looked_at})


async def was_reviewed(session: Session, order_id: UUID, made: Review) -> bool:
    """Say whether this very verdict of the province stands in the books, whatever its webhook-id."""
    known = select(reviews.c.id).where(
        reviews.c.order_id == order_id,
        reviews.c.level == ReviewLevel.PROVINCE,
        reviews.c.subject == made.subject,
        reviews.c.verdict == made.verdict,
        reviews.c.reviewed_at == made.reviewed_at,
    )
    return (await session.execute(known.limit(1))).first() is not None


async def add_statement(session: Session, order: Order, made: Statement, *, by: str) -> None:
    """Keep one stamped statement."""
    await _add(session, statements, order, {**asdict(made), "entered_by": by})


async def add_appeal(session: Session, order: Order, made: Appeal, *, by: str) -> None:
    """Keep one appeal."""
    row = {**asdict(made), "entered_by": by, "recorded_at": session.now, "order_id": order.id}
    await session.execute(insert(appeals).values(row))


async def list_waiting_statements(session: Session, order_id: UUID) -> list[datetime]:
    """Return when those statements were submitted on which there is no verdict yet, oldest first."""
    s = statements.c
    waiting = select(s.submitted_at).where(s.order_id == order_id, s.verdict.is_(None)).order_by(s.submitted_at)
    return list((await session.execute(waiting)).scalars())


async def decide_open(
    session: Session, table: Table, order_id: UUID, verdict: Verdict, at: datetime, *seen: ColumnElement[bool]
) -> None:
    """Write the verdict on everything of `table` (statements, appeals) that waits for one and was `seen`."""
    is_open = (table.c.order_id == order_id) & table.c.verdict.is_(None)
    await session.execute(update(table).where(is_open, *seen).values(verdict=verdict, decided_at=at))


async def map_city_findings(session: Session, held: Collection[Order]) -> dict[UUID, Mapping[str, Any]]:
    """Return, by order, what our own reviewer noted last in its present round when letting the reply pass."""
    r, rounds = reviews.c, {order.id: order.round for order in held}
    statement = (
        select(r.order_id, r.round, r.findings)
        .where(r.order_id.in_(list(rounds)), r.level == ReviewLevel.CITY, r.verdict == Verdict.APPROVED)
        .order_by(r.order_id, r.id.desc())
        .ext(distinct_on(r.order_id))
    )
    rows = (await session.execute(statement)).all()
    return {row.order_id: row.findings for row in rows if row.findings and row.round == rounds[row.order_id]}


async def find_row(session: Session, order_id: UUID) -> Mapping[str, Any] | None:
    """Return what stands of an order's handling, not locked."""
    row = (await session.execute(select(handlings).where(handlings.c.id == order_id))).mappings().first()
    return dict(row) if row else None


async def map_rows(session: Session, order_ids: Collection[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """Return what stands of the handling of many orders, not locked; nobody has touched what is not in it."""
    rows = (await session.execute(select(handlings).where(handlings.c.id.in_(list(order_ids))))).mappings()
    return {row["id"]: dict(row) for row in rows}


async def list_rows(session: Session, table: Table, order_id: UUID) -> list[dict[str, Any]]:
    """Return the rows of an order in one of the tables beside it, oldest first."""
    statement = select(table).where(table.c.order_id == order_id).order_by(table.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def _add(session: Session, table: Table, order: Order, row: Mapping[str, Any]) -> None:
    values = {"round": order.round, **row, "order_id": order.id, "recorded_at": session.now}
    await session.execute(insert(table).values(values))
