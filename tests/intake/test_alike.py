"""What may be about the same place is shown to a person who asks: found by likeness, linked by nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, text

from services.intake.domain.duplicates import Alike, Report, Resemblance, rank_alike
from services.intake.domain.duplicates.alike import MOST
from services.intake.domain.lifecycle import Status
from services.intake.repository import alike
from services.intake.tables import order_search
from shared.auth import STAFF, Role
from shared.clock import format_z
from shared.events.dispatch import CrewDeparted, OrderMerged, PowerRestored
from shared.glossary import BusinessType
from shared.ids import new_id
from tests.intake.office import NOW, Office, make_body
from tests.intake.test_duplicates import report
from tests.intake.test_search import feed

DAY = timedelta(hours=24)
phones = (f"139000{number:05d}" for number in range(100_000))


def caller(address: str) -> dict[str, str]:
    """Return somebody who called never before."""
    return {"name": "王芳", "phone": next(phones), "address": address}


async def from_(office: Office, address: str, **overrides: Any) -> str:
    """Let a new caller report an outage; return the order's id."""
    received: dict[str, Any] = await report(office, caller(address), **overrides)
    assert received["linked"] is None, "keys found it, so likeness has nothing to do"
    return str(received["id"])


async def alike_to(office: Office, order_id: str, *, role: Role = Role.DISPATCHER) -> list[dict[str, Any]]:
    answer = await office.call("GET", f"/orders/{order_id}/alike", role=role)
    assert (answer.status_code, answer.json().get("order_id")) == (200, order_id), answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def ids_alike_to(office: Office, order_id: str) -> list[str]:
    return [item["order_id"] for item in await alike_to(office, order_id)]


# -- whether two addresses may mean one place --------------------------------------------------------------------------


def seen(address: str, **changed: Any) -> Report:
    """Return an open repair as it is compared."""
    made = Report(
        id=new_id(),
        order_no="2026112300000001",
        business_type=BusinessType.FAULT_REPAIR,
        customer_no=None,
        phone=next(phones),
        address=address,
        transformer_area=None,
        feeder=None,
        outage_scope=None,
        received_at=NOW,
        main_status=changed.get("status", Status.RECEIVED),
    )
    return replace(made, **changed)


def ranked(address: str, *others: Report | str) -> list[Alike]:
    reports = [seen(other) if isinstance(other, str) else other for other in others]
    return rank_alike(seen(address), reports, within=DAY)


@pytest.mark.parametrize(
    ("said", "also_said", "resemblance", "score"),
    [
        ("上柳家村3号", "上柳村三号", "same_home", 86),
        ("界首镇石塘村三组十二号", "石塘村3组12号", "same_home", 100),
        ("石塘村3组5号", "石潭村3组5号", "other_name", 67),
        ("柳岸花园3幢2单元301", "柳安花园三幢二单元三〇一室", "other_name", 75),
        ("人民路12号", "人民东路12号", "other_name", 84),
        ("柳岸花园3幢2单元301", "柳岸花园3幢2单元", "same_unit", 100),
        ("石塘村", "石塘村3组5号", "little_said", 100),
    ],
)
def test_what_is_said_a_little_differently_may_mean_one_place(
    said: str, also_said: str, resemblance: str, score: int
) -> None:
    for one, other in ((said, also_said), (also_said, said)):
        (found,) = ranked(one, other)
        assert (found.resemblance, round(found.score)) == (resemblance, score)


@pytest.mark.parametrize(
    ("said", "also_said"),
    [
        ("上柳家村3号", "上柳村四号"),
        ("东石桥村5号", "西石桥村5号"),
        ("上柳村3组5号", "下柳村3组5号"),
        ("五一路18号", "八一路18号"),
        ("石塘村3组5号", "石潭村3组6号"),
        ("石塘村3组5号", "石潭村"),
        ("石塘村3组5号", "柳家村3组5号"),
        ("白渡镇石塘村5号", "松岗乡石塘村5号"),
        ("柳岸花园3幢2单元301", "柳岸花园3幢2单元302"),
        ("柳岸花园3幢2单元301", "柳安花园3幢2单元302"),
        ("3组5号", "3组5号"),
        ("家里", "石塘村3组5号"),
    ],
)
def test_another_number_another_name_or_no_name_is_not_asked_about(said: str, also_said: str) -> None:
    assert ranked(said, also_said) == []
    assert ranked(also_said, said) == []


@given(
    st.text(alphabet="东西石塘柳村路三35号组幢单元-", max_size=14), st.text(alphabet="东石塘村三35号组", max_size=10)
)
def test_whether_two_places_are_alike_does_not_depend_on_who_called_first(one: str, other: str) -> None:
    there, back = ranked(one, other), ranked(other, one)

    assert [(a.resemblance, a.score) for a in there] == [(a.resemblance, a.score) for a in back]


