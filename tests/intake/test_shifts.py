"""Shifts and hand-overs: nobody leaves with work in their hands, and nothing goes over unconfirmed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from services.intake.domain.handover import ItemAnswer
from services.intake.handlers.handovers import answer_handover
from services.intake.tables import accountability_moves, orders
from shared.auth import Actor, Role
from shared.ids import new_id
from tests.intake.office import Office
from tests.intake.people import answer, ask, misconduct, take


def anybody(name: str) -> str:
    """Name somebody whom no other test knows."""
    return f"{name}-{new_id()}"


async def on_duty(office: Office, name: str) -> str:
    person = anybody(name)
    await answer(office, person, "POST", "/shifts/sign-in", json={"group": "acceptance"})
    return person


async def was_on_duty(office: Office, name: str) -> str:
    """Name somebody who is known from a shift that is over."""
    person = await on_duty(office, name)
    await answer(office, person, "POST", "/shifts/sign-out", json={})
    return person


async def offer(office: Office, giver: str, to: str, *orders_offered: dict[str, Any]) -> dict[str, Any]:
    items = [{"order_id": order["id"], "note": "回访客户"} for order in orders_offered]
    return await answer(office, giver, "POST", "/handovers", json={"to_person": to, "items": items})


async def confirm(office: Office, person: str, handover_id: str, *confirmed: dict[str, Any]) -> dict[str, Any]:
    items = [{"order_id": order["id"], "is_confirmed": True} for order in confirmed]
    return await answer(office, person, "POST", f"/handovers/{handover_id}/answers", json={"items": items})


async def accountable_of(office: Office, order_id: str) -> tuple[str, str]:
    statement = select(orders.c.first_responder, orders.c.accountable).where(orders.c.id == order_id)
    row = (await office.rows(statement))[0]
    return row.first_responder, row.accountable


@pytest.mark.requirement("000-038", "003-006")
async def test_e21_three_open_orders_go_over_when_the_successor_confirms_each_and_only_then_one_may_leave(
    office: Office,
) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    three = [await take(office, wang) for _ in range(3)]

    refused = await ask(office, wang, "POST", "/shifts/sign-out", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "shift.work_left")
    assert refused.json()["context"] == {"count": 3, "orders": [order["order_no"] for order in three]}

    handover = await offer(office, wang, li, *three)
    assert handover["waiting"] == 3
    assert [await accountable_of(office, order["id"]) for order in three] == [(wang, wang)] * 3
    assert (await ask(office, wang, "POST", "/shifts/sign-out", json={})).status_code == 409

    await confirm(office, li, handover["id"], *three[:2])
    still = await ask(office, wang, "POST", "/shifts/sign-out", json={})
    assert still.json()["context"] == {"count": 1, "orders": [three[2]["order_no"]]}

    await confirm(office, li, handover["id"], three[2])
    assert [await accountable_of(office, order["id"]) for order in three] == [(wang, li)] * 3
    left = await answer(office, wang, "POST", "/shifts/sign-out", json={})
    assert left["signed_out_at"] is not None

    moves = select(accountability_moves.c.from_person, accountability_moves.c.to_person, accountability_moves.c.cause)
    rows = await office.rows(moves.where(accountability_moves.c.order_id.in_([order["id"] for order in three])))
    assert [tuple(row) for row in rows] == [(wang, li, "handed_over")] * 3
    assert "accountability-moved" in await office.told_names(three[0]["id"])


async def test_an_item_that_is_refused_stays_in_the_givers_hands_with_the_reason(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    refusal = {"items": [{"order_id": order["id"], "is_confirmed": False, "reason": "现场情况未说明"}]}

    answered = await answer(office, li, "POST", f"/handovers/{handover['id']}/answers", json=refusal)

    assert answered["items"][0]["decision"] == "refused"
    assert await accountable_of(office, order["id"]) == (wang, wang)
    assert (await offer(office, wang, li, order))["waiting"] == 1, "it may be offered again"


async def test_every_item_that_cannot_be_offered_is_named_and_nothing_goes_over(office: Office) -> None:
    wang, li, sun = [await on_duty(office, name) for name in ("wang", "li", "sun")]
    mine, theirs, waiting, over = [await take(office, who) for who in (wang, sun, wang, wang)]
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{over['id']}/cancel", role=Role.SUPERVISOR, json=cancel)
    await offer(office, wang, sun, waiting)
    items = [{"order_id": order["id"], "note": "待办"} for order in (mine, theirs, waiting, over, mine)]

    refused = await ask(office, wang, "POST", "/handovers", json={"to_person": li, "items": items})

    assert (refused.status_code, refused.json()["code"]) == (409, "handover.not_possible")
    assert {(f["field"], f["code"]) for f in refused.json()["fields"]} == {
        ("items.1.order_id", "handover.not_accountable"),
        ("items.2.order_id", "handover.already_offered"),
        ("items.3.order_id", "handover.not_accountable"),
        ("items.4.order_id", "handover.named_twice"),
    }
    assert (await answer(office, li, "GET", "/handovers"))["items"] == []


async def test_only_the_successor_answers_and_only_on_duty(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await was_on_duty(office, "li")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    items = {"items": [{"order_id": order["id"], "is_confirmed": True}]}

    for person, status, code in (
        (wang, 403, "handover.not_yours"),
        (li, 409, "handover.successor_not_on_duty"),
    ):
        refused = await ask(office, person, "POST", f"/handovers/{handover['id']}/answers", json=items)
        assert (refused.status_code, refused.json()["code"]) == (status, code)

    await answer(office, li, "POST", "/shifts/sign-in", json={"group": "acceptance"})
    await confirm(office, li, handover["id"], order)
    again = await ask(office, li, "POST", f"/handovers/{handover['id']}/answers", json=items)
    assert again.json()["fields"][0]["code"] == "handover.item_not_waiting"


async def test_a_refusal_without_a_reason_is_named(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    items = {"items": [{"order_id": order["id"], "is_confirmed": False}]}

    refused = await ask(office, li, "POST", f"/handovers/{handover['id']}/answers", json=items)

    assert refused.json()["fields"][0]["field"] == "items.0.reason"


async def test_what_ended_or_moved_before_the_answer_is_settled_by_itself(office: Office) -> None:
    wang, li, sun = [await on_duty(office, name) for name in ("wang", "li", "sun")]
    ended, moved = await take(office, wang), await take(office, wang)
    handover = await offer(office, wang, li, ended, moved)
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{ended['id']}/cancel", role=Role.SUPERVISOR, json=cancel)
    transfer = {"to_unit": "D-1", "to_person": sun, "reason": "转由专责处理"}
    await answer(office, wang, "POST", f"/orders/{moved['id']}/transfers", json=transfer)

    answered = await confirm(office, li, handover["id"], ended, moved)

    assert sorted(item["decision"] for item in answered["items"]) == ["closed", "moved"]
    assert (await accountable_of(office, moved["id"]))[1] == sun


async def test_a_supervisor_hands_over_for_somebody_who_is_gone_and_nobody_else_does(office: Office) -> None:
    gone, li = anybody("gone"), await on_duty(office, "li")
    order = await take(office, gone)
    body = {"to_person": li, "from_person": gone, "items": [{"order_id": order["id"], "note": "原班人员离岗"}]}

    refused = await ask(office, "colleague", "POST", "/handovers", json=body)
    offered = await answer(office, "boss", "POST", "/handovers", role=Role.SUPERVISOR, json=body)

    assert refused.json()["code"] == "handover.not_for_others"
    assert (offered["from_person"], offered["offered_by"]) == (gone, "boss")


@pytest.mark.requirement("000-036")
@pytest.mark.parametrize("group", ["acceptance", "callback", "quality_supervision"])
async def test_a_shift_belongs_to_one_of_the_three_groups(office: Office, group: str) -> None:
    person = anybody("wang")
    begun = await answer(office, person, "POST", "/shifts/sign-in", json={"group": group})
    none = await ask(office, anybody("li"), "POST", "/shifts/sign-in", json={"group": "management"})

    assert (begun["person"], begun["group"]) == (person, group)
    assert (await answer(office, person, "GET", "/shifts/mine"))["shift"]["group"] == group
    assert none.status_code == 422


@pytest.mark.requirement("000-036")
async def test_one_is_on_duty_once_and_in_one_group(office: Office) -> None:
    wang = await on_duty(office, "wang")
    again = await answer(office, wang, "POST", "/shifts/sign-in", json={"group": "acceptance"})
    elsewhere = await ask(office, wang, "POST", "/shifts/sign-in", json={"group": "callback"})
    nobody = await ask(office, anybody("nobody"), "POST", "/shifts/sign-out", json={})

    duty = await answer(office, wang, "GET", "/shifts/mine")
    assert duty["shift"]["id"] == again["id"]
    assert duty["open_count"] == 0
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "shift.open_elsewhere")
    assert nobody.json()["code"] == "shift.not_on_duty"


async def test_the_shift_shows_what_is_in_ones_hands_and_whom_it_is_offered_to(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    first, second = await take(office, wang), await take(office, wang, **misconduct())
    await offer(office, wang, li, first)

    duty = await answer(office, wang, "GET", "/shifts/mine")

    assert [(work["order_no"], work["offered_to"]) for work in duty["open_work"]] == [
        (first["order_no"], li),
        (second["order_no"], None),
    ]
    assert "张伟" not in str(duty)


async def test_hand_overs_are_listed_for_both_with_their_orders_numbers(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    order = await take(office, wang)
    first = await offer(office, wang, li, order)
    await confirm(office, li, first["id"], order)
    office.clock.moment += timedelta(hours=8)
    second = await offer(office, li, wang, order)

    for person in (wang, li):
        page = await answer(office, person, "GET", "/handovers?limit=1")
        assert [one["id"] for one in page["items"]] == [second["id"]]
        assert page["items"][0]["items"][0]["order_no"] == order["order_no"]
        older = await answer(office, person, "GET", f"/handovers?limit=1&cursor={page['next_cursor']}")
        assert [one["id"] for one in older["items"]] == [first["id"]]
        assert older["next_cursor"] is None


async def test_the_history_of_accountability_is_never_changed(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    await confirm(office, li, handover["id"], order)

    for statement in (
        "UPDATE intake.accountability_moves SET to_person = 'x'",
        "DELETE FROM intake.accountability_moves",
    ):
        with pytest.raises(Exception, match="append-only"):
            await office.rows(text(f"{statement} WHERE order_id = '{order['id']}' RETURNING 1"))


async def test_of_offers_of_one_order_in_the_same_instant_one_stands(office: Office) -> None:
    wang, *others = [await on_duty(office, f"person-{number}") for number in range(7)]
    order = await take(office, wang)
    items = [{"order_id": order["id"], "note": "待办"}]

    answers = await asyncio.gather(
        *(ask(office, wang, "POST", "/handovers", json={"to_person": li, "items": items}) for li in others)
    )

    assert sorted(one.status_code for one in answers) == [201, *[409] * 5]


async def test_signing_in_twice_in_the_same_instant_is_one_shift(office: Office) -> None:
    wang = anybody("wang")

    answers = await asyncio.gather(
        *(ask(office, wang, "POST", "/shifts/sign-in", json={"group": "acceptance"}) for _ in range(6))
    )

    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["id"] for one in answers}) == 1


@pytest.mark.requirement("000-038")
async def test_nobody_signs_out_while_work_comes_into_their_hands(office: Office) -> None:
    wang, li = await on_duty(office, "wang"), await on_duty(office, "li")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    now = office.clock.now()
    async with office.runtime.database.transaction(now=now) as session:
        answers = [ItemAnswer(UUID(order["id"]), is_confirmed=True)]
        await answer_handover(session, UUID(handover["id"]), answers, now=now, actor=Actor(li))
        leaving = asyncio.create_task(ask(office, li, "POST", "/shifts/sign-out", json={}))
        await asyncio.sleep(0.2)
        assert not leaving.done()

    assert ((await leaving).status_code, (await accountable_of(office, order["id"]))[1]) == (409, li)


async def test_work_is_offered_to_people_only_whom_a_shift_knows(office: Office) -> None:
    wang, typo = await on_duty(office, "wang"), anybody("lee")
    order = await take(office, wang)
    body = {"to_person": typo, "items": [{"order_id": order["id"], "note": "回访客户"}]}

    refused = await ask(office, wang, "POST", "/handovers", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "order.accountable_unknown")
    assert (refused.json()["fields"][0]["field"], refused.json()["context"]) == ("to_person", {"person": typo})
