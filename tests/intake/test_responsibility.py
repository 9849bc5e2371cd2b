"""The first responder stays; accountability, alerts, transfers and the green channel go where they should."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.auth import Role
from shared.clock import format_z
from shared.events.sla import PromiseBreached, PromiseKept, PromiseWarned
from shared.ids import new_id
from tests.intake.office import NOW, Office
from tests.intake.people import alerts_of, answer, ask, complaint, misconduct, take
from tests.intake.test_shifts import anybody, confirm, offer, on_duty, was_on_duty

TRANSFER = {"to_unit": "D-MARKETING", "reason": "电费问题由营销部核实"}


async def responsibility_of(office: Office, order_id: str) -> dict[str, object]:
    return await answer(office, "boss", "GET", f"/orders/{order_id}/responsibility", role=Role.SUPERVISOR)


@pytest.mark.requirement("000-001", "003-001")
async def test_the_first_responder_gets_every_alert_after_the_order_moved_to_another_queue(office: Office) -> None:
    wang, li, sun = anybody("wang"), await on_duty(office, "li"), await was_on_duty(office, "sun")
    order = await take(office, wang)
    handover = await offer(office, wang, li, order)
    await confirm(office, li, handover["id"], order)
    await answer(office, li, "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | {"to_person": sun})
    of_clock = {
        "order_id": order["id"],
        "clock_id": new_id(),
        "promise": "arrival",
        "layer": "INT",
        "due_at": NOW,
    }

    await office.hear(PromiseWarned(**of_clock, warned_at=NOW), PromiseKept(**of_clock, stopped_at=NOW))
    await office.hear(PromiseBreached(**of_clock, breached_at=NOW))
    await answer(office, sun, "POST", f"/orders/{order['id']}/urges", json={"text": "催促"})

    number = order["order_no"]
    kinds = {kind for kind, of in await alerts_of(office, wang) if of == number}
    assert kinds == {"accountability-moved", "order-transferred", "promise-warned", "promise-breached", "order-urged"}
    assert {kind for kind, _ in await alerts_of(office, sun)} == {
        "accountability-moved",
        "order-transferred",
        "promise-warned",
        "promise-breached",
    }, "nobody is alerted to what they did themselves"
    shown = await responsibility_of(office, order["id"])
    assert (shown["first_responder"], shown["accountable"]) == (wang, sun)


@pytest.mark.requirement("000-001", "003-001")
async def test_the_database_itself_refuses_another_first_responder(office: Office) -> None:
    order = await take(office, anybody("wang"))

    with pytest.raises(Exception, match="the first responder stays"):
        await office.rows(
            text(f"UPDATE intake.orders SET first_responder = 'x' WHERE id = '{order['id']}' RETURNING 1")
        )


async def test_seen_alerts_are_gone_for_the_one_who_saw_them_only(office: Office) -> None:
    wang, li = anybody("wang"), await was_on_duty(office, "li")
    order = await take(office, wang)
    await answer(office, "x", "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | {"to_person": li})
    mine = await answer(office, wang, "GET", "/alerts")
    ids = {"ids": [alert["id"] for alert in mine["items"]]}

    assert (await answer(office, li, "POST", "/alerts/seen", json=ids))["seen"] == 0
    assert (await answer(office, wang, "POST", "/alerts/seen", json=ids))["seen"] == len(ids["ids"]) == 2
    assert await alerts_of(office, wang) == []
    assert len(await alerts_of(office, li)) == 2
    seen = await answer(office, wang, "GET", "/alerts?is_unseen=false")
    assert {alert["seen_by"] for alert in seen["items"]} == {wang}


async def test_an_alert_is_worded_in_the_callers_language(office: Office) -> None:
    wang = anybody("wang")
    order = await take(office, wang)
    await answer(office, "x", "POST", f"/orders/{order['id']}/urges", json={})

    for language, words in (("zh-CN", "客户催办"), ("en", "somebody presses")):
        page = await answer(office, wang, "GET", "/alerts", headers={"accept-language": language})
        assert page["items"][0]["message"] == words


async def test_an_order_that_nobody_of_ours_answers_for_alerts_the_desk(own_office: Office) -> None:
    order = await own_office.receive_national()
    pressed = await own_office.push(f"/orders/{order['national_order_no']}/urges", {"text": "国网催办"})
    assert pressed.status_code == 201, pressed.text

    assert await alerts_of(own_office, "zhao", role=Role.DISPATCHER) == [("order-urged", order["order_no"])]
    assert await alerts_of(own_office, "zhao", role=Role.REVIEWER) == []


@pytest.mark.requirement("000-001", "001-003")
async def test_whoever_accepts_the_platforms_order_answers_for_it(own_office: Office) -> None:
    policy = {"is_enabled": False}
    await answer(own_office, "ops", "PUT", "/policies/automatic_acceptance", role=Role.OPS, json=policy)
    order = await own_office.receive_national()
    own_office.clock.moment += timedelta(minutes=1)
    for role in (Role.REVIEWER, Role.AUDITOR, Role.OPS):
        refused = await ask(own_office, "x", "POST", f"/orders/{order['id']}/accept", role=role, json={})
        assert refused.status_code == 403, "the city's dispatching desk accepts"
    await answer(own_office, "zhao", "POST", f"/orders/{order['id']}/accept", role=Role.DISPATCHER, json={})

    shown = await responsibility_of(own_office, order["id"])

    assert (shown["first_responder"], shown["accountable"]) == ("upstream", "zhao")
    assert [move["cause"] for move in shown["moves"]] == ["taken_on"]  # type: ignore[attr-defined]


async def test_what_was_accepted_by_itself_stands_on_the_desks_list_until_somebody_takes_it_on(
    own_office: Office,
) -> None:
    office = own_office
    mine, platforms = await take(office, "wang"), await office.receive_national()
    secret = (await office.receive_national(**misconduct()))["id"]
    gone = await office.receive_national()
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{gone['id']}/cancel", role=Role.SUPERVISOR, json=cancel)

    async def listed(role: Role, has_owner: str) -> list[str]:
        page = await answer(office, "x", "GET", f"/orders?has_owner={has_owner}", role=role)
        return [order["id"] for order in page["items"]]

    assert (await office.order(platforms["id"]))["status"] == "accepted"
    assert await listed(Role.DISPATCHER, "false") == await listed(Role.SUPERVISOR, "false") == [platforms["id"]]
    assert await listed(Role.INSPECTOR, "false") == [secret, platforms["id"]]
    await answer(office, "zhao", "POST", f"/orders/{platforms['id']}/take-on", json={})
    assert await listed(Role.DISPATCHER, "false") == []
    assert await listed(Role.DISPATCHER, "true") == [platforms["id"], mine["id"]]


async def test_an_order_of_a_system_is_taken_on_once(office: Office) -> None:
    order = await office.receive_national()
    taken = await answer(office, "zhao", "POST", f"/orders/{order['id']}/take-on", json={})
    again = await ask(office, "qian", "POST", f"/orders/{order['id']}/take-on", json={})

    assert taken["accountable"] == "zhao"
    assert (again.status_code, again.json()["code"]) == (409, "order.already_accountable")


@pytest.mark.requirement("000-002")
async def test_my_first_contact_orders_follow_me_until_they_are_archived(office: Office) -> None:
    wang, li = anybody("wang"), await was_on_duty(office, "li")
    kept, moved, cancelled = [await take(office, wang) for _ in range(3)]
    secret = await take(office, wang, **misconduct())
    await answer(office, wang, "POST", f"/orders/{moved['id']}/transfers", json=TRANSFER | {"to_person": li})
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{cancelled['id']}/cancel", role=Role.SUPERVISOR, json=cancel)

    page = await answer(office, wang, "GET", "/orders/mine/first-contacts?limit=2")
    rest = await answer(office, wang, "GET", f"/orders/mine/first-contacts?limit=2&cursor={page['next_cursor']}")

    lines = page["items"] + rest["items"]
    assert [line["order_no"] for line in lines] == [order["order_no"] for order in (secret, moved, kept)]
    assert [line["accountable"] for line in lines] == [wang, li, wang]
    assert rest["next_cursor"] is None
    assert "举报供电所" not in str(lines)
    assert (await answer(office, li, "GET", "/orders/mine/first-contacts"))["items"] == []


@pytest.mark.requirement("000-003", "002-001")
async def test_an_order_goes_through_units_under_one_number_and_the_customer_is_told_once(office: Office) -> None:
    wang, li = anybody("wang"), await was_on_duty(office, "li")
    order = await take(office, wang, **complaint())
    told = {"told_text": "您反映的问题由我们继续处理，结果由本热线统一答复您"}

    first = await answer(office, wang, "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | told)
    second = {"to_unit": "D-OPS", "to_person": li, "reason": "需现场核实"}
    twice = await ask(office, wang, "POST", f"/orders/{order['id']}/transfers", json=second | told)
    await answer(office, wang, "POST", f"/orders/{order['id']}/transfers", json=second)
    same = await ask(office, wang, "POST", f"/orders/{order['id']}/transfers", json=second)

    assert first["order_no"] == order["order_no"]
    assert (twice.status_code, twice.json()["code"]) == (409, "transfer.customer_told_already")
    assert same.json()["code"] == "transfer.same_unit"
    shown = await responsibility_of(office, order["id"])
    assert shown["unit"] == "D-OPS"
    assert shown["customer_told_at"] == format_z(NOW)
    ways = [(one["from_unit"], one["to_unit"], one["to_person"]) for one in shown["transfers"]]  # type: ignore[attr-defined]
    assert ways == [(None, "D-MARKETING", wang), ("D-MARKETING", "D-OPS", li)]
    assert (await office.told_names(order["id"])).count("order-transferred") == 2


@pytest.mark.requirement("000-003", "002-001")
@pytest.mark.parametrize(
    "words",
    [
        "请您直接联系供电所",
        "麻烦您打一下营业厅的电话咨询其他部门",
        "请问有关部门",
        "這個不歸我們管",
        "您可以去找当地供电所",
        "請您致電相關部門",
        "建议您自己联系他们",
        "我们请您联系有关部门",
        "直接拨打营业厅电话即可",
        "请稍后自行咨询其他单位",
    ],
)
async def test_no_customer_is_told_to_call_another_unit(office: Office, words: str) -> None:
    order = await take(office, anybody("wang"))

    refused = await ask(office, "x", "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | {"told_text": words})

    assert (refused.status_code, refused.json()["code"]) == (422, "transfer.sends_customer_away")
    assert refused.json()["fields"][0]["field"] == "told_text"
    assert (await responsibility_of(office, order["id"]))["transfers"] == []


@pytest.mark.parametrize(
    "words",
    [
        "我们会联系供电所处理",
        "已联系有关部门，由我们答复您",
        "您反映的问题已联系供电所核实",
        "請您放心，我們會聯繫有關部門",
        "我们直接联系供电所，结果由本热线答复您",
        "我们已请营业厅联系相关部门",
        "正在为您咨询有关部门",
        "请耐心等待，我们去供电所核实后答复您",
    ],
)
async def test_the_customer_may_be_told_that_we_call_the_other_unit(office: Office, words: str) -> None:
    order = await take(office, anybody("wang"))

    told = await ask(office, "x", "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | {"told_text": words})

    assert told.status_code == 201, told.text


@pytest.mark.parametrize(
    ("path", "field", "body"),
    [
        ("transfers", "to_person", TRANSFER),
        ("green-channel", "leader", {"reason": "重点工程送电在即"}),
    ],
)
async def test_an_order_goes_to_people_only_whom_a_shift_knows(
    office: Office, path: str, field: str, body: dict[str, str]
) -> None:
    wang, typo = anybody("wang"), anybody("lee")
    order = await take(office, wang)

    refused = await ask(
        office, "boss", "POST", f"/orders/{order['id']}/{path}", role=Role.SUPERVISOR, json={**body, field: typo}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "order.accountable_unknown")
    assert refused.json()["fields"][0]["field"] == field
    assert refused.json()["context"] == {"person": typo}
    assert (await responsibility_of(office, order["id"]))["accountable"] == wang


async def test_an_order_that_is_over_is_not_transferred(office: Office) -> None:
    order = await take(office, anybody("wang"))
    cancel = {"reason": "false_alarm", "text": "误报"}
    await answer(office, "boss", "POST", f"/orders/{order['id']}/cancel", role=Role.SUPERVISOR, json=cancel)

    refused = await ask(office, "x", "POST", f"/orders/{order['id']}/transfers", json=TRANSFER)

    assert (refused.status_code, refused.json()["code"]) == (409, "order.already_over")


async def test_nobody_hands_an_order_to_a_system(office: Office) -> None:
    order = await take(office, anybody("wang"))

    refused = await ask(
        office, "x", "POST", f"/orders/{order['id']}/transfers", json=TRANSFER | {"to_person": "system"}
    )

    assert (refused.status_code, refused.json()["code"]) == (422, "order.accountable_unknown")


@pytest.mark.requirement("000-010")
async def test_the_green_channel_puts_a_leader_in_charge_who_is_told(office: Office) -> None:
    wang, leader = anybody("wang"), await was_on_duty(office, "leader")
    order = await take(office, wang)
    body = {
        "leader": leader,
        "reason": "重点工程送电在即",
        "contact": {"name": "王局", "means": "file", "address": "leader.jsonl"},
    }

    refused = await ask(office, wang, "POST", f"/orders/{order['id']}/green-channel", json=body)
    opened = await answer(
        office, "boss", "POST", f"/orders/{order['id']}/green-channel", role=Role.SUPERVISOR, json=body
    )
    again = await ask(office, "boss", "POST", f"/orders/{order['id']}/green-channel", role=Role.SUPERVISOR, json=body)

    assert refused.status_code == 403
    assert opened["accountable"] == leader
    assert again.json()["code"] == "green_channel.open"
    assert (await responsibility_of(office, order["id"]))["leader"] == leader
    told = await answer(office, "boss", "GET", f"/notifications?order_id={order['id']}", role=Role.SUPERVISOR)
    leaders = [one["name"] for one in told["items"] if one["kind"] == "green_channel"]  # the customer may have others
    assert leaders == ["王局"]
    assert ("green-channel-opened", order["order_no"]) in await alerts_of(office, wang)
    assert "green-channel-opened" in await office.told_names(order["id"])
