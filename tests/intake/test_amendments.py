"""Corrections of times: audited, in order, and never over what stood there (lifecycles 3.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from services.intake.tables import amendments, orders
from shared.auth import Role
from shared.clock import format_z
from tests.intake.handling import CONTACT, take
from tests.intake.office import NOW, Office, fields_of

WHY = "纸质抢修单记录不同"


async def amend(office: Office, order_id: str, field: str, new: str, **more: Any) -> httpx.Response:
    """Correct a time."""
    return await office.press(order_id, "amendments", role=Role.SUPERVISOR, field=field, new=new, reason=WHY, **more)


def at(minutes: float) -> str:
    return format_z(NOW + timedelta(minutes=minutes))


async def replied(office: Office) -> str:
    """Bring a repair to its reply: dispatched after 5 minutes, arrived after 20, repaired after 40; return its id."""
    order = await office.receive()
    await office.replied(order["id"])
    return str(order["id"])


async def test_a_wrong_time_is_corrected_and_what_stood_there_is_kept(office: Office) -> None:
    order_id = await replied(office)
    answer = await amend(office, order_id, "arrived_at", at(18), old=at(20))

    assert answer.status_code == 201, answer.text
    assert (answer.json()["old"], answer.json()["new"]) == (at(20), at(18))
    assert (await office.order(order_id))["times"]["arrived_at"] == at(18)
    line = (await office.timeline(order_id))[-1]
    assert (line["kind"], line["actor"]) == ("time-amended", "test-supervisor")
    assert (line["data"]["old"], line["data"]["new"], line["data"]["reason"]) == (at(20), at(18), WHY)
    told = dict(await office.told(order_id))["time-amended"]
    assert (told["field"], told["by"]) == ("arrived_at", "test-supervisor")
    read = (await office.call("GET", f"/orders/{order_id}/handling")).json()
    assert [(row["field"], row["amended_by"]) for row in read["amendments"]] == [("arrived_at", "test-supervisor")]


@pytest.mark.parametrize(
    ("field", "new", "pair"),
    [
        ("arrived_at", 14, ("departed_at", "arrived_at")),
        ("arrived_at", 26, ("arrived_at", "surveyed_at")),
        ("repaired_at", 51, ("repaired_at", "power_restored_at")),
        ("received_at", -2, ("reported_at", "received_at")),
        ("reported_at", 1, ("reported_at", "received_at")),
        ("outage_started_at", 5, ("outage_started_at", "reported_at")),
    ],
)
async def test_e34_no_correction_puts_the_times_out_of_order(
    office: Office, field: str, new: float, pair: tuple[str, str]
) -> None:
    order_id = await replied(office)
    before = (await office.order(order_id))["times"]
    answer = await amend(office, order_id, field, at(new))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")
    assert (answer.json()["context"]["earlier"], answer.json()["context"]["later"]) == pair
    assert list(fields_of(answer)) == [field]
    assert (await office.order(order_id))["times"] == before


async def test_what_an_order_says_of_itself_can_be_corrected_too(office: Office) -> None:
    order_id = await replied(office)
    answer = await amend(office, order_id, "reported_at", at(-5))

    assert answer.status_code == 201, answer.text
    assert (await office.order(order_id))["reported_at"] == at(-5)


async def test_a_later_receipt_moves_the_three_minutes_along(office: Office) -> None:
    received = format_z(NOW - timedelta(minutes=9))
    late = {"received_at": received, "accepted_at": format_z(NOW)}
    order = await office.receive(late_entry=late, reported_at=received, outage_started_at=received)
    answer = await amend(office, order["id"], "received_at", at(-8))

    assert answer.status_code == 201, answer.text
    shown = await office.order(order["id"])
    assert (shown["received_at"], shown["accept_by"]) == (at(-8), at(-5))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"field": "archived_at", "new": at(60)}, "amendment.nothing_there"),
        ({"field": "forwarded_at", "new": at(60)}, "amendment.nothing_there"),
        ({"field": "arrived_at", "new": at(18), "old": at(19)}, "amendment.other_value"),
        ({"field": "arrived_at", "new": at(20)}, "amendment.no_change"),
    ],
)
async def test_there_must_be_something_to_correct(office: Office, body: dict[str, Any], code: str) -> None:
    order_id = await replied(office)
    answer = await office.press(order_id, "amendments", role=Role.SUPERVISOR, reason=WHY, **body)

    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"field": "recorded_at", "new": at(1), "reason": WHY}, {"field": "amendment.field_unknown"}),
        ({"field": "arrived_at", "new": at(1)}, {"reason": "field.missing"}),
        ({"field": "arrived_at", "new": 0, "reason": WHY}, {"new": "field.datetime_type"}),
    ],
)
async def test_a_correction_names_what_it_lacks(office: Office, body: dict[str, Any], wrong: dict[str, str]) -> None:
    order_id = await replied(office)
    answer = await office.press(order_id, "amendments", role=Role.SUPERVISOR, **body)

    assert (answer.status_code, fields_of(answer)) == (422, wrong)


async def test_no_time_is_corrected_into_the_future(office: Office) -> None:
    order_id = await replied(office)
    answer = await amend(office, order_id, "replied_at", at(600))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.time_in_future")


async def test_the_times_of_a_handling_are_corrected_the_same_way(office: Office) -> None:
    matter = await (await take(office)).drafted()
    early = await amend(office, matter.id, "contacted_at", at(0))
    good = await amend(office, matter.id, "reply_drafted_at", format_z(office.clock.now() - timedelta(seconds=30)))

    assert (early.json()["context"]["earlier"], good.status_code) == ("forwarded_at", 201)
    moved = good.json()["new"]
    assert (await matter.handling())["times"]["reply_drafted_at"] == moved
    assert (await office.order(matter.id))["times"]["replied_at"] == moved


async def test_nothing_of_a_later_round_is_corrected_to_before_its_return(office: Office) -> None:
    matter = await (await take(office, is_national=True)).approved()
    office.clock.moment += timedelta(hours=1)
    await matter.give_back()
    await matter.go("contacts", **CONTACT)
    answer = await amend(office, matter.id, "contacted_at", format_z(office.clock.now() - timedelta(minutes=30)))

    assert (answer.status_code, answer.json()["code"]) == (422, "order.times_out_of_order")


async def test_the_database_itself_keeps_corrections_as_they_were_written(office: Office) -> None:
    order_id = await replied(office)
    await amend(office, order_id, "arrived_at", at(18))
    for change in (update(amendments).values(reason="x"), delete(amendments)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with office.runtime.database.transaction(now=NOW) as session:
                await session.execute(change)

    assert len(await office.rows(select(amendments).where(amendments.c.order_id == order_id))) == 1
    assert await office.rows(select(orders.c.id).where(orders.c.id == order_id))
