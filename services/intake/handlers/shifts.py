"""On duty and off again: nobody leaves while they answer for open orders (E21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.shifts import NAMED, Group, OpenWork, Shift, check_sign_in, check_sign_out, require_shift
from services.intake.repository import responsibility, shifts
from shared.auth import Actor
from shared.db import Session

SHOWN = 500
"""So many open orders are shown to somebody who wants to go; the count tells the rest."""


@dataclass(frozen=True)
class Duty:
    """A person's shift, if there is one, and the open orders that they answer for."""

    shift: Shift | None
    work: list[OpenWork]
    count: int


async def sign_in(session: Session, group: Group, *, now: datetime, actor: Actor) -> Shift:
    """Begin the actor's shift; the same again answers the one that is open. Raises Conflict in another group."""
    current = await shifts.find_shift(session, actor.id)
    if current is None:
        await shifts.begin_shift(session, actor.id, group)
        current = await shifts.find_shift(session, actor.id)
    check_sign_in(current, group)
    return require_shift(current)


async def sign_out(session: Session, *, now: datetime, actor: Actor) -> Shift:
    """End the actor's shift; raises Conflict naming the orders that still wait for a successor's word."""
    shift = require_shift(await shifts.find_shift(session, actor.id))
    count = await responsibility.count_open_work(session, actor.id)
    left = await responsibility.list_open_work(session, actor.id, most=NAMED) if count else []
    check_sign_out(left, count=count)
    await shifts.end_shift(session, shift.id)
    return Shift(shift.id, shift.person, shift.group, shift.signed_in_at, now)


async def show_duty(session: Session, actor: Actor) -> Duty:
    """Return the actor's shift and what is in their hands."""
    return Duty(
        shift=await shifts.find_open(session, actor.id),
        work=await responsibility.list_open_work(session, actor.id, most=SHOWN),
        count=await responsibility.count_open_work(session, actor.id),
    )