def test_the_nearest_stand_first_and_twenty_are_enough() -> None:
    far = ["石潭村3组5号", "石塘村", "石塘村3组", "石塘村三组五号"]
    order = [Resemblance.SAME_HOME, Resemblance.SAME_BUILDING, Resemblance.LITTLE_SAID, Resemblance.OTHER_NAME]

    assert [a.resemblance for a in ranked("石塘村3组5号", *far)] == order
    assert len(ranked("石塘村3组5号", *far * MOST)) == MOST
    assert {a.resemblance for a in ranked("石塘村3组5号", *far * MOST)} == {Resemblance.SAME_HOME}


@pytest.mark.parametrize(
    "changed",
    [
        {"status": Status.RESTORED},
        {"status": Status.FALSE_ALARM},
        {"power_restored_at": NOW},
        {"business_type": BusinessType.COMPLAINT},
        {"received_at": NOW - DAY - timedelta(seconds=1)},
        {"received_at": NOW + DAY + timedelta(seconds=1)},
    ],
)
def test_only_a_repair_that_waits_for_light_since_about_the_same_time_is_asked_about(changed: dict[str, Any]) -> None:
    assert ranked("石塘村3组5号", seen("石塘村3组5号", **changed)) == []
    assert ranked("石塘村3组5号", seen("石塘村3组5号", received_at=NOW - DAY)) != []


# -- over all orders there are -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_entered", [False, True], ids=["fresh", "entered in the index"])
async def test_a_misheard_name_is_proposed_with_its_score_and_nothing_personal_unmasked(
    alert_office: Office, is_entered: bool
) -> None:
    first = await from_(alert_office, "兴安县界首镇柳岸花园3幢2单元301")
    second = await from_(alert_office, "兴安县界首镇柳安花园三幢二单元301室")
    assert not is_entered or await feed(alert_office) == 2
    (item,) = await alike_to(alert_office, second)
    order = await alert_office.order(first)

    assert item == {
        "order_id": first,
        "order_no": order["order_no"],
        "status": "accepted",
        "received_at": order["received_at"],
        "nearness": "other_name",
        "score": 75,
        "address": "兴安县界首镇柳岸…",
        "has_crew_coming": False,
    }
    assert await ids_alike_to(alert_office, first) == [second]


async def test_numerals_in_chinese_or_in_digits_are_the_same(alert_office: Office) -> None:
    first = await from_(alert_office, "上柳家村3号")
    second = await from_(alert_office, "上柳村三号")
    (item,) = await alike_to(alert_office, second)

    assert (item["order_id"], item["nearness"], item["score"]) == (first, "same_home", 86)


async def test_another_house_or_the_village_in_the_west_is_not_proposed(alert_office: Office) -> None:
    order_id = await from_(alert_office, "东石桥村5号")
    for address in ("东石桥村6号", "西石桥村5号", "西石桥村五号"):
        await report(alert_office, caller(address))
    await feed(alert_office)

    assert await alike_to(alert_office, order_id) == []


async def test_whether_a_crew_is_coming_is_said(alert_office: Office) -> None:
    first = await from_(alert_office, "上柳家村3号")
    await alert_office.facts(first, last=CrewDeparted)
    second = await from_(alert_office, "上柳村3号")
    (item,) = await alike_to(alert_office, second)

    assert (item["status"], item["has_crew_coming"]) == ("en_route", True)


async def test_what_is_over_is_not_proposed(alert_office: Office) -> None:
    restored, cancelled = await from_(alert_office, "上柳家村3号"), await from_(alert_office, "上柳佳村3号")
    at = NOW + timedelta(minutes=1)
    back = PowerRestored(order_id=UUID(restored), incident_id=new_id(), power_restored_at=at, is_observed=True)
    await alert_office.hear(back)
    refused = await alert_office.press(cancelled, "cancel", Role.SUPERVISOR, reason="false_alarm")
    assert refused.status_code == 200, refused.text
    second = await from_(alert_office, "上柳村3号")
    await feed(alert_office)

    assert await alike_to(alert_office, second) == []


async def test_how_old_an_outage_may_be_is_the_policys_that_is_in_force(alert_office: Office) -> None:
    first = await from_(alert_office, "上柳家村3号")
    alert_office.clock.moment += timedelta(hours=7)
    second = await from_(alert_office, "上柳村3号")
    await feed(alert_office)
    assert await ids_alike_to(alert_office, second) == [first]
    assert await ids_alike_to(alert_office, first) == [second]

    policy = {"is_enabled": True, "same_outage_hours": 6, "valid_from": format_z(alert_office.clock.now())}
    answer = await alert_office.call("PUT", "/policies/duplicates", role=Role.OPS, json=policy)
    assert answer.status_code == 200, answer.text

    assert await ids_alike_to(alert_office, second) == []
    assert await ids_alike_to(alert_office, first) == []


