"""An order's whole way through dispatch: somebody is sent, goes, works with leave, and light is back."""

from __future__ import annotations

import pytest

from tests.dispatch.centre import Centre


@pytest.mark.requirement("000-078", "000-080", "000-087", "000-089", "000-090", "003-019", "003-020")
async def test_a_repair_order_is_sent_worked_on_and_replied_to(centre: Centre) -> None:
    county = await centre.county(crew={})

    order_id = await county.order()
    task = await county.task_of("crew")
    await centre.go(county.code("crew"), task["task_id"], until="replied")

    assert await centre.names_told(order_id) == [
        "order-assessed",
        "crew-assigned",
        "crew-accepted",
        "crew-departed",
        "crew-arrived",
        "fault-surveyed",
        "permit-requested",
        "work-permitted",
        "work-started",
        "fault-repaired",
        "energise-ready",
        "power-restored",
        "repair-replied",
    ]
    assert await centre.list_of(county.code("crew")) == []
