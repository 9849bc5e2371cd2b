"""Who complains again while the complaint is open urges it, however long that takes; an answered one is never urged."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select, update

from services.intake.domain.matters import MatterKind
from services.intake.handlers import duplicates
from services.intake.tables import matters, orders, report_keys
from shared.auth import Role
from shared.clock import format_z
from tests.intake.handling import Matter, take
from tests.intake.office import Office, count_orders, make_body
from tests.intake.people import answer, complaint
from tests.intake.test_appeals import GROUNDS, archived
from tests.intake.test_duplicates import CHEN, LI, WANG, report

LOOSELY = "春风路那边"
"""An address that leads nowhere: only the customer number tells whose it is."""


async def complain(office: Office, customer: dict[str, Any], **overrides: Any) -> httpx.Response:
    at = format_z(office.clock.now() - timedelta(seconds=30))
    body = make_body(**complaint(customer=customer, reported_at=at, **overrides))
    return await office.call("POST", "/orders", json=body)


async def answered_for_good(office: Office) -> Matter:
    """Bring a complaint of one whom the service knows again into the archive."""
    matter = await (await take(office, customer=WANG)).submitted()
    await matter.go("callback", satisfaction="satisfied")
    return matter


async def forget(office: Office) -> int:
    """Let the service tidy up its keys, as it does every ten minutes."""
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await duplicates.forget_keys(session, now=office.clock.now())


@pytest.mark.requirement("003-033")
async def test_a_complaint_that_is_still_open_after_quiet_weeks_is_urged_and_not_taken_anew(
    alert_office: Office,
) -> None:
    first = (await complain(alert_office, WANG)).json()
    await report(alert_office, CHEN)
    alert_office.clock.moment += timedelta(days=30)
    gone = await forget(alert_office)
    again = await complain(alert_office, WANG, content="一个月了还没有答复")

    assert gone > 0, "the repair's keys count no more"
    assert (again.status_code, again.json()["id"], again.json()["linked"]["kind"]) == (200, first["id"], "urge")
    assert await count_orders(alert_office, business_type="complaint") == 1


async def test_the_keys_of_a_complaint_go_once_it_is_answered_for_good(alert_office: Office) -> None:
    await answered_for_good(alert_office)
    alert_office.clock.moment += timedelta(days=30)
    await forget(alert_office)

    assert (await alert_office.rows(select(func.count()).select_from(report_keys)))[0][0] == 0


@pytest.mark.requirement("003-033")
async def test_whoever_complains_while_an_appeal_looks_at_the_answered_complaint_gets_a_complaint_of_their_own(
    alert_office: Office,
) -> None:
    matter = await answered_for_good(alert_office)
    await matter.go("appeal", **GROUNDS)
    new = await complain(alert_office, WANG, content="抄表员又没有来")
    urged = await alert_office.press(matter.id, "urges", Role.AGENT, text="催一下")

    assert (new.status_code, new.json()["linked"]) == (201, None)
    assert new.json()["id"] != matter.id
    assert (urged.status_code, urged.json()["code"]) == (409, "order.already_over")
    assert await matter.status() == "appeal_open"


async def test_an_appeal_keeps_nobody_from_going_home(own_office: Office) -> None:
    await answer(own_office, "wang", "POST", "/shifts/sign-in", json={"group": "acceptance"})
    matter = await archived(own_office)
    await answers_for(own_office, matter.id, "wang")
    await matter.go("appeal", **GROUNDS)
    left = await answer(own_office, "wang", "POST", "/shifts/sign-out", json={})

    assert left["signed_out_at"] is not None


async def test_a_complaint_in_between_does_not_hide_the_repair_that_its_caller_waits_for(alert_office: Office) -> None:
    caller = WANG | {"no": "C-1"}
    first = await report(alert_office, caller)
    await complain(alert_office, caller)
    again = await report(alert_office, caller | {"phone": "13900000077", "address": LOOSELY})

    assert (again["duplicate_of"], again["linked"]["basis"]) == (first["id"], "customer_no")
    assert again["status"] == "consultation_linked"
    assert await count_orders(alert_office, business_type="fault_repair") == 1


async def test_a_complaint_that_is_answered_in_the_same_moment_is_not_urged(alert_office: Office) -> None:
    first = (await complain(alert_office, WANG)).json()
    async with alert_office.runtime.database.transaction(now=alert_office.clock.now()) as session:
        await session.execute(update(orders).where(orders.c.id == first["id"]).values(status="archived"))
        repeating = asyncio.create_task(complain(alert_office, WANG, content="催一下"))
        await asyncio.sleep(0.3)
    again = await repeating

    assert (again.status_code, again.json()["linked"]) == (201, None)
    assert await count_orders(alert_office, business_type="complaint") == 2


async def test_a_hundred_urges_in_a_batch_take_as_many_statements_as_two(alert_office: Office) -> None:
    for customer in (WANG, CHEN, LI):
        assert (await complain(alert_office, customer)).status_code == 201
    few = await batch(alert_office, 2)
    many = await batch(alert_office, 100)
    counts = select(matters.c.order_id, func.count()).where(matters.c.kind == str(MatterKind.URGE))

    assert many == few
    assert sorted(row[1] for row in await alert_office.rows(counts.group_by(matters.c.order_id))) == [33, 34, 35]
    assert await count_orders(alert_office, business_type="complaint") == 3


async def test_urges_in_a_batch_are_numbered_one_after_another(alert_office: Office) -> None:
    first = (await complain(alert_office, WANG)).json()
    await batch(alert_office, 4, people=[WANG])
    told = [data["urge_count"] for name, data in await alert_office.told(first["id"]) if name == "order-urged"]

    assert told == [1, 2, 3, 4]


async def test_the_same_words_of_one_moment_urge_once(alert_office: Office) -> None:
    await complain(alert_office, WANG)
    said = make_body(**complaint(customer=WANG, content="催一下"))
    answered = await alert_office.call("POST", "/orders/batch", json={"orders": [said, said]})

    assert {line["order"]["linked"]["kind"] for line in answered.json()["results"]} == {"urge"}
    assert (await alert_office.rows(select(func.count()).select_from(matters)))[0][0] == 1


async def answers_for(office: Office, order_id: str, person: str) -> None:
    """Let somebody answer for an order that is archived by now."""
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        await session.execute(update(orders).where(orders.c.id == order_id).values(accountable=person))


async def batch(office: Office, size: int, *, people: list[dict[str, Any]] | None = None) -> int:
    """Let people with an open complaint complain once more, all in one request; return the statements it took."""
    people = people or [WANG, CHEN, LI]
    bodies = [
        make_body(**complaint(customer=people[n % len(people)], content=f"第 {n} 次催办，共 {size} 次"))
        for n in range(size)
    ]
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = office.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        answered = await office.call("POST", "/orders/batch", json={"orders": bodies})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert {line["order"]["linked"]["kind"] for line in answered.json()["results"]} == {"urge"}, answered.text
    return len(said)
