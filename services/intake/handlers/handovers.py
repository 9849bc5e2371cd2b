"""交接班: an offer item by item, and the successor's answer, with which work and responsibility go over together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.handover import Decision, Handover, Item, ItemAnswer, Offer, check_answers, check_offer
from services.intake.domain.order import Order
from services.intake.domain.responsibility import Cause, Move, check_known, move_to
from services.intake.repository import handovers, orders, responsibility, shifts
from services.intake.repository.orders import ORDERS
from shared.auth import Actor, Role
from shared.db import Session
from shared.errors import Forbidden, Text
from shared.ids import new_id

_NOT_FOR_OTHERS = Text("只有主管可以代他人交班", "only a supervisor hands over for somebody else")


async def offer_handover(
    session: Session,
    offers: Sequence[Offer],
    *,
    to_person: str,
    from_person: str | None,
    now: datetime,
    actor: Actor,
) -> Handover:
    """Offer open orders to a successor. A supervisor may do it for somebody who is gone; raises Forbidden for others.

    Raises Invalid for a successor whom no shift knows, Conflict naming every order that the giver does not answer for,
    or that waits for somebody already.
    """
    giver = from_person or actor.id
    if giver != actor.id and not actor.has(Role.SUPERVISOR):
        raise Forbidden("handover.not_for_others", _NOT_FOR_OTHERS)
    check_known(to_person, field="to_person", is_known=await shifts.is_known(session, to_person))
    wanted = [offer.order_id for offer in offers]
    await ORDERS.prefetch(session, wanted)
    found = [await ORDERS.find(session, order_id) for order_id in wanted]
    held = {order.id for order in found if order is not None and order.accountable == giver and not order.is_over}
    offered = await handovers.find_offered(session, wanted)
    check_offer(offers, from_person=giver, to_person=to_person, held=held, offered=offered)
    items = [Item(offer.order_id, offer.note) for offer in offers]
    handover = Handover(new_id(), giver, to_person, actor.id, now, items)
    await handovers.add_handover(session, handover)
    return handover


async def answer_handover(
    session: Session, handover_id: UUID, answers: Sequence[ItemAnswer], *, now: datetime, actor: Actor
) -> Handover:
    """Answer for items of a hand-over: what is confirmed, the successor answers for from now on (003-006).

    An order that is over by then is settled as closed; one that somebody else answers for by then, as moved.
    """
    handover = await handovers.get_handover(session, handover_id)
    shift = await shifts.find_shift(session, actor.id)  # locked: nobody signs out while work comes into their hands
    check_answers(handover, answers, person=actor.id, is_on_duty=shift is not None)
    await ORDERS.prefetch(session, [answer.order_id for answer in answers])
    decided: list[tuple[UUID, Decision, str | None]] = []
    moves: list[Move] = []
    for answer in answers:
        order = await ORDERS.get(session, answer.order_id)
        decision = _decide(order, answer, handover)
        if decision is Decision.CONFIRMED:
            moves.append(move_to(order, actor.id, cause=Cause.HANDED_OVER, at=now, by=actor.id))
            orders.save(session, order)
        decided.append((order.id, decision, answer.reason))
    await handovers.decide_items(session, handover_id, decided)
    await responsibility.add_moves(session, moves)
    return await handovers.get_handover(session, handover_id)


def _decide(order: Order, answer: ItemAnswer, handover: Handover) -> Decision:
    if order.is_over:
        return Decision.CLOSED
    if order.accountable != handover.from_person:
        return Decision.MOVED
    return Decision.CONFIRMED if answer.is_confirmed else Decision.REFUSED
