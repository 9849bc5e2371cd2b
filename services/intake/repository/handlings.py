"""Handlings in and out of their table, and the rows that are only ever added beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert, select, update

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
    """Return the handling of an order that this transaction holds locked; the first touch begins it."""
    found = await HANDLINGS.find(session, order.id)
    if found is None:
        found = Handling(id=order.id)
        HANDLINGS.add(session, found)
    return found


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
    row = (await session.execute(select(replies).where(replies.c.id == reply_id))).mappings().one()
    values = {name: row[name] for name in _REPLY} | {"handlers": tuple(row["handlers"])}
    values["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    values["answer_mode"] = AnswerMode(row["answer_mode"]) if row["answer_mode"] else None
    return Reply(**values)


async def list_earlier_results(session: Session, order: Order) -> tuple[str, ...]:
    """Return the results that left the city in earlier rounds and came back."""
    statement = (
        select(replies.c.result_text)
        .join(reviews, (reviews.c.reply_id == replies.c.id) & (reviews.c.order_id == order.id))
        .where(replies.c.order_id == order.id, reviews.c.round < order.round)
        .where(reviews.c.level == ReviewLevel.CITY, reviews.c.verdict == Verdict.APPROVED)
        .order_by(replies.c.id)
    )
    return tuple((await session.execute(statement)).scalars())


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


async def decide_open(session: Session, table: Table, order_id: UUID, verdict: Verdict, at: datetime) -> None:
    """Write the verdict on everything of `table` (statements, appeals) that waits for one."""
    is_open = (table.c.order_id == order_id) & table.c.verdict.is_(None)
    await session.execute(update(table).where(is_open).values(verdict=verdict, decided_at=at))


async def find_last_city_findings(session: Session, order: Order) -> Mapping[str, Any] | None:
    """Return what our own reviewer noted in this round when letting the reply pass."""
    statement = (
        select(reviews.c.findings)
        .where(
            reviews.c.order_id == order.id,
            reviews.c.round == order.round,
            reviews.c.level == ReviewLevel.CITY,
            reviews.c.verdict == Verdict.APPROVED,
        )
        .order_by(reviews.c.id.desc())
        .limit(1)
    )
    found: Mapping[str, Any] | None = (await session.execute(statement)).scalar()
    return found


async def find_row(session: Session, order_id: UUID) -> Mapping[str, Any] | None:
    """Return what stands of an order's handling, not locked."""
    row = (await session.execute(select(handlings).where(handlings.c.id == order_id))).mappings().first()
    return dict(row) if row else None


async def list_rows(session: Session, table: Table, order_id: UUID) -> list[dict[str, Any]]:
    """Return the rows of an order in one of the tables beside it, oldest first."""
    statement = select(table).where(table.c.order_id == order_id).order_by(table.c.id)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def _add(session: Session, table: Table, order: Order, row: Mapping[str, Any]) -> None:
    values = {"round": order.round, **row, "order_id": order.id, "recorded_at": session.now}
    await session.execute(insert(table).values(values))
