"""Opening a figure: the orders that it counts, and the facts that made each of them count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.sla.domain.indicators.drill import FACTS_BEHIND, Indicator, facts_behind
from services.sla.domain.indicators.periods import Period
from services.sla.domain.indicators.tally import Scope
from services.sla.repository.drill import list_orders_behind
from services.sla.repository.facts import list_facts
from services.sla.repository.promises import load_promises
from shared.db import Session
from shared.events import Event, Fact


@dataclass(frozen=True)
class Question:
    """Which figure is opened. `promise` narrows the figures about promises to one of them."""

    indicator: Indicator
    period: Period
    scope: Scope
    promise: str | None
    now: datetime


@dataclass(frozen=True)
class Counted:
    """One order behind a figure."""

    order_id: UUID
    business_type: str
    area_type: str
    station_code: str | None
    received_at: datetime
    facts: list[Fact[Event]]


async def list_counted(session: Session, question: Question, *, after: UUID | None, most: int) -> list[Counted]:
    """List up to `most` orders behind a figure, in id order, each with its facts as they happened."""
    rows = await list_orders_behind(
        session,
        question.indicator,
        period=question.period,
        scope=question.scope,
        promise=question.promise,
        now=question.now,
        after=after,
        most=most,
    )
    kinds = await _kinds(session, question)
    facts: dict[UUID, list[Fact[Event]]] = {}
    for fact in await list_facts(session, [row.id for row in rows]):
        if type(fact.event) in kinds:
            facts.setdefault(fact.event.order_id, []).append(fact)
    return [
        Counted(row.id, row.business_type, row.area_type, row.station_code, row.received_at, facts.get(row.id, []))
        for row in rows
    ]


async def _kinds(session: Session, question: Question) -> frozenset[type[Event]]:
    if not question.indicator.is_about_promises:
        return FACTS_BEHIND[question.indicator]
    wanted = [p for p in await load_promises(session) if question.promise in (None, p.code)]
    return frozenset().union(*map(facts_behind, wanted))
