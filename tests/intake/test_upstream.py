"""The national platform: signed, repeated, racing, and what it says after its own callback."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import format_z
from tests.intake.office import NOW, SECRETS, Office, count_orders, fields_of, make_national, metric


def make_return(office: Office, **overrides: Any) -> dict[str, Any]:
    body = {
        "reason_code": "not_fully_solved",
        "reason": "客户反映电压不稳，未彻底解决",
        "returned_at": format_z(office.clock.now()),
    }
    return {name: value for name, value in (body | overrides).items() if value is not None}


def make_callback(office: Office, **overrides: Any) -> dict[str, Any]:
    body = {
        "called_back_at": format_z(office.clock.now()),
        "power_restored_confirmed": True,
        "satisfaction": "satisfied",
    }
    return {name: value for name, value in (body | overrides).items() if value is not None}


async def push_return(office: Office, order: dict[str, Any], **overrides: Any) -> httpx.Response:
    return await office.push(f"/orders/{order['national_order_no']}/returns", make_return(office, **overrides))


async def push_callback(office: Office, order: dict[str, Any], **overrides: Any) -> httpx.Response:
    return await office.push(f"/orders/{order['national_order_no']}/callbacks", make_callback(office, **overrides))


# -- signatures --------------------------------------------------------------------------------------------------------


async def test_a_signed_order_is_received(office: Office) -> None:
    body = make_national()
    answer = await office.push("/orders", body)

    assert answer.status_code == 201
    assert answer.json()["national_order_no"] == body["national_order_no"]
    assert (await office.order(answer.json()["id"]))["first_responder"] == "upstream"


async def test_either_secret_is_good_while_keys_rotate(office: Office) -> None:
    answers = [await office.push("/orders", make_national(), secret=secret) for secret in SECRETS]

    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "whsec_" + "A" * 32},
        {"webhook-signature": "v1,bm90IG91cnM="},
        {"webhook-timestamp": "1700000000"},
        {"webhook-id": "another"},
    ],
)
async def test_what_is_not_signed_by_the_platform_is_not_stored(office: Office, changed: dict[str, str]) -> None:
    body = make_national()
    answer = await office.push("/orders", body, **changed)

    assert (answer.status_code, answer.json()["code"]) == (401, "access.signature_invalid")
    assert await count_orders(office, national_order_no=body["national_order_no"]) == 0


async def test_staff_cannot_speak_for_the_platform(office: Office) -> None:
    answer = await office.call("POST", "/upstream/orders", json=make_national())

    assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")


async def test_the_same_webhook_again_gets_the_first_answer(office: Office) -> None:
    body = make_national()
    first = await office.push("/orders", body, webhook_id="w-1")
    again = await office.push("/orders", body, webhook_id="w-1")
    other = await office.push("/orders", make_national(), webhook_id="w-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


# -- the natural key ---------------------------------------------------------------------------------------------------


async def test_the_same_national_number_again_is_the_first_order(office: Office) -> None:
    body = make_national()
    first = await office.push("/orders", body)
    again = await office.push("/orders", body | {"content": "又说了一遍"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json() | {"duplicate": True, "duplicate_of": first.json()["id"]}
    assert len(await office.told(first.json()["id"])) == 2


async def test_sixteen_pushes_of_one_number_at_the_same_instant_are_one_order(own_office: Office) -> None:
    body = make_national()
    answers = await asyncio.gather(*(own_office.push("/orders", body) for _ in range(16)))

    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count_orders(own_office) == 1


async def test_singles_and_batches_of_one_number_at_the_same_instant_are_one_order(own_office: Office) -> None:
    body = make_national()
    singles = [own_office.push("/orders", body) for _ in range(4)]
    batches = [own_office.push("/orders/batch", {"orders": [make_national(), body]}) for _ in range(4)]
    await asyncio.gather(*singles, *batches)

    assert await count_orders(own_office, national_order_no=body["national_order_no"]) == 1
    assert await count_orders(own_office) == 5


@pytest.mark.parametrize("number", ["123", "20261123000000012", "2026112300000O01", None])
async def test_a_national_number_has_sixteen_digits(office: Office, number: str | None) -> None:
    answer = await office.push("/orders", make_national(national_order_no=number))

    assert answer.status_code == 422
    assert list(fields_of(answer)) == ["national_order_no"]


async def test_a_batch_of_the_platform_stores_the_good_and_explains_the_bad(office: Office) -> None:
    answer = await office.push("/orders/batch", {"orders": [make_national(), make_national(outage_scope=None)]})

    assert [("problem" in line) for line in answer.json()["results"]] == [False, True]


# -- after its callback ------------------------------------------------------------------------------------------------


@pytest.mark.requirement("001-002")
async def test_a_good_callback_archives_the_order(office: Office) -> None:
    order = await office.sent(is_national=True)
    answer = await push_callback(office, order)

    assert (answer.status_code, answer.json()["status"]) == (200, "archived")
    told = dict(await office.told(order["id"]))
    assert told["order-called-back"]["by_national"] is True
    assert told["order-archived"]["return_count"] == 0


async def test_the_same_callback_again_changes_nothing(office: Office) -> None:
    order = await office.sent(is_national=True)
    body = make_callback(office)
    path = f"/orders/{order['national_order_no']}/callbacks"
    answers = [await office.push(path, body) for _ in range(2)]

    assert [answer.json()["status"] for answer in answers] == ["archived", "archived"]
    assert (await office.told_names(order["id"])).count("order-called-back") == 1


async def test_a_callback_before_the_reply_was_sent_is_refused_by_name(office: Office) -> None:
    order = await office.receive_national()
    answer = await push_callback(office, order)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")
    context = answer.json()["context"]
    assert (context["status"], context["action"]) == ("accepted", "call_back")
    assert "assess" in context["legal"]


async def test_a_callback_before_sending_is_out_of_order(office: Office) -> None:
    order = await office.sent(is_national=True)
    answer = await push_callback(office, order, called_back_at=format_z(NOW))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")


async def test_a_callback_of_an_unknown_order_is_not_found(office: Office) -> None:
    answer = await office.push("/orders/2000010100000001/callbacks", make_callback(office))

    assert (answer.status_code, answer.json()["code"]) == (404, "order.unknown")


@pytest.mark.requirement("001-007", "001-018")
async def test_a_return_sends_the_same_order_out_again(office: Office) -> None:
    order = await office.sent(is_national=True)
    before = await metric(office, "relight_returns_total")
    answer = await push_return(office, order)

    assert answer.status_code == 200, answer.text
    returned = answer.json()
    assert (returned["id"], returned["order_no"]) == (order["id"], order["order_no"])
    assert (returned["status"], returned["round"], returned["return_count"]) == ("accepted", 2, 1)
    assert (await office.told(order["id"]))[-1][0] == "order-returned"
    assert (await office.told(order["id"]))[-1][1]["level"] == "national"
    assert await metric(office, "relight_returns_total") == before + 1


async def test_the_same_return_again_counts_once_whatever_its_webhook_id(office: Office) -> None:
    order = await office.sent(is_national=True)
    body, path = make_return(office), f"/orders/{order['national_order_no']}/returns"
    await office.push(path, body, webhook_id="r-1")
    again = await office.push(path, body, webhook_id="r-1")
    other = await office.push(path, body, webhook_id="r-2")

    assert [answer.json()["return_count"] for answer in (again, other)] == [1, 1]
    assert (await office.told_names(order["id"])).count("order-returned") == 1


async def test_an_order_can_be_returned_in_each_round_and_the_archive_counts_them(office: Office) -> None:
    order = await office.sent(is_national=True)
    for number in (2, 3):
        assert (await push_return(office, order)).json()["round"] == number
        await office.replied(order["id"], number=number)
        assert (await office.press(order["id"], "send")).status_code == 200
        office.clock.moment += timedelta(hours=1)

    assert (await push_callback(office, order)).json()["status"] == "archived"
    archived = dict(await office.told(order["id"]))["order-archived"]
    assert (archived["return_count"], archived["national_return_count"], archived["province_return_count"]) == (2, 2, 0)


async def test_a_new_return_of_an_order_that_is_out_is_refused(office: Office) -> None:
    order = await office.sent(is_national=True)
    await push_return(office, order)
    office.clock.moment += timedelta(minutes=1)
    answer = await push_return(office, order)

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


async def test_an_archived_order_does_not_come_back(office: Office) -> None:
    order = await office.sent(is_national=True)
    await push_callback(office, order)

    assert (await push_return(office, order)).json()["code"] == "order.transition_illegal"


@pytest.mark.requirement("001-017", "001-019", "001-020")
@pytest.mark.parametrize(
    "code", ["incomplete", "inaccurate", "untrue", "customer_dissatisfied", "not_fully_solved", "no_contact"]
)
async def test_every_reason_of_a_return_is_known(office: Office, code: str) -> None:
    order = await office.sent(is_national=True)

    assert (await push_return(office, order, reason_code=code)).json()["round"] == 2


@pytest.mark.requirement("001-018")
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"reason": None}, {"reason": "field.missing"}),
        ({"reason": " "}, {"reason": "field.string_too_short"}),
        ({"reason_code": "because"}, {"reason_code": "field.enum"}),
    ],
)
async def test_a_return_needs_its_reason(office: Office, changed: dict[str, Any], named: dict[str, str]) -> None:
    answer = await office.push("/orders/2026112300000001/returns", make_return(office, **changed))

    assert (answer.status_code, fields_of(answer)) == (422, named)


async def test_no_power_sends_the_order_out_at_once_and_it_can_still_be_returned_for_it(office: Office) -> None:
    order = await office.sent(is_national=True)
    callback = make_callback(office, power_restored_confirmed=False, satisfaction="dissatisfied")
    path = f"/orders/{order['national_order_no']}/callbacks"
    reopened = await office.push(path, callback)
    again = await office.push(path, callback)
    office.clock.moment += timedelta(minutes=5)
    returned = await push_return(office, order)

    assert [(a.json()["status"], a.json()["round"]) for a in (reopened, again)] == [("accepted", 1)] * 2
    assert (returned.json()["status"], returned.json()["round"]) == ("accepted", 2)
    assert (await office.told_names(order["id"]))[-3:] == ["order-called-back", "order-reopened", "order-returned"]


# -- a platform whose clock is ahead -----------------------------------------------------------------------------------


async def test_a_return_from_a_little_ahead_counts_as_now_and_is_known_again(office: Office) -> None:
    order = await office.sent(is_national=True)
    now = format_z(office.clock.now())
    ahead = format_z(office.clock.now() + timedelta(seconds=40))
    answers = [await push_return(office, order, returned_at=ahead) for _ in range(2)]

    assert [(a.json()["round"], a.json()["returned_at"]) for a in answers] == [(2, now)] * 2
    assert [told["returned_at"] for name, told in await office.told(order["id"]) if name == "order-returned"] == [now]


@pytest.mark.parametrize("is_restored", [True, False])
async def test_a_callback_from_a_little_ahead_counts_as_now_and_is_known_again(
    office: Office, is_restored: bool
) -> None:
    order = await office.sent(is_national=True)
    now = format_z(office.clock.now())
    ahead = format_z(office.clock.now() + timedelta(seconds=40))
    said = {"called_back_at": ahead, "power_restored_confirmed": is_restored}
    answers = [await push_callback(office, order, **said) for _ in range(2)]

    assert [answer.json()["status"] for answer in answers] == ["archived" if is_restored else "accepted"] * 2
    told = await office.told(order["id"])
    assert [body["called_back_at"] for name, body in told if name == "order-called-back"] == [now]
    assert [body["reopened_at"] for name, body in told if name == "order-reopened"] == [now] * (not is_restored)