@pytest.mark.parametrize("is_entered", [False, True], ids=["fresh", "entered in the index"])
async def test_what_is_linked_already_is_not_proposed_from_either_side(alert_office: Office, is_entered: bool) -> None:
    """A lead and two that follow it are not proposed for each other, a fourth is for each of them."""
    first = await from_(alert_office, "石塘村3号", transformer_area="TA-1")
    children = [
        await report(alert_office, caller(address), transformer_area="TA-1") for address in ("石潭村3号", "石唐村三号")
    ]
    assert [(c["duplicate_of"], c["linked"]["kind"]) for c in children] == [(first, "child")] * 2
    child, sibling = [c["id"] for c in children]
    other = await from_(alert_office, "石坛村3号", transformer_area="TA-2")
    if is_entered:
        await feed(alert_office)

    for one in (first, child, sibling):
        assert await ids_alike_to(alert_office, one) == [other]
    assert sorted(await ids_alike_to(alert_office, other)) == sorted([first, child, sibling])


async def test_what_dispatch_put_under_one_main_order_is_not_proposed(alert_office: Office) -> None:
    main, first, second = [await from_(alert_office, a) for a in ("柳荫路20号", "上柳家村3号", "上柳村3号")]
    assert await ids_alike_to(alert_office, second) == [first]
    for order_id in (first, second):
        merge = OrderMerged(order_id=UUID(order_id), incident_id=new_id(), main_order_id=UUID(main), merged_at=NOW)
        await alert_office.hear(merge)

    assert await ids_alike_to(alert_office, second) == []


async def test_of_many_that_wait_the_index_finds_what_no_list_of_the_newest_holds(
    alert_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "NEWEST", 3)
    first = await from_(alert_office, "兴安县界首镇柳岸花园3幢2单元301")
    for number in range(12):
        await report(alert_office, caller(f"柳荫路{number + 1}号"))
    second = await from_(alert_office, "柳安花园三幢二单元301室")
    assert await ids_alike_to(alert_office, second) == []
    await feed(alert_office)

    assert await ids_alike_to(alert_office, second) == [first]


async def test_of_many_in_one_village_those_that_share_the_numbers_are_compared(
    alert_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "NEWEST", 1)
    monkeypatch.setattr(alike, "INDEXED", 2)
    first = await from_(alert_office, "上柳家村51号")
    for number in range(12):
        await report(alert_office, caller(f"上柳家村{number + 60}号"))
    second = await from_(alert_office, "上柳村五十一号")
    await report(alert_office, caller("柳荫路1号"))
    await feed(alert_office)

    assert await ids_alike_to(alert_office, second) == [first]


async def test_what_was_entered_late_is_found_by_when_it_was_received(alert_office: Office) -> None:
    """Two spans of ids are looked through: around the entering, and around the receiving."""
    first = await from_(alert_office, "上柳家村3号")
    late = {"received_at": format_z(NOW - timedelta(minutes=1))}
    times = {"reported_at": format_z(NOW - timedelta(minutes=2)), "late_entry": late}
    entered = await alert_office.receive(customer=caller("上柳村3号"), **times)
    earlier = await _move_to_its_own_time(alert_office, first)

    assert await ids_alike_to(alert_office, entered["id"]) == [earlier]


async def _move_to_its_own_time(office: Office, order_id: str) -> str:
    """Give an order the id that it would have if the machine's clock had been the office's; return it."""
    moved = UUID(int=(int(NOW.timestamp() * 1000) << 80) | (UUID(order_id).int & ((1 << 80) - 1)))
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        await session.execute(text("UPDATE intake.orders SET id = :to WHERE id = :id"), {"to": moved, "id": order_id})
        await session.execute(delete(order_search))
    return str(moved)


# -- who may ask -------------------------------------------------------------------------------------------------------


async def test_all_staff_may_ask_and_crews_and_the_platform_may_not(office: Office) -> None:
    order_id = (await office.receive())["id"]
    answers = {role: await office.call("GET", f"/orders/{order_id}/alike", role=role) for role in STAFF | {Role.CREW}}

    assert {role for role, answer in answers.items() if answer.status_code == 200} == STAFF
    assert answers[Role.CREW].status_code == 403


async def test_a_misconduct_report_is_asked_about_by_supervision_alone_and_proposed_to_nobody(office: Office) -> None:
    body = make_body(
        business_type="misconduct_report",
        content="反映收费员索要好处费",
        customer=caller("兴安县界首镇上柳家村3号"),
        outage_scope=None,
        outage_started_at=None,
        surroundings=None,
    )
    hidden = (await office.call("POST", "/orders", json=body)).json()["id"]
    shown = (await office.receive(customer=caller("上柳村3号")))["id"]

    for role in STAFF - {Role.INSPECTOR}:
        refused = await office.call("GET", f"/orders/{hidden}/alike", role=role)
        assert (refused.status_code, refused.json()["code"]) == (404, "order.unknown")
    assert hidden not in [item["order_id"] for item in await alike_to(office, shown, role=Role.INSPECTOR)]
    assert shown in [item["order_id"] for item in await alike_to(office, hidden, role=Role.INSPECTOR)]


async def test_an_order_that_is_not_there_is_unknown(office: Office) -> None:
    answer = await office.call("GET", f"/orders/{new_id()}/alike", role=Role.DISPATCHER)

    assert (answer.status_code, answer.json()["code"]) == (404, "order.unknown")
