"""A person links a repair to another: never the platform's, and never so that nobody is sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from shared.auth import Role
from tests.intake.office import Office, office_on
from tests.intake.test_duplicates import CHEN, WANG, report

PAIRS = 6
A_MOMENT = timedelta(seconds=0.3)


async def link(office: Office, order_id: str, lead_id: str) -> httpx.Response:
    body = {"lead_order_id": lead_id, "reason": "同一户，两部手机"}
    return await office.call("POST", f"/orders/{order_id}/link", role=Role.DISPATCHER, json=body)


@pytest.mark.requirement("003-025")
async def test_two_dispatchers_who_link_two_repairs_to_each_other_at_once_leave_one_of_them_at_work(
    office: Office,
) -> None:
    pairs = [((await report(office, WANG))["id"], (await report(office, CHEN))["id"]) for _ in range(PAIRS)]
    async with office_on(office.url) as other:
        both = [call for one, two in pairs for call in (link(office, one, two), link(other, two, one))]
        answers = await asyncio.gather(*both)

    for turn, pair in enumerate(pairs):
        codes = sorted(answer.status_code for answer in answers[2 * turn : 2 * turn + 2])
        states = sorted([(await office.order(order_id))["status"] for order_id in pair])
        assert (codes, states) == ([200, 409], ["accepted", "consultation_linked"])


async def test_an_order_is_not_linked_to_one_that_is_ended_in_the_same_moment(office: Office) -> None:
    order, lead = await report(office, WANG), await report(office, CHEN)
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        ended = text("UPDATE intake.orders SET status = 'false_alarm' WHERE id = :id")
        await session.execute(ended, {"id": lead["id"]})
        linking = asyncio.create_task(link(office, order["id"], lead["id"]))
        await asyncio.sleep(A_MOMENT.total_seconds())
    answer = await linking

    assert (answer.status_code, answer.json()["code"]) == (409, "order.cannot_lead")
    assert (await office.order(order["id"]))["status"] == "accepted"


async def test_an_order_of_the_platform_is_never_made_a_consultation_but_may_lead(office: Office) -> None:
    """The platform waits for an answer under its own number; a consultation has none."""
    local, pushed = await report(office, WANG), await office.receive_national(customer=CHEN)
    refused = await link(office, pushed["id"], local["id"])

    assert (refused.status_code, refused.json()["code"]) == (409, "order.is_national")
    assert (await office.order(pushed["id"]))["status"] == "accepted"
    assert "order-linked" not in await office.told_names(pushed["id"])
    assert (await link(office, local["id"], pushed["id"])).status_code == 200
