"""What leaves for the national platform: written with the change, in order, only of its own orders, nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.order import Happening
from services.intake.domain.platform_messages import messages_of
from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import CrewAccepted, CrewArrived, EstimateChanged
from shared.ids import new_id
from tests.intake.family import merged
from tests.intake.office import NOW, Office
from tests.intake.test_desk import set_acceptance
from tests.intake.test_domain import make_order


async def messages(office: Office, order_id: str | None = None, **query: Any) -> list[dict[str, Any]]:
    about = {"order_id": order_id} if order_id else {}
    answer = await office.call("GET", "/platform-messages", role=Role.OPS, params={**about, **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def types(office: Office, order_id: str) -> list[str]:
    return [message["type"] for message in await messages(office, order_id)]


async def test_the_platform_is_told_of_the_whole_way_of_its_order_in_order(office: Office) -> None:
    order = await office.sent(is_national=True)
    told = await messages(office, order["id"])

    assert [message["type"] for message in told] == [
        "order.accepted",
        "order.dispatched",
        "order.crew_arrived",
        "order.estimate_changed",
        "order.restored",
        "order.replied",
    ]
    assert all(message["delivered_at"] is None for message in told)
    assert {message["data"]["national_order_no"] for message in told} == {order["national_order_no"]}
    replied = told[-1]["data"]
    assert (replied["reply_result"], replied["customer_opinion"], replied["round"]) == ("已恢复供电", "满意", 1)
    assert told[-2]["data"]["power_restored_at"] == format_z(NOW + timedelta(minutes=50))


async def test_of_local_orders_the_platform_hears_nothing(office: Office) -> None:
    order = await office.sent()

    assert await types(office, order["id"]) == []


async def test_a_declined_order_is_told_with_its_reason(own_office: Office) -> None:
    await set_acceptance(own_office, is_enabled=False)
    order = await own_office.receive_national()
    answer = await own_office.press(order["id"], "decline", role=Role.DISPATCHER, reason="wrong_area")
    assert answer.status_code == 200, answer.text

    (told,) = await messages(own_office, order["id"])
    assert (told["type"], told["data"]["decline_reason"]) == ("order.declined", "wrong_area")


async def test_a_fact_that_comes_again_is_told_once(office: Office) -> None:
    order = await office.receive_national()
    events = await office.facts(order["id"], CrewArrived)
    before = await types(office, order["id"])
    await office.hear(*[event for event in events if isinstance(event, CrewAccepted)])
    assert await types(office, order["id"]) == before

    estimate = EstimateChanged(
        order_id=UUID(order["id"]),
        incident_id=new_id(),
        estimated_restoration_at=NOW + timedelta(hours=3),
        estimated_at=NOW + timedelta(minutes=30),
    )
    await office.hear(estimate)
    assert await types(office, order["id"]) == [*before, "order.estimate_changed"]


@pytest.mark.requirement("000-002", "000-082")
async def test_a_follower_of_the_platforms_hears_of_its_main_orders_estimate_once(office: Office) -> None:
    main, child = await office.receive(), await office.receive_national()
    await office.hear(merged(child["id"], main["id"]))
    before = await types(office, child["id"])
    estimate = EstimateChanged(
        order_id=UUID(main["id"]),
        incident_id=new_id(),
        estimated_restoration_at=NOW + timedelta(hours=3),
        estimated_at=NOW + timedelta(minutes=30),
    )

    await office.hear(estimate)
    await office.hear(estimate)

    told = await messages(office, child["id"])
    assert [message["type"] for message in told] == [*before, "order.estimate_changed"]
    assert told[-1]["data"]["estimated_restoration_at"] == format_z(NOW + timedelta(hours=3))
    assert [line["kind"] for line in await office.timeline(child["id"])].count("estimate-changed") == 1


async def test_a_refused_change_tells_nothing(office: Office) -> None:
    order = await office.receive_national()
    before = await messages(office, order["id"])
    answer = await office.press(order["id"], "send")

    assert answer.status_code == 409
    assert await messages(office, order["id"]) == before


async def test_messages_are_listed_page_by_page_in_their_order(own_office: Office) -> None:
    for _ in range(3):
        await own_office.receive_national()
    first = (await own_office.call("GET", "/platform-messages", role=Role.OPS, params={"limit": 2})).json()
    rest = await messages(own_office, cursor=first["next_cursor"])

    numbers = [message["national_order_no"] for message in [*first["items"], *rest]]
    assert numbers == sorted(numbers)
    assert len(rest) == 1
    assert await messages(own_office, is_delivered="true") == []


@pytest.mark.parametrize("data", ['{"is_effective": false}', "{}"])
def test_what_changed_nothing_or_says_nothing_is_not_told(data: str) -> None:
    order = make_order(national_order_no="2026112300000017")

    assert messages_of(order, [Happening("crew-arrived", NOW, "C-01", data)]) == []


def test_a_statement_is_told_with_what_it_says() -> None:
    order = make_order(national_order_no="2026112300000017", id=new_id())
    data = f'{{"statement_submitted_at": "{format_z(NOW)}", "signer_unit": "营销部", "claim": "unreasonable"}}'
    (message,) = messages_of(order, [Happening("statement-submitted", NOW, "a", data)])

    assert message.type == "order.statement_submitted"
    assert '"signer_unit": "营销部"' in message.data
