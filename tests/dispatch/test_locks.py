"""Transactions that want the same outage wait for one another in turn, never in a ring."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.dispatch import tables
from services.dispatch.app import SERVICE
from services.dispatch.handlers.reactions import prefetch
from shared.events import Event, Fact
from shared.events.intake import GreenChannelOpened, OrderAccepted, OrderCancelled, OrderCreated, OrderReopened
from shared.glossary import AssetOwnership
from shared.ids import new_id
from tests.dispatch.centre import Centre, County, make_accepted

INSIDE = {"onsite_explanation": "表后线路故障", "asset_ownership": AssetOwnership.CUSTOMER}

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def react(centre: Centre, event: Event) -> None:
    """Let the service react to one event in a transaction of its own; the inbox would try again what breaks here."""
    now = centre.clock.now()
    fact = Fact(new_id(), event, now, now)
    async with centre.runtime.database.transaction(now=now) as session:
        await prefetch(session, [fact])
        await SERVICE.listening.reactions[type(event)](session, fact, now=now)


def like(created: OrderCreated, lead: UUID) -> OrderAccepted:
    """Make the event that an order was accepted of which intake knows that another told of the same outage."""
    return make_accepted(created).model_copy(update={"same_outage_as": lead})


@asynccontextmanager
async def task_held(centre: Centre, task_id: str) -> AsyncIterator[None]:
    """Hold a task's row, so that whoever wants it next stands still with all the locks it took before."""
    async with centre.runtime.database.transaction(now=centre.clock.now()) as session:
        await session.execute(select(tables.tasks.c.id).where(tables.tasks.c.id == UUID(task_id)).with_for_update())
        yield


async def start(centre: Centre, change: Awaitable[None], *, as_number: int) -> asyncio.Task[None]:
    """Start a transaction and return once so many wait for a lock."""
    started = asyncio.ensure_future(change)
    async with asyncio.timeout(10):
        while (await centre.rows(WAITING))[0].count < as_number:  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0.01)
    return started


async def main_and_follower(county: County) -> tuple[UUID, UUID, str]:
    """Make an outage with a crew at the main customer's door; return both orders and the crew's task."""
    await county.add_areas("t1")
    main, follower = [await county.order(transformer_area="t1") for _ in range(2)]
    task_id: str = (await county.task_of("crew"))["task_id"]
    await county.centre.go(county.code("crew"), task_id, until="arrived")
    return main, follower, task_id


async def cancel(county: County, main: UUID, task_id: str) -> None:
    await react(county.centre, OrderCancelled(order_id=main, cancelled_at=county.centre.clock.now(), reason="误报"))


async def find_it_inside(county: County, main: UUID, task_id: str) -> None:
    report = county.centre.make_report(task_id, "customer_internal", **INSIDE)
    (result,) = await county.centre.report(county.code("crew"), report)
    assert result["outcome"] == "applied"


async def see_light_again(county: County, main: UUID, task_id: str) -> None:
    now = county.centre.clock.now().isoformat()
    seen = {"observation_id": str(new_id()), "order_id": str(main), "observed_at": now, "power_restored_at": now}
    answer = await county.centre.call("POST", "/outages/observations", json={"observations": [seen]})
    assert answer.status_code == 200, answer.text


Change = Callable[[County, UUID, str], Awaitable[None]]


@pytest.mark.parametrize(
    ("before", "change"), [(None, cancel), (None, find_it_inside), (find_it_inside, see_light_again)]
)
async def test_who_ends_with_an_outage_and_who_changes_its_follower_never_wait_for_each_other(
    centre: Centre, before: Change | None, change: Change
) -> None:
    county = await centre.county(crew={})
    main, follower, task_id = await main_and_follower(county)
    if before:
        await before(county, main, task_id)

    async with task_held(centre, task_id):
        ending = await start(centre, change(county, main, task_id), as_number=1)
        hurry = GreenChannelOpened(order_id=follower, opened_at=centre.clock.now(), leader="wang.qiang")
        changing = await start(centre, react(centre, hurry), as_number=2)
    ended = list(await asyncio.gather(ending, changing, return_exceptions=True))

    assert ended == [None, None]
    t = tables.job_orders
    (order,) = await centre.rows(select(t.c.is_green_channel, t.c.main_order_id).where(t.c.id == follower))
    assert tuple(order) == (True, None)


async def test_who_opens_an_outage_again_and_who_joins_it_never_wait_for_each_other(centre: Centre) -> None:
    county = await centre.county(crew={})
    await county.add_areas("t1")
    await county.add_areas("t2", feeder="f2")
    main = await county.order(transformer_area="t1")
    heir, neighbour = county.make_order(transformer_area="t2"), county.make_order(transformer_area="t1")
    await centre.hear(heir, like(heir, main), neighbour)
    await cancel(county, main, "")
    task_id = (await county.task_of("crew"))["task_id"]
    await centre.go(county.code("crew"), task_id, until="replied")

    async with task_held(centre, task_id):
        reopened = OrderReopened(order_id=heir.order_id, reopened_at=centre.clock.now(), reason="仍无电")
        opening = await start(centre, react(centre, reopened), as_number=1)
        joining = await start(centre, react(centre, like(neighbour, heir.order_id)), as_number=2)
    ended = list(await asyncio.gather(opening, joining, return_exceptions=True))

    assert ended == [None, None]
    (merged,) = [body for name, body in await centre.told(neighbour.order_id) if name == "order-merged"]
    assert merged["main_order_id"] == str(heir.order_id)


async def test_who_follows_in_the_same_batch_leads_when_the_main_order_falls_away(centre: Centre) -> None:
    county = await centre.county()
    await county.add_areas("t1")
    main = await county.order(transformer_area="t1")
    created = county.make_order(transformer_area="t1")

    called_off = OrderCancelled(order_id=main, cancelled_at=centre.clock.now(), reason="误报")
    await centre.hear(created, make_accepted(created), called_off)

    assert await centre.names_told(created.order_id) == ["order-merged", "order-assessed"]
