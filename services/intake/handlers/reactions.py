"""What intake does when dispatch and callback tell it something. A fact of an order that we do not know is not ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from services.intake.domain import closing, field
from services.intake.domain.closing import CustomerAnswer
from services.intake.domain.handling import answering
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.handlers import handling
from services.intake.repository import handlings, orders
from services.intake.repository.orders import ORDERS
from shared.db import Session
from shared.events import Event, Fact
from shared.events.callback import CallbackCompleted, CallbackPlanned, CallbackUnreachable
from shared.events.dispatch import EstimateChanged, OrderMerged, PowerRestored, RepairReplied
from shared.glossary import BusinessType
from shared.inbox import Reaction

log = structlog.get_logger()

LEADING = (PowerRestored, RepairReplied, EstimateChanged)
"""Facts of a main order that are true of its followers too."""


async def prefetch(session: Session, facts: Sequence[Fact[Event]]) -> None:
    """Load every order that these facts touch, then the followers of the main orders among them.

    Followers are looked for under the lock of their main order: a merge that another consumer commits meanwhile counts.
    """
    ids = {fact.event.order_id for fact in facts}
    ids |= {fact.event.main_order_id for fact in facts if isinstance(fact.event, OrderMerged)}
    await ORDERS.prefetch(session, ids)
    called = [fact.event.order_id for fact in facts if isinstance(fact.event, CallbackCompleted)]
    await handlings.prefetch_handled(session, [o for i in called if (o := await ORDERS.find(session, i))])
    leading = [fact.event.order_id for fact in facts if isinstance(fact.event, LEADING)]
    await ORDERS.prefetch(session, await orders.find_follower_ids(session, leading))


Take = Callable[..., None]


def noting(take: Take) -> Reaction:
    """Make the reaction that takes a fact into its order and saves it."""

    async def react(session: Session, fact: Fact[Any], *, now: datetime) -> None:
        order = await _find(session, fact)
        if order is not None:
            take(order, fact.event, occurred_at=fact.occurred_at)
            orders.save(session, order)

    return react


on_crew_step = noting(field.take_step)
on_noted = noting(field.note_only)
on_crew_assigned = noting(field.take_assignment)
on_crew_refused = noting(field.take_refusal)
on_task_withdrawn = noting(field.take_withdrawal)
on_order_assessed = noting(field.take_assessment)


async def on_order_merged(session: Session, fact: Fact[OrderMerged], *, now: datetime) -> None:
    """The order follows another; what is true of that one already is true of it."""
    order = await _find(session, fact)
    if order is None:
        return
    field.take_merge(order, fact.event, occurred_at=fact.occurred_at)
    main = await ORDERS.find(session, fact.event.main_order_id)
    if main is not None and field.is_following(order):
        _follow(order, main, occurred_at=fact.occurred_at)
    orders.save(session, order)


async def on_power_restored(session: Session, fact: Fact[PowerRestored], *, now: datetime) -> None:
    """Light is back, for the order and for those that follow it."""
    await _lead(session, fact, field.take_restoration)


async def on_repair_replied(session: Session, fact: Fact[RepairReplied], *, now: datetime) -> None:
    """The crew's reply, for the order and for those that follow it."""
    await _lead(session, fact, field.take_reply)


async def on_estimate_changed(session: Session, fact: Fact[EstimateChanged], *, now: datetime) -> None:
    """When light is expected back, for the order and for those that follow it."""
    await _lead(session, fact, field.take_estimate)


async def on_callback_planned(session: Session, fact: Fact[CallbackPlanned], *, now: datetime) -> None:
    """The callback desk has the order's customer on its list."""
    order = await _find(session, fact)
    if order is not None:
        is_ours = fact.event.round == order.round
        if is_ours:
            closing.await_callback(order, occurred_at=fact.occurred_at, due_at=fact.event.due_at)
            orders.save(session, order)


async def on_callback_completed(session: Session, fact: Fact[CallbackCompleted], *, now: datetime) -> None:
    """The customer was asked: archive, or send out again. A late or repeated answer is noted only."""
    order = await _find(session, fact)
    if order is None:
        return
    event = fact.event
    if event.round == order.round and await _can_call_back(session, order, event.called_back_at):
        answer = CustomerAnswer(
            called_back_at=event.called_back_at,
            is_power_restored=event.is_power_restored,
            satisfaction=event.satisfaction,
            opinion=event.opinion,
        )
        await _call_back(session, order, answer, now=now)
        return
    field.note_only(order, event, occurred_at=fact.occurred_at)
    orders.save(session, order)


async def _can_call_back(session: Session, order: Order, called_back_at: datetime) -> bool:
    if order.business_type is BusinessType.FAULT_REPAIR:
        return order.can(Action.CALL_BACK)
    # A refused statement ends an answer within its round: who was asked about the one before did not hear this one.
    if order.sent_at is not None and called_back_at < order.sent_at:
        return False
    return answering.can_call_back(order, await handlings.handling_of(session, order))


async def _call_back(session: Session, order: Order, answer: CustomerAnswer, *, now: datetime) -> None:
    if order.business_type is not BusinessType.FAULT_REPAIR:
        await handling.call_back(session, order, answer, by_national=False, by="callback", now=now)
        return
    closing.call_back(order, answer, by_national=False, by="callback", now=now)
    orders.save(session, order)


async def on_callback_unreachable(session: Session, fact: Fact[CallbackUnreachable], *, now: datetime) -> None:
    """Nobody could be reached: the desk decides."""
    order = await _find(session, fact)
    if order is None:
        return
    if fact.event.round == order.round:
        closing.give_up_callback(order, given_up_at=fact.event.given_up_at, attempts=fact.event.attempts)
    else:
        field.note_only(order, fact.event, occurred_at=fact.occurred_at)
    orders.save(session, order)


async def _find(session: Session, fact: Fact[Any]) -> Order | None:
    order = await ORDERS.find(session, fact.event.order_id)
    if order is None:
        log.warning("intake.unknown_order", fact=fact.event.name, order_id=str(fact.event.order_id))
    return order


async def _lead(session: Session, fact: Fact[Any], take: Take) -> None:
    order = await _find(session, fact)
    if order is None:
        return
    take(order, fact.event, occurred_at=fact.occurred_at)
    orders.save(session, order)
    for follower in orders.held_followers(session, order.id):
        if field.is_following(follower):
            _follow(follower, order, occurred_at=fact.occurred_at)
            orders.save(session, follower)


def _follow(order: Order, main: Order, *, occurred_at: datetime) -> None:
    field.follow_estimate(order, main, occurred_at=occurred_at)
    field.follow_restoration(order, main, occurred_at=occurred_at)
    if main.replied_at is not None:
        field.follow_reply(order, main, occurred_at=occurred_at)
