"""Whatever a shift does, in whatever order: every open order is in one person's hands, and its history says how."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.auth import Role
from tests.intake.office import Office
from tests.intake.people import ask, complaint, take

PEOPLE = ("wang", "li", "sun", "zhao")
STEPS = 120
EXPECTED = {200, 201, 403, 409, 422}
"""Done, or refused by name; never broken."""

BROKEN_CHAINS = text(
    "SELECT o.order_no FROM intake.orders o LEFT JOIN LATERAL ("
    " SELECT array_agg(m.from_person ORDER BY m.id) AS froms, array_agg(m.to_person ORDER BY m.id) AS tos"
    " FROM intake.accountability_moves m WHERE m.order_id = o.id) m ON true"
    " WHERE array_prepend(o.first_responder, m.tos) <> array_append(m.froms, o.accountable)"
    " OR (m.tos IS NULL AND o.accountable <> o.first_responder)"
)
"""Moves lead from the first responder to who answers now, without a gap."""

OFFERED_TWICE = text(
    "SELECT order_id FROM intake.handover_items WHERE decided_at IS NULL GROUP BY order_id HAVING count(*) > 1"
)
HANDED_TO_NOBODY_ON_DUTY = text(
    "SELECT m.id FROM intake.accountability_moves m WHERE m.cause = 'handed_over' AND NOT EXISTS ("
    " SELECT FROM intake.shifts s WHERE s.person = m.to_person AND s.signed_in_at <= m.moved_at"
    " AND (s.signed_out_at IS NULL OR s.signed_out_at >= m.moved_at))"
)


class Desk:
    """Four people who press what comes into their heads, by a seed."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.dice = office, random.Random(seed)
        self.orders: list[dict[str, Any]] = []
        self.handovers: list[dict[str, Any]] = []
        self.numbers: dict[str, str] = {}

    async def press(self, person: str, path: str, body: dict[str, Any], *, role: Role = Role.AGENT) -> dict[str, Any]:
        answered = await ask(self.office, person, "POST", path, role=role, json=body)
        assert answered.status_code in EXPECTED, answered.text
        said: dict[str, Any] = answered.json()
        return said if answered.status_code < 300 else {}

    def anybody(self) -> str:
        return self.dice.choice(PEOPLE)

    async def take(self) -> None:
        customer = {"name": "张伟", "phone": f"139{self.dice.randrange(10**8):08d}", "address": "大洞村"}
        order = await take(self.office, self.anybody(), **complaint(customer=customer))
        self.orders.append(order)
        self.numbers[order["id"]] = order["order_no"]

    async def transfer(self) -> None:
        order, unit = self.dice.choice(self.orders), self.dice.choice(("D-1", "D-2", "D-3"))
        body = {"to_unit": unit, "to_person": self.anybody(), "reason": "转办"}
        await self.press(self.anybody(), f"/orders/{order['id']}/transfers", body)

    async def offer(self) -> None:
        giver = self.anybody()
        mine = (await ask(self.office, giver, "GET", "/shifts/mine")).json()["open_work"]
        known = [work["order_id"] for work in mine] if mine and self.dice.random() < 0.8 else list(self.numbers)
        chosen = self.dice.sample(known, min(len(known), self.dice.randint(1, 3)))
        items = [{"order_id": order_id, "note": "待办"} for order_id in chosen]
        made = await self.press(giver, "/handovers", {"to_person": self.anybody(), "items": items})
        if made:
            self.handovers.append(made)

    async def answer(self) -> None:
        if not self.handovers:
            return
        place = self.dice.randrange(len(self.handovers))
        handover = self.handovers[place]
        waiting = [item["order_id"] for item in handover["items"] if item["decision"] is None]
        of = waiting if waiting and self.dice.random() < 0.8 else [item["order_id"] for item in handover["items"]]
        items = [
            {"order_id": one, "is_confirmed": self.dice.random() < 0.7, "reason": "不清楚"}
            for one in self.dice.sample(of, self.dice.randint(1, len(of)))
        ]
        path = f"/handovers/{handover['id']}/answers"
        self.handovers[place] = await self.press(handover["to_person"], path, {"items": items}) or handover

    async def cancel(self) -> None:
        order = self.dice.choice(self.orders)
        body = {"reason": "false_alarm", "text": "误报"}
        await self.press("boss", f"/orders/{order['id']}/cancel", body, role=Role.SUPERVISOR)

    async def come(self) -> None:
        await self.press(self.anybody(), "/shifts/sign-in", {"group": "acceptance"})

    async def leave(self) -> None:
        person = self.anybody()
        if await self.press(person, "/shifts/sign-out", {}):
            hands = await ask(self.office, person, "GET", "/shifts/mine")
            assert hands.json()["open_count"] == 0

    async def do_something(self) -> None:
        ways: list[Callable[[], Awaitable[None]]] = [self.take, self.come, self.offer, self.answer, self.answer]
        ways += [self.transfer, self.cancel, self.leave]
        await (self.dice.choice(ways) if self.orders else self.take)()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.requirement("000-001", "000-038")
async def test_every_open_order_is_in_one_persons_hands_whatever_a_shift_does(own_office: Office, seed: int) -> None:
    desk = Desk(own_office, seed)
    for person in PEOPLE:
        await desk.press(person, "/shifts/sign-in", {"group": "acceptance"})
    for _ in range(STEPS):
        await desk.do_something()
        own_office.clock.moment += timedelta(minutes=1)

    for invariant in (BROKEN_CHAINS, OFFERED_TWICE, HANDED_TO_NOBODY_ON_DUTY):
        assert await own_office.rows(invariant) == []
    causes = await own_office.rows(text("SELECT DISTINCT cause FROM intake.accountability_moves"))
    assert {row.cause for row in causes} == {"handed_over", "transferred"}, "or nothing was tried"
    nobodys = text("SELECT order_no FROM intake.orders WHERE accountable NOT IN ('wang', 'li', 'sun', 'zhao')")
    assert await own_office.rows(nobodys) == []
    named = await own_office.rows(text("SELECT id, order_no FROM intake.orders"))
    assert {str(row.id): row.order_no for row in named} == desk.numbers, "no transfer made another order"
