"""催办, 补充, 撤诉 from our desks and from the platform: on the order that stands, once each, never a new one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shared.auth import Role
from shared.clock import format_z
from shared.ids import new_id
from tests.intake.office import NOW, Office, count_orders
from tests.intake.people import answer, ask, complaint, take


async def test_urges_are_counted_on_the_order_and_make_no_new_one(own_office: Office) -> None:
    order = await take(own_office, "wang", **complaint())
    for number in (1, 2):
        noted = await answer(own_office, "li", "POST", f"/orders/{order['id']}/urges", json={"text": "还没有人联系我"})
        assert (noted["count"], noted["duplicate"], noted["order_no"]) == (number, False, order["order_no"])
        own_office.clock.moment += timedelta(minutes=1)

    assert await count_orders(own_office) == 1
    told = [body for name, body in await own_office.told(order["id"]) if name == "order-urged"]
    assert [body["urge_count"] for body in told] == [1, 2]
    lines = [line for line in await own_office.timeline(order["id"]) if line["kind"] == "order-urged"]
    assert lines[0]["data"]["text"] == "还没有人联系我"


async def test_what_is_added_leaves_the_orders_own_words_as_they_were(office: Office) -> None:
    order = await take(office, "wang")
    before = await office.order(order["id"])
    await answer(office, "li", "POST", f"/orders/{order['id']}/supplements", json={"text": "对面 3 号楼也停电"})

    after = await office.order(order["id"])
    said = await answer(office, "li", "GET", f"/orders/{order['id']}/matters")

    assert after["content"] == before["content"]
    assert [(one["kind"], one["text"], one["source"]) for one in said["items"]] == [
        ("supplement", "对面 3 号楼也停电", "customer")
    ]


@pytest.mark.requirement("003-008")
async def test_a_withdrawal_ends_nothing_the_order_is_still_answered(office: Office) -> None:
    order = await take(office, "wang", **complaint())
    noted = await answer(office, "li", "POST", f"/orders/{order['id']}/withdrawals", json={"text": "客户说不投诉了"})

    assert noted["status"] == order["status"]
    assert (await office.told_names(order["id"]))[-1] == "withdrawal-noted"


async def test_nothing_is_said_any_more_of_an_order_that_is_over(office: Office) -> None:
    order = await take(office, "wang")
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{order['id']}/cancel", role=Role.SUPERVISOR, json=cancel)

    for what in ("urges", "supplements", "withdrawals"):
        refused = await ask(office, "li", "POST", f"/orders/{order['id']}/{what}", json={"text": "补充"})
        assert (refused.status_code, refused.json()["code"]) == (409, "order.already_over")


@pytest.mark.parametrize(
    ("said_at", "code"),
    [(NOW + timedelta(minutes=2), "order.time_in_future"), (NOW - timedelta(days=1), "order.times_out_of_order")],
)
async def test_a_time_that_cannot_be_is_named(office: Office, said_at: object, code: str) -> None:
    order = await take(office, "wang")
    body = {"text": "催", "said_at": format_z(said_at)}  # type: ignore[arg-type]

    refused = await ask(office, "li", "POST", f"/orders/{order['id']}/urges", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["fields"][0]["field"] == "said_at"


async def test_the_platform_presses_adds_and_takes_back_by_its_own_number(office: Office) -> None:
    order = await office.receive_national(**complaint())
    number = order["national_order_no"]
    for what, kind in (("urges", "urge"), ("supplements", "supplement"), ("withdrawals", "withdrawal")):
        answered = await office.push(f"/orders/{number}/{what}", {"text": "国网转来", "said_at": format_z(NOW)})
        assert answered.status_code == 201, answered.text
        noted = answered.json()
        assert (noted["order_id"], noted["kind"], noted["count"]) == (order["id"], kind, 1)

    assert (await office.told_names(order["id"]))[-3:] == ["order-urged", "order-supplemented", "withdrawal-noted"]


async def test_the_same_matter_is_noted_once_by_whichever_webhook_it_comes(office: Office) -> None:
    order = await office.receive_national()
    path, body = f"/orders/{order['national_order_no']}/urges", {"text": "催办", "said_at": format_z(NOW)}
    same_id = str(new_id())

    first = (await office.push(path, body, webhook_id=same_id)).json()
    same = (await office.push(path, body, webhook_id=same_id)).json()
    other = (await office.push(path, body)).json()
    later = (await office.push(path, body | {"said_at": format_z(NOW - timedelta(seconds=30))})).json()

    assert same == first
    assert (other["id"], other["duplicate"], other["count"]) == (first["id"], True, 1)
    assert (later["duplicate"], later["count"]) == (False, 2)
    assert (await office.told_names(order["id"])).count("order-urged") == 2


async def test_the_platform_is_told_what_it_got_wrong(office: Office) -> None:
    order = await office.receive_national()
    number = order["national_order_no"]

    for path, body, status, code in (
        ("/orders/9999999999999999/urges", {"text": "催"}, 404, "order.unknown"),
        (f"/orders/{number}/supplements", {"text": ""}, 422, "request.invalid"),
        (f"/orders/{number}/urges", {"words": "催"}, 422, "request.invalid"),
        ("/orders/12/urges", {"text": "催"}, 422, "request.invalid"),
    ):
        answered = await office.push(path, body)
        assert (answered.status_code, answered.json()["code"]) == (status, code), path
    badly_signed = await office.push(f"/orders/{number}/urges", {"text": "催"}, **{"webhook-signature": "v1,AAAA"})
    assert badly_signed.status_code == 401
    assert "order-urged" not in await office.told_names(order["id"])


async def test_the_same_urge_sixteen_times_in_one_instant_is_one_urge(office: Office) -> None:
    order = await office.receive_national()
    path, body = f"/orders/{order['national_order_no']}/urges", {"text": "催办", "said_at": format_z(NOW)}

    answers = await asyncio.gather(*(office.push(path, body) for _ in range(16)))

    assert {one.status_code for one in answers} == {201}
    assert sorted(one.json()["duplicate"] for one in answers) == [False, *[True] * 15]
    assert (await office.told_names(order["id"])).count("order-urged") == 1
