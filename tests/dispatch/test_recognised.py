"""What intake recognised as one outage is one incident here, and what it linked needs no crew."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from shared.events.intake import OrderAccepted, OrderCreated, OrderLinked
from shared.ids import new_id
from tests.dispatch.centre import Centre, County, make_accepted


def recognised(created: OrderCreated, lead: UUID) -> OrderAccepted:
    return make_accepted(created).model_copy(update={"same_outage_as": lead})


async def follower(county: County, lead: UUID) -> UUID:
    created = county.make_order()
    await county.centre.hear(created, recognised(created, lead))
    return created.order_id


async def test_an_order_that_intake_recognised_follows_without_a_transformer_area(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    lead = await county.order()
    second = await follower(county, lead)

    ((name, body),) = await centre.told(second)
    assert (name, body["main_order_id"]) == ("order-merged", str(lead))


async def test_whoever_is_like_a_follower_follows_the_same_main_order(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    lead = await county.order()
    third = await follower(county, await follower(county, lead))

    assert dict(await centre.told(third))["order-merged"]["main_order_id"] == str(lead)


async def test_a_recognised_order_that_comes_before_its_lead_waits_for_it(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    first, second = county.make_order(), county.make_order()
    await centre.hear(second, recognised(second, first.order_id))
    before = await centre.names_told(second.order_id)
    await centre.hear(first, make_accepted(first))
    async with asyncio.timeout(10):
        while not await centre.names_told(second.order_id):
            await centre.runtime.inbox.retry_due()
            await asyncio.sleep(0.05)

    assert before == []
    assert await centre.names_told(second.order_id) == ["order-merged"]


async def test_nobody_waits_long_for_a_lead_that_never_comes(centre: Centre) -> None:
    county = await centre.county(one={})
    created = county.make_order()
    told_at = centre.clock.now()
    centre.clock.moment += timedelta(minutes=2)
    await centre.hear(created, recognised(created, new_id()), at=told_at)

    assert "crew-assigned" in await centre.names_told(created.order_id)


async def test_a_lead_that_has_light_again_leads_nobody(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    lead = await county.order()
    await centre.go(county.code("one"), (await county.task_of("one"))["task_id"], until="restored")
    second = await follower(county, lead)

    assert "order-assessed" in await centre.names_told(second)


async def test_a_crew_is_called_off_when_the_desk_links_its_order_to_another(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    lead, second = await county.order(), await county.order()
    event = OrderLinked(
        order_id=second,
        lead_order_id=lead,
        kind="consultation",
        basis="desk",
        linked_at=centre.clock.now(),
        call_count=2,
    )
    await centre.hear(event)

    assert (await centre.names_told(second))[-1] == "task-withdrawn"
