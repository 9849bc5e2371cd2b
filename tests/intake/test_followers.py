"""Orders of one outage: the followers get light and reply with their main order, whatever comes in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from services.intake.handlers import reactions
from shared.auth import Role
from shared.events import Fact
from shared.events.dispatch import (
    OrderAssessed,
    PowerRestored,
    RepairReplied,
)
from shared.ids import new_id
from tests.intake.family import make_family, merged, observed, status_of
from tests.intake.field import field_of, only, until
from tests.intake.office import NOW, Office


async def test_followers_get_light_and_reply_with_their_main_order_and_go_on_alone(office: Office) -> None:
    main, others = await make_family(office)
    assert [await status_of(office, other) for other in others] == ["child_of_incident"] * 2

    events = await office.facts(main, PowerRestored)
    assert [await status_of(office, other) for other in others] == ["restored"] * 2
    refused = await office.press(others[0], "send")
    assert refused.json()["code"] == "order.reply_missing"

    await office.hear(*only(events, RepairReplied))
    office.clock.moment += timedelta(hours=2)
    shown = [await office.order(other) for other in others]
    assert [(o["status"], o["customer_opinion"], o["main_order_id"]) for o in shown] == [("replied", "满意", main)] * 2
    assert (await office.press(others[0], "send")).status_code == 200
    await office.called_back(others[0])
    assert [await status_of(office, one) for one in (main, *others)] == ["replied", "archived", "replied"]
    archived = dict(await office.told(others[0]))["order-archived"]
    assert archived["main_order_id"] == main


async def test_an_order_that_joins_after_light_is_back_gets_all_of_it(office: Office) -> None:
    main, late = (await office.receive())["id"], (await office.receive())["id"]
    await office.facts(main)
    await office.hear(merged(late, main))

    order = await office.order(late)
    assert (order["status"], order["reply_result"]) == ("replied", "已恢复供电")


async def test_merge_and_reply_in_one_batch_reach_the_follower(office: Office) -> None:
    main, other = (await office.receive())["id"], (await office.receive())["id"]
    await office.hear(merged(other, main), *field_of(UUID(main), start=NOW))

    assert await status_of(office, other) == "replied"


async def test_a_merge_that_commits_while_light_comes_back_loses_nobody(office: Office) -> None:
    main, other = (await office.receive())["id"], (await office.receive())["id"]
    merge = Fact(new_id(), merged(other, main), NOW, NOW)
    async with office.runtime.database.transaction(now=NOW) as session:
        await reactions.prefetch(session, [merge])
        await reactions.on_order_merged(session, merge, now=NOW)
        other_consumer = asyncio.create_task(office.hear(observed(main)))
        await asyncio.sleep(0.2)
        assert not other_consumer.done()
    await other_consumer

    assert await status_of(office, other) == "restored"


async def test_when_the_main_order_falls_away_a_follower_leads(office: Office) -> None:
    main, others = await make_family(office)
    heir, rest = others
    await office.press(main, "cancel", role=Role.SUPERVISOR, reason="false_alarm")
    events = field_of(UUID(heir), start=NOW + timedelta(minutes=5))
    await office.hear(*until(events, OrderAssessed), merged(rest, heir))
    assert [await status_of(office, one) for one in others] == ["assessed", "child_of_incident"]

    await office.hear(*events)
    assert [await status_of(office, one) for one in others] == ["replied", "replied"]
    assert (await office.order(heir))["main_order_id"] is None


async def test_a_follower_that_is_still_dark_goes_out_on_its_own(office: Office) -> None:
    main, (other,) = await make_family(office, followers=1)
    await office.replied(main)
    await office.press(other, "send")
    office.clock.moment += timedelta(hours=1)
    await office.called_back(other, is_power_restored=False)

    order = await office.order(other)
    assert (order["status"], order["main_order_id"], order["round"]) == ("accepted", None, 1)


# -- light without a crew ----------------------------------------------------------------------------------------------
