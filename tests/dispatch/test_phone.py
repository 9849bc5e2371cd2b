"""Faults that are settled on the phone: nobody is sent, whoever was sent turns back, and «no power» sends somebody."""

from __future__ import annotations

import pytest

from shared.events.intake import OrderReopened, OrderResolvedByPhone
from shared.glossary import OutageScope
from tests.dispatch.centre import Centre, make_accepted


@pytest.mark.requirement("003-018")
async def test_nobody_is_sent_for_a_fault_that_was_settled_on_the_phone(centre: Centre) -> None:
    county = await centre.county(one={})
    created = county.make_order(outage_scope=OutageScope.SINGLE_HOUSEHOLD)
    accepted = make_accepted(created).model_copy(update={"needs_crew": False})
    resolved = OrderResolvedByPhone(order_id=created.order_id, resolved_at=centre.clock.now(), outcome="power_back")

    await centre.hear(created, accepted, resolved)

    assert await centre.names_told(created.order_id) == []
    reopened = OrderReopened(order_id=created.order_id, reopened_at=centre.clock.now(), reason="no_power")
    await centre.hear(reopened)
    assert "crew-assigned" in await centre.names_told(created.order_id)


async def test_a_crew_that_was_sent_meanwhile_turns_back_and_can_be_sent_again(centre: Centre) -> None:
    county = await centre.county(one={})
    order_id = await county.order(outage_scope=OutageScope.SINGLE_HOUSEHOLD)
    assert (await centre.names_told(order_id)).count("crew-assigned") == 1

    resolved = OrderResolvedByPhone(order_id=order_id, resolved_at=centre.clock.now(), outcome="power_back")
    await centre.hear(resolved)
    assert (await centre.names_told(order_id))[-1] == "task-withdrawn"

    await centre.hear(OrderReopened(order_id=order_id, reopened_at=centre.clock.now(), reason="no_power"))
    assert (await centre.names_told(order_id)).count("crew-assigned") == 2


async def test_the_crew_is_free_for_others_as_soon_as_it_was_called_off(centre: Centre) -> None:
    county = await centre.county(one={})
    first = await county.order(outage_scope=OutageScope.SINGLE_HOUSEHOLD)
    resolved = OrderResolvedByPhone(order_id=first, resolved_at=centre.clock.now(), outcome="power_back")
    await centre.hear(resolved)

    second = await county.order()

    assert "crew-assigned" in await centre.names_told(second)
