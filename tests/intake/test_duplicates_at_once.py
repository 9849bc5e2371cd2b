"""Sixteen calls about one new fault in the same instant, through several processes' worth of doors on one database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.intake.office import Office, make_body, office_on

DOORS = 4
ONE = {"name": "王芳", "phone": "13900000001", "address": "青澜县春风路8号2单元301"}


def body_of(number: int, *, who: str) -> dict[str, Any]:
    """Make the call of one of sixteen: one customer's, neighbours' of one transformer, or a mix of both."""
    other = {"name": "赵安", "phone": f"1390000{number:04d}", "address": f"青澜县学府路{number}号"}
    is_one = who == "customer" or (who == "mix" and number % 2)
    return make_body(customer=ONE if is_one else other, transformer_area=None if who == "customer" else "TA-1")


@pytest.mark.parametrize("who", ["customer", "neighbours", "mix"])
async def test_sixteen_clients_of_four_processes_get_one_order_and_fifteen_links(
    alert_office: Office, who: str
) -> None:
    """Case E19 in its hardest form: each door has its own pool and gathers on its own; only the database is common."""
    async with AsyncExitStack() as stack:
        doors = [
            alert_office,
            *[await stack.enter_async_context(office_on(alert_office.url)) for _ in range(DOORS - 1)],
        ]
        for turn in range(3):
            if turn:
                bodies = [body_of(number, who=who) | {"content": f"第 {turn} 次"} for number in range(16)]
            else:
                bodies = [body_of(number, who=who) for number in range(16)]
            calls = [doors[n % DOORS].call("POST", "/orders", json=body) for n, body in enumerate(bodies)]
            answers = await asyncio.gather(*calls)
            orders = [answer.json() for answer in answers]

            assert {answer.status_code for answer in answers} == {201}, [a.text for a in answers]
            assert len({order["order_no"] for order in orders}) == 16
            alone = [order for order in orders if order["linked"] is None]
            assert len(alone) == (0 if turn else 1)


async def test_batches_of_the_same_people_in_another_order_never_wait_for_each_other(alert_office: Office) -> None:
    async with office_on(alert_office.url) as other:
        bodies = [body_of(number, who="neighbours") for number in range(60)]
        calls = [
            door.call("POST", "/orders/batch", json={"orders": bodies if turn % 2 else bodies[::-1]})
            for turn in range(3)
            for door in (alert_office, other)
        ]
        answers = await asyncio.gather(*calls)

    assert {answer.status_code for answer in answers} == {200}
    lines = [line for answer in answers for line in answer.json()["results"]]
    assert sum("linked" not in line["order"] for line in lines) == 1
