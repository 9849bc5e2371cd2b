"""A fault settled on the phone needs nobody on the way: its arrival clocks fall away, accepting it still counts."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.events import Fact
from shared.events.intake import OrderResolvedByPhone
from shared.ids import new_id
from tests.sla import tell
from tests.sla.tell import TEN, at
from tests.sla.watch import Watch


def resolved(order_id: UUID, clock: str) -> Fact[OrderResolvedByPhone]:
    event = OrderResolvedByPhone(order_id=order_id, resolved_at=at(clock), outcome="power_back")
    return tell.fact(event, at(clock))


@pytest.mark.requirement("003-018")
async def test_nobody_is_waited_for_after_the_caller_was_helped_on_the_phone(watch: Watch) -> None:
    order_id = new_id()
    await watch.hear(tell.order(order_id), tell.accepted(order_id, at("10:02")))
    await watch.hear(tell.assigned(order_id, new_id(), at("10:02")), resolved(order_id, "10:04"))
    await watch.look(at("14:00"))

    assert await watch.status(order_id) == {
        "repair_accept_or_return": "met",
        "repair_departure": "cancelled",
        "repair_arrival_internal": "cancelled",
    }
    assert await watch.news(order_id) == []


async def test_the_customer_without_power_after_all_is_waited_for_again(watch: Watch) -> None:
    order_id, task_id = new_id(), new_id()
    await watch.hear(tell.order(order_id), tell.accepted(order_id, TEN), resolved(order_id, "10:05"))
    await watch.hear(tell.reopened(order_id, at("12:00")))
    await watch.hear(tell.assigned(order_id, task_id, at("12:01")))
    await watch.look(at("16:30"))

    broken = {promise for kind, promise in await watch.news(order_id) if kind == "promise-breached"}
    assert any("arrival" in promise for promise in broken)
