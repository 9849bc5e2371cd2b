"""How a handled order ends: on the call, by a callback, without one, or as a praise; and how it comes back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.closing import CustomerAnswer, Return
from services.intake.domain.handling import answering, statements
from services.intake.domain.lifecycle import Action
from services.intake.domain.order import Order
from services.intake.domain.times import check_time
from services.intake.handlers.handling.opening import open_handling, save
from services.intake.repository import knowledge
from services.intake.repository.handlings import handling_of
from shared.auth import Actor
from shared.db import Session
from shared.errors import Conflict, Text

_NATIONAL = Text("国网工单由国网客服回访", "the national centre itself calls the customer of this order back")


async def answer_on_call(
    session: Session,
    order_id: UUID,
    answer: str,
    *,
    article: tuple[UUID, int] | None,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """The agent answered while the caller was on the line; `article`: which version of which, if one helped."""
    order, handling = await open_handling(session, order_id, actor)
    if article:
        await knowledge.require_version(session, *article)
    answering.answer_on_call(order, handling, answer, article=article, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def verify_praise(
    session: Session,
    order_id: UUID,
    finding: str,
    *,
    is_verified: bool,
    passed_on_to: str,
    at: datetime | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """表扬: checked, and passed on to whom it is for."""
    order, handling = await open_handling(session, order_id, actor)
    answering.verify(
        order,
        handling,
        finding,
        is_verified=is_verified,
        passed_on_to=passed_on_to,
        at=at or now,
        by=actor.id,
        now=now,
    )
    save(session, order, handling)
    return order


async def archive(
    session: Session, order_id: UUID, *, conclusion: str | None, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """归档 by a person, who may write the conclusion now."""
    order, handling = await open_handling(session, order_id, actor)
    answering.archive(order, handling, conclusion=conclusion, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order


async def enter_callback(
    session: Session, order_id: UUID, answer: CustomerAnswer, *, now: datetime, actor: Actor
) -> Order:
    """Somebody of ours called the customer of a local order back, outside the callback desk's plans.

    So are misconduct reports: only supervision knows whom to ring.
    """
    order, _ = await open_handling(session, order_id, actor)
    if order.is_national:
        raise Conflict("order.national_callback", _NATIONAL)
    if not order.can(Action.CALL_BACK):
        order.move(Action.CALL_BACK)
    check_time(order, "called_back_at", answer.called_back_at, now=now)
    return await call_back(session, order, answer, by_national=False, by=actor.id, now=now)


async def call_back(
    session: Session, order: Order, answer: CustomerAnswer, *, by_national: bool, by: str, now: datetime
) -> Order:
    """Put on an order, which this transaction holds, what its customer said."""
    handling = await handling_of(session, order)
    answering.call_back(order, handling, answer, by_national=by_national, by=by, now=now)
    save(session, order, handling)
    return order


async def give_back(session: Session, order: Order, back: Return, *, by: str, now: datetime) -> None:
    """The platform returned an order, which this transaction holds."""
    handling = await handling_of(session, order)
    answering.give_back(order, handling, back, by=by, now=now)
    save(session, order, handling)


async def cancel_callback(
    session: Session, order: Order, *, at: datetime, reason: str | None, by: str, now: datetime
) -> None:
    """The platform cancelled the callback of an order, which this transaction holds. Again: changes nothing."""
    handling = await handling_of(session, order)
    if handling.callback_cancelled_at is not None:
        return
    statements.cancel_callback(order, handling, at=at, reason=reason, by_national=True, by=by, now=now)
    save(session, order, handling)


async def reopen_order(
    session: Session, order_id: UUID, reason: str, *, at: datetime | None, now: datetime, actor: Actor
) -> Order:
    """A customer whom we called back ourselves is not content: the unit goes on."""
    order, handling = await open_handling(session, order_id, actor)
    answering.reopen(order, handling, reason, at=at or now, by=actor.id, now=now)
    save(session, order, handling)
    return order
