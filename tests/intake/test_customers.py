"""The register of customers: what it keeps, who sees it, and who is told when a key customer calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.intake.domain.customers import Customer
from services.intake.domain.customers.care import find_advice
from services.intake.tables import customer_views, notifications
from shared.auth import Role
from shared.clock import format_z
from shared.glossary import CustomerClass, SpecialNeed
from tests.intake.office import NOW, Office, fields_of, make_body

LIAISON = {"role": "liaison_officer", "name": "李工", "phone": "13900000001"}
MANAGER = {"role": "manager", "name": "王总", "phone": "13900000002"}


def make_entry(number: str, **changed: Any) -> dict[str, Any]:
    entry = {"customer_no": number, "name": "张伟", "phone": "13812345678", "address": "兴安县界首镇大洞村 12 号"}
    return {**entry, **changed}


async def put(office: Office, *entries: dict[str, Any]) -> Any:
    return await office.call("POST", "/customers/batch", role=Role.OPS, json={"customers": list(entries)})


async def told(office: Office, order_id: str) -> list[tuple[str, str, str]]:
    query = select(notifications.c.kind, notifications.c.name, notifications.c.text).where(
        notifications.c.order_id == order_id
    )
    return [(row.kind, row.name, row.text) for row in await office.rows(query.order_by(notifications.c.id))]


def customer_of(number: str) -> dict[str, Any]:
    return {**make_body()["customer"], "no": number}


@pytest.mark.requirement("000-011", "003-013")
async def test_what_the_desk_has_to_mind_is_shown_with_the_customer(office: Office) -> None:
    await put(office, make_entry("K1", special_need="five_guarantees", dialect="桂柳话", is_dual_supply=True))

    shown = (await office.call("GET", "/customers/K1")).json()

    assert (shown["special_need"], shown["dialect"], shown["is_dual_supply"]) == ("five_guarantees", "桂柳话", True)
    assert [words.split(":")[0] for words in shown["advice"]] == [
        "two supplies",
        "five-guarantees household",
        "would rather speak 桂柳话",
    ]


async def test_a_contact_is_in_full_for_whoever_rings_there_and_leaves_a_trace(office: Office) -> None:
    await put(office, make_entry("K2", is_vip=True, contacts=[LIAISON]))

    agent = (await office.call("GET", "/customers/K2")).json()
    again = await office.call("GET", "/customers/K2")
    auditor = (await office.call("GET", "/customers/K2", role=Role.AUDITOR)).json()

    assert (agent["phone"], agent["contacts"][0]["phone"]) == ("13812345678", "13900000001")
    assert (auditor["phone"], auditor["name"], auditor["contacts"][0]["phone"]) == (
        "138****5678",
        "张**",
        "139****0001",
    )
    assert again.status_code == 200
    views = await office.rows(select(customer_views.c.actor).where(customer_views.c.customer_no == "K2"))
    assert [row.actor for row in views] == ["test-agent"]


async def test_the_desk_finds_a_caller_by_the_number_that_rings(office: Office) -> None:
    await put(office, make_entry("K3", phone="13700000003"), make_entry("K4", phone="13700000003"))

    found = (await office.call("POST", "/customers/look-ups", json={"phone": "13700000003"})).json()["items"]

    assert [customer["customer_no"] for customer in found] == ["K3", "K4"]
    views = await office.rows(select(customer_views).where(customer_views.c.customer_no.in_(["K3", "K4"])))
    assert len(views) == 2


async def test_a_customer_that_nobody_knows_is_not_found(office: Office) -> None:
    answer = await office.call("GET", "/customers/nobody")

    assert (answer.status_code, answer.json()["code"]) == (404, "customer.unknown")


async def test_contacts_belong_to_key_customers(office: Office) -> None:
    answer = await put(office, make_entry("K5"), make_entry("K6", contacts=[LIAISON]))

    assert answer.status_code == 422
    assert fields_of(answer) == {"customers.1.contacts": "customer.contacts_need_key"}
    assert (await office.call("GET", "/customers/K5")).status_code == 404


async def test_contacts_stay_until_others_are_named(office: Office) -> None:
    await put(office, make_entry("K7", is_vip=True, contacts=[LIAISON, MANAGER]))
    await put(office, make_entry("K7", is_vip=True))
    assert len((await office.call("GET", "/customers/K7")).json()["contacts"]) == 2

    await put(office, make_entry("K7", is_vip=True, contacts=[MANAGER]))

    assert [c["name"] for c in (await office.call("GET", "/customers/K7")).json()["contacts"]] == ["王总"]


async def test_liaison_officer_and_leaders_are_told_of_a_key_customers_order(office: Office) -> None:
    await put(office, make_entry("K8", customer_class="important_1", contacts=[LIAISON, MANAGER]))

    order = await office.receive(customer=customer_of("K8"))

    sent = await told(office, order["id"])
    assert [(kind, name) for kind, name, _ in sent] == [
        ("important_customer", "李工"),
        ("important_customer", "王总"),
    ]
    assert all("K8" in text and order["order_no"] in text for _, _, text in sent)
    assert not any("13812345678" in text or "大洞村" in text for _, _, text in sent)


async def test_an_order_through_the_green_channel_is_told_to_the_leader_on_duty(office: Office) -> None:
    await put(office, make_entry("K9", is_green_channel=True))

    order = await office.receive(customer=customer_of("K9"))

    [(kind, _, text)] = await told(office, order["id"])
    assert kind == "green_channel"
    assert "绿色通道" in text


@pytest.mark.parametrize("special", [{"business_type": "misconduct_report"}, {"late": True}, {"plain": True}])
async def test_nobody_is_told_of_reports_late_entries_and_ordinary_customers(
    office: Office, special: dict[str, Any]
) -> None:
    number = f"K10-{next(iter(special))}"
    is_plain = "plain" in special
    await put(office, make_entry(number, is_vip=not is_plain, **({} if is_plain else {"contacts": [LIAISON]})))
    body: dict[str, Any] = {"customer": customer_of(number)}
    if "business_type" in special:
        body |= {"business_type": "misconduct_report", "outage_scope": None, "outage_started_at": None}
        body |= {"surroundings": None}
    if "late" in special:
        body |= {"late_entry": {"received_at": format_z(NOW - timedelta(minutes=1))}}

    order = await office.receive(**body)

    assert [kind for kind, name, _ in await told(office, order["id"]) if name == "李工"] == []


@pytest.mark.requirement("000-011")
async def test_those_who_need_care_are_visited_again_and_again(own_office: Office) -> None:
    office = own_office
    await put(office, make_entry("V1", special_need="lone_elderly"), make_entry("V2", special_need="vulnerable"))
    await put(office, make_entry("V3"))

    async def due() -> list[str]:
        answer = await office.call("GET", "/customers/visits-due")
        return [item["customer_no"] for item in answer.json()["items"]]

    assert await due() == ["V1", "V2"]
    for number in ("V1", "V2"):
        answer = await office.call("POST", f"/customers/{number}/visits", json={"findings": "一切正常"})
        assert answer.status_code == 201, answer.text
    assert await due() == []
    office.clock.moment += timedelta(days=31)
    assert await due() == ["V1"]
    policy = {"five_guarantees": 30, "lone_elderly": 60, "vulnerable": 20}
    await office.call("PUT", "/policies/visit_every", role=Role.OPS, json=policy)
    assert await due() == ["V2"]


async def test_visits_due_come_in_pages_with_contacts_masked(own_office: Office) -> None:
    entries = [make_entry(f"P{number}", special_need="five_guarantees") for number in range(5)]
    await put(own_office, *entries)

    seen: list[str] = []
    cursor = ""
    while True:
        answer = (await own_office.call("GET", f"/customers/visits-due?limit=2{cursor}")).json()
        seen += [item["customer_no"] for item in answer["items"]]
        assert all(item["phone"] == "138****5678" for item in answer["items"])
        if not answer["next_cursor"]:
            break
        cursor = f"&cursor={answer['next_cursor']}"

    assert seen == [f"P{number}" for number in range(5)]


async def test_a_visit_is_refused_in_the_future_and_for_nobody(office: Office) -> None:
    await put(office, make_entry("V9", special_need="vulnerable"))
    body = {"findings": "一切正常", "visited_at": format_z(NOW + timedelta(hours=1))}

    early = await office.call("POST", "/customers/V9/visits", json=body)
    nobody = await office.call("POST", "/customers/none/visits", json={"findings": "一切正常"})

    assert fields_of(early) == {"visited_at": "visit.time_in_future"}
    assert nobody.json()["code"] == "customer.unknown"


def test_the_weightiest_advice_comes_first() -> None:
    customer = Customer(
        customer_no="1",
        name="张伟",
        phone="1",
        address="1",
        customer_class=CustomerClass.IMPORTANT_SPECIAL,
        special_need=SpecialNeed.LONE_ELDERLY,
        is_vip=True,
        is_sensitive=True,
        is_green_channel=True,
    )

    assert [text.zh[:4] for text in find_advice(customer)] == ["绿色通道", "特级重要", "孤寡老人", "VIP ", "敏感客户"]
    assert customer.is_key
