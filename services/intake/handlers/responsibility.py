"""Who answers for an order: taking on what came from a system, internal transfers, the green channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.green_channel import open_green_channel
from services.intake.domain.notifying import Contact, NotificationKind, NotifiedRole
from services.intake.domain.order import Order
from services.intake.domain.responsibility import check_known, take_on, take_on_if_free
from services.intake.domain.transfers import Transfer, transfer
from services.intake.handlers.notifying import notify
from services.intake.repository import green_channels, orders, responsibility, shifts, transfers
from services.intake.repository.handlings import HANDLINGS
from services.intake.repository.orders import ORDERS
from shared.auth import Actor
from shared.db import Session


async def take_order_on(session: Session, order_id: UUID, *, now: datetime, actor: Actor) -> Order:
    """认领: let the actor answer for an order that came from a system; raises Conflict if somebody does."""
    order = await ORDERS.get(session, order_id)
    move = take_on(order, actor.id, at=now)
    orders.save(session, order)
    await responsibility.add_moves(session, [move])
    return order


async def take_accepted_on(session: Session, order: Order, *, now: datetime, actor: Actor) -> None:
    """Let whoever accepted an order that nobody of ours answers for answer for it; changes nothing otherwise.

    The order must be held by this transaction; it is saved by the caller.
    """
    await responsibility.add_moves(session, [take_on_if_free(order, actor.id, at=now)])


async def transfer_order(
    session: Session, order_id: UUID, wanted: Transfer, *, at: datetime, now: datetime, actor: Actor
) -> Order:
    """Hand an order to another unit inside, under its number (000-003); its history is kept."""
    order = await ORDERS.get(session, order_id)
    course = await transfers.load_course(session, order_id)
    handling = await HANDLINGS.find(session, order_id)
    if handling is not None and handling.responsible_unit is not None:
        course = replace(course, unit=handling.responsible_unit)
    before = order.accountable
    if wanted.to_person and wanted.to_person != before:
        await _must_be_known(session, wanted.to_person, "to_person")
    move = transfer(order, wanted, course, at=at, by=actor.id, now=now)
    if handling is not None and handling.responsible_unit is not None:
        handling.responsible_unit = wanted.to_unit
        HANDLINGS.save(session, handling)
    orders.save(session, order)
    await responsibility.add_moves(session, [move])
    await transfers.add_transfer(
        session, order_id, wanted, course, people=(before, order.accountable), at=at, by=actor.id
    )
    return order


async def open_channel(
    session: Session,
    order_id: UUID,
    *,
    leader: str,
    reason: str,
    contact: Contact | None,
    now: datetime,
    actor: Actor,
) -> Order:
    """Let an order go first under a leader, who is told: by the contact given, else as the city's duty leader."""
    order = await ORDERS.get(session, order_id)
    await _must_be_known(session, leader, "leader")
    present = await green_channels.find_leader(session, order_id)
    move = open_green_channel(order, leader, reason, present_leader=present, at=now, by=actor.id)
    orders.save(session, order)
    await responsibility.add_moves(session, [move])
    await green_channels.put_leader(session, order_id, leader, reason, at=now, by=actor.id)
    await notify(
        session,
        order_id=order_id,
        role_or_contact=contact or NotifiedRole.DUTY_LEADER,
        subject=f"绿色通道 {order.order_no}",
        text=f"工单 {order.order_no} 已开通绿色通道，由 {leader} 负责：{reason}",
        kind=NotificationKind.GREEN_CHANNEL,
        now=now,
        unit=order.station_code,
    )
    return order


async def _must_be_known(session: Session, person: str, field: str) -> None:
    check_known(person, field=field, is_known=await shifts.is_known(session, person))
