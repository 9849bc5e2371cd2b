"""Case E19 through real processes and real HTTP: one new fault, sixteen callers in the same instant, one crew."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from services.simulation.clients import Origin
from tests.conftest import MakeDatabase
from tests.journey.fleet import Fleet
from tests.journey.journey import Cast, Phone, make_call, order_is, set_up


async def test_sixteen_callers_about_one_new_fault_get_one_crew_and_sixteen_right_answers(
    make_migrated_database: MakeDatabase, tmp_path: Path
) -> None:
    with Fleet(await make_migrated_database(), ("all",), tmp_path) as fleet:
        await fleet.ready()
        async with Origin("http://relight.test", transport=fleet.transport()) as origin:
            cast = Cast()
            await set_up(origin, cast)
            answers = await asyncio.gather(
                *(origin.post("/intake/orders", cast.agent, make_call(number=number % 8)) for number in range(16))
            )
            main, *more = [answer for answer in answers if answer["linked"] is None]
            children = [a for a in answers if a["linked"] and a["linked"]["kind"] == "child"]
            repeated = [a for a in answers if a["linked"] and a["linked"]["kind"] == "consultation"]

            assert more == []
            assert (len(children), len(repeated)) == (7, 8)
            assert len({answer["order_no"] for answer in answers}) == 16
            task = await Phone(origin).task_of(main["id"])
            for child in children:
                assert (await order_is(origin, cast, child["id"], "child_of_incident"))["main_order_id"] == main["id"]
            tasks: dict[str, Any] = await origin.get("/dispatch/mobile/tasks", Phone(origin).who)
            assert [one["task_id"] for one in tasks["tasks"]] == [task["task_id"]]
