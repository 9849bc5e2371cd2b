"""What sla tells of promises: kept on a short list, so that a desk sees what is due soon and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.intake.handlers.alerting import alert_of_promise
from services.intake.repository import promises
from services.intake.repository.promises import PROMISES_AT_RISK
from shared.db import Session
from shared.events import Event, Fact
from shared.events.sla import PromiseBreached, PromiseKept, PromiseRevised, PromiseWarned, SlaEvent
from shared.inbox import Prefetch

FORGOTTEN_AT_ONCE = 5_000

AT_RISK = {"open": False, "breached": True}
"""Verdicts of sla under which a promise is at risk, and whether it is broken."""


async def on_promise_warned(session: Session, fact: Fact[PromiseWarned], *, now: datetime) -> None:
    """Most of the time of a promise is gone."""
    alert_of_promise(session, fact.event, occurred_at=fact.occurred_at)
    _put(session, fact.event, is_breached=False)


async def on_promise_breached(session: Session, fact: Fact[PromiseBreached], *, now: datetime) -> None:
    """A promise was broken."""
    alert_of_promise(session, fact.event, occurred_at=fact.occurred_at)
    _put(session, fact.event, is_breached=True)


async def on_promise_kept(session: Session, fact: Fact[PromiseKept], *, now: datetime) -> None:
    """A promise was kept: it is at risk no more."""
    PROMISES_AT_RISK.put(session, fact.event.clock_id, None)


async def on_promise_revised(session: Session, fact: Fact[PromiseRevised], *, now: datetime) -> None:
    """A late fact changed the verdict: what counts now is what the desk sees."""
    if fact.event.verdict in AT_RISK:
        _put(session, fact.event, is_breached=AT_RISK[fact.event.verdict])
    else:
        PROMISES_AT_RISK.put(session, fact.event.clock_id, None)


async def forget_ended_promises(session: Session, *, now: datetime) -> int:
    """Let go what is known of the promises of ended orders; return how many went."""
    return await promises.forget_ended(session, most=FORGOTTEN_AT_ONCE)


def sparing_promises(prefetch: Prefetch) -> Prefetch:
    """Make the prefetch that locks no order because of what sla tells of it: nothing of the order changes."""

    async def spare(session: Session, facts: Sequence[Fact[Event]]) -> None:
        await prefetch(session, [fact for fact in facts if not isinstance(fact.event, SlaEvent)])

    return spare


def _put(session: Session, event: SlaEvent, *, is_breached: bool) -> None:
    row = {
        "clock_id": event.clock_id,
        "order_id": event.order_id,
        "promise": event.promise,
        "layer": event.layer,
        "due_at": event.due_at,
        "is_breached": is_breached,
    }
    PROMISES_AT_RISK.put(session, event.clock_id, row)
