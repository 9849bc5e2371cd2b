"""A village's name that several towns bear is asked about, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.domain.addresses import Village
from services.intake.repository.villages import replace_counties
from shared.auth import Role
from tests.intake.office import Office, count_orders, make_body, make_national

REGISTER = [
    Village(adcode="990001", county="青澜县", town="白渡镇", name="东风村"),
    Village(adcode="990001", county="青澜县", town="松岗乡", name="东风村"),
    Village(adcode="990001", county="青澜县", town="白渡镇", name="石塘村"),
]


@pytest.fixture
async def office_with_villages(own_office: Office) -> Office:
    async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
        await replace_counties(session, REGISTER)
    return own_office


def body_at(address: str, **more: Any) -> dict[str, Any]:
    return make_body(customer={"name": "王芳", "phone": "13900000001", "address": address} | more)


async def test_the_caller_is_asked_which_of_several_towns_is_meant(office_with_villages: Office) -> None:
    office = office_with_villages
    answer = await office.call("POST", "/orders", json=body_at("东风村三组"))
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (409, "order.place_ambiguous")
    assert {(place["town"], place["village"]) for place in problem["context"]["ask"]} == {
        ("松岗乡", "东风村"),
        ("白渡镇", "东风村"),
    }
    assert await count_orders(office) == 0


@pytest.mark.parametrize("address", ["松岗乡东风村三组", "青澜县白渡镇东风村", "石塘村三组", "春风路8号"])
async def test_a_place_that_is_clear_is_not_asked_about(office_with_villages: Office, address: str) -> None:
    answer = await office_with_villages.call("POST", "/orders", json=body_at(address))
    assert answer.status_code == 201


async def test_a_place_on_the_map_or_in_the_grid_says_where_it_is(office_with_villages: Office) -> None:
    placed = await office_with_villages.call("POST", "/orders", json=body_at("东风村", lon=118.1, lat=33.2))
    known = body_at("东风村") | {"transformer_area": "TA-1"}
    in_grid = await office_with_villages.call("POST", "/orders", json=known)

    assert (placed.status_code, in_grid.status_code) == (201, 201)


async def test_a_customer_of_the_register_is_not_asked(office_with_villages: Office) -> None:
    customer = {"customer_no": "C-7", "name": "王芳", "phone": "13900000001", "address": "松岗乡东风村3组"}
    put = await office_with_villages.call("POST", "/customers/batch", role=Role.OPS, json={"customers": [customer]})
    answer = await office_with_villages.call("POST", "/orders", json=body_at("东风村三组"))

    assert (put.status_code, answer.status_code) == (200, 201)


async def test_the_platform_cannot_be_asked_so_the_question_stands_on_the_answer(office_with_villages: Office) -> None:
    customer = {"name": "王芳", "phone": "13900000001", "address": "东风村三组"}
    answer = await office_with_villages.push("/orders", make_national(customer=customer))

    assert answer.status_code == 201
    assert {place["town"] for place in answer.json()["ask"]} == {"白渡镇", "松岗乡"}


async def test_in_a_batch_only_the_open_place_is_refused(office_with_villages: Office) -> None:
    bodies = [body_at("东风村三组"), body_at("石塘村三组")]
    answer = await office_with_villages.call("POST", "/orders/batch", json={"orders": bodies})
    first, second = answer.json()["results"]

    assert (first["problem"]["code"], first["problem"]["status"]) == ("order.place_ambiguous", 409)
    assert second["order"]["status"] == "accepted"


async def test_the_desk_sees_how_an_address_is_read_while_it_is_typed(office_with_villages: Office) -> None:
    answer = await office_with_villages.call("POST", "/places/read", json={"address": "东风村三组十二号"})
    place = answer.json()

    assert (place["place"], place["group"], place["number"]) == ("东风村", "3", "12")
    assert (place["is_ambiguous"], len(place["ask"])) == (True, 2)
