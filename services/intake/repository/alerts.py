"""Alerts in and out: gathered in a transaction, copied in with its flush, read and seen by those they are for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, not_, or_, select, update

from services.intake.domain.alerts import ALERTING, DESK_WITHOUT_OWNER, Alert, people_of
from services.intake.domain.order import Happening, Order
from services.intake.domain.visibility import RESTRICTED, sees_restricted
from services.intake.tables import alerts, orders
from shared.auth import Actor
from shared.db import Session
from shared.ids import new_id

COLUMNS = ("id", "order_id", "person", "role", "kind", "note", "occurred_at", "recorded_at")

People = tuple[Collection[str], bool]
"""An order's own people, and whether a desk stands in for them when there are none."""


class Alerts:
    """Gathers the alerts of a transaction."""

    def add_from(self, session: Session, order: Order, happened: Sequence[Happening]) -> None:
        """Alert the people of an order to those lines of its timeline that alert, but nobody to what they did."""
        for line in happened:
            if line.kind in ALERTING:
                alert = Alert(order_id=order.id, kind=line.kind, occurred_at=line.occurred_at)
                people = [p for p in people_of(order.first_responder, order.accountable) if p != line.actor]
                is_nobodys = not people_of(order.first_responder, order.accountable)
                self.add(session, alert, (people, is_nobodys and not order.is_late_entry))

    def add(self, session: Session, alert: Alert, people: People | None = None) -> None:
        """Alert `people`, or the desk that the alert names, or else the order's own, who are looked up at the flush."""
        session.identity.setdefault(self, {})[new_id()] = (alert, people)
        session.will_flush(self)

    async def flush(self, session: Session) -> None:
        """Write a row for each person or desk: two statements for any number."""
        gathered: list[tuple[Alert, People | None]] = list(session.identity.pop(self, {}).values())
        unknown = {a.order_id for a, people in gathered if people is None and a.role is None and a.order_id}
        known = await _load_people(session, unknown)
        rows: list[tuple[Any, ...]] = []
        for alert, people in gathered:
            told, has_desk = people or (known.get(alert.order_id, ((), False)) if alert.order_id else ((), False))
            role = alert.role or (DESK_WITHOUT_OWNER if has_desk and not told else None)
            targets = [(None, role)] if role else [(person, None) for person in told]
            rows += [
                (new_id(), alert.order_id, *target, alert.kind, alert.note, alert.occurred_at, session.now)
                for target in targets
            ]
        await session.copy(alerts, COLUMNS, rows)


ALERTS = Alerts()


async def _load_people(session: Session, order_ids: Collection[UUID]) -> Mapping[UUID, People]:
    """Return whom these orders' alerts go to."""
    if not order_ids:
        return {}
    statement = select(orders.c.id, orders.c.first_responder, orders.c.accountable, orders.c.is_late_entry).where(
        orders.c.id.in_(order_ids)
    )
    rows = await session.execute(statement)
    return {row.id: (people_of(row.first_responder, row.accountable), not row.is_late_entry) for row in rows}


async def list_alerts(
    session: Session, actor: Actor, *, is_unseen: bool, before: UUID | None, most: int
) -> list[dict[str, Any]]:
    """Return what a person is alerted to, or a desk of theirs, newest first, with the order's number.

    Of a misconduct report the first responder learns that something happened to it, and a desk learns nothing.
    """
    t, o = alerts.c, orders.c
    statement = (
        select(alerts, o.order_no, o.business_type, o.status)
        .join_from(alerts, orders, o.id == t.order_id, isouter=True)
        .where(_is_for(actor))
        .order_by(t.id.desc())
        .limit(most)
    )
    if is_unseen:
        statement = statement.where(t.seen_at.is_(None))
    if before is not None:
        statement = statement.where(t.id < before)
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def see_alerts(session: Session, actor: Actor, ids: Collection[UUID]) -> int:
    """Note that these were seen; those of others, and those seen before, stay as they are. Return how many were."""
    t, o = alerts.c, orders.c
    mine = (
        select(t.id)
        .join_from(alerts, orders, o.id == t.order_id, isouter=True)
        .where(t.id.in_(ids), t.seen_at.is_(None), _is_for(actor))
    )
    seen = update(alerts).where(t.id.in_(mine)).values(seen_at=session.now, seen_by=actor.id)
    return (await session.execute(seen)).rowcount


def _is_for(actor: Actor) -> Any:
    """Say whose an alert is: a person's own, or a desk's; every desk's of a misconduct report is supervision's."""
    t, o = alerts.c, orders.c
    roles = sorted(str(role) for role in actor.roles)
    is_restricted = func.coalesce(o.business_type.in_(sorted(RESTRICTED)), False)
    of_desk = and_(t.role.in_(roles), not_(is_restricted))
    if sees_restricted(actor.roles):
        of_desk = or_(of_desk, and_(t.role.is_not(None), is_restricted))
    return or_(t.person == actor.id, of_desk)
