"""Finding orders by everything that a desk filters on, at once and later, and as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.intake.domain.search import Wanted as Looked
from services.intake.domain.search import can_be_found, fold, narrow, words_of
from services.intake.domain.spreadsheet import line_of
from services.intake.handlers import promises, search
from services.intake.repository import search as searching
from services.intake.tables import order_search, orders, promises_at_risk
from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import CrewAssigned
from shared.events.sla import PromiseBreached, PromiseKept, PromiseRevised, PromiseWarned
from shared.ids import new_id
from tests.intake.office import NOW, Office, fields_of, make_body
from tests.intake.test_upstream import push_return

PEOPLE = {
    "zhang": {"name": "张伟", "phone": "13812345678", "address": "兴安县界首镇大洞村 12 号", "no": "C0001024"},
    "li": {"name": "李娜", "phone": "+86 139-0000-4321", "address": "灵川县大圩镇熊村 3 号"},
}


async def feed(office: Office) -> int:
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await search.feed_search(session, now=office.clock.now())


async def found(office: Office, **filters: str) -> list[str]:
    """Return the ids that a supervisor's search finds, newest first."""
    return await found_by(Role.SUPERVISOR, office, **filters)


async def found_by(role: Role, office: Office, **filters: str) -> list[str]:
    """Return the ids that somebody's search finds, newest first."""
    answer = await office.call("GET", "/orders", role=role, params=filters)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


# -- what an order is found by -----------------------------------------------------------------------------------------


def test_width_case_and_blanks_do_not_matter() -> None:
    assert fold("ＡＢ 路 １２ 号\n") == "ab路12号"


def test_words_are_what_blanks_separate() -> None:
    assert words_of(" 大洞村  12 号 ") == ("大洞村", "12", "号")
    assert can_be_found(("号",)) is False


def test_a_word_asks_for_its_pairs_and_of_digits_and_letters_for_its_threes() -> None:
    assert narrow(Looked(words=("村12ab",))) == ["12", "12a", "2a", "2ab", "ab", "村1"]
    assert narrow(Looked(phone="345678", customer_no="C1")) == ["customer_no:C1", "phone:5678"]


async def test_whatever_stands_in_an_order_leads_to_it(own_office: Office) -> None:
    """Random texts, entered by the server; random parts of them, asked for as a desk asks."""
    chance = Random(5)
    contents = [
        "".join(chance.choices("停电了村12号ab ，Ａ９", k=chance.randint(2, 40))).strip() or "没电" for _ in range(60)
    ]
    orders_of = {(await own_office.receive(content=said, customer=PEOPLE["zhang"]))["id"]: said for said in contents}
    assert await feed(own_office) == len(contents)
    rows = {str(row.order_id): row for row in await own_office.rows(select(order_search))}

    for order_id, content in orders_of.items():
        begin = chance.randrange(max(len(content) - 1, 1))
        words = words_of(content[begin : chance.randint(begin + 2, len(content) + 2)])
        assert set(narrow(Looked(words=words))) <= set(rows[order_id].terms)
        assert all(word in rows[order_id].document for word in words)


async def test_no_word_is_found_across_two_fields(own_office: Office) -> None:
    await own_office.receive(content="没电", surroundings="张灯")
    await feed(own_office)
    (row,) = await own_office.rows(select(order_search))

    assert "没电" in row.terms
    assert set(narrow(Looked(words=("电张",)))) - set(row.terms)


# -- by what stands on the order ---------------------------------------------------------------------------------------


@pytest.fixture
async def three(own_office: Office) -> tuple[Office, list[str]]:
    """An office with three orders, oldest first: Zhang's repair, Li's complaint, an order of the platform."""
    office = own_office
    repair = await office.receive(
        customer=PEOPLE["zhang"], station_code="S01", transformer_area="T-7", area_type="county_town"
    )
    complaint = await office.receive(
        business_type="complaint",
        content="抄表员态度不好，多次拨打电话无人接听",
        customer=PEOPLE["li"],
        station_code="S02",
        area_type="rural",
    )
    national = await office.receive_national(customer=PEOPLE["zhang"] | {"phone": "13700005678"})
    await office.facts(national["id"], CrewAssigned)
    return office, [repair["id"], complaint["id"], national["id"]]


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({}, [2, 1, 0]),
    ({"status": "accepted"}, [1, 0]),
    ({"status": "dispatched"}, [2]),
    ({"status": "archived"}, []),
    ({"area_type": "county_town"}, [0]),
    ({"area_type": "rural"}, [1]),
    ({"area_type": "urban", "status": "accepted"}, []),
    ({"business_type": "complaint"}, [1]),
    ({"channel": "national_platform"}, [2]),
    ({"station_code": "S01"}, [0]),
    ({"transformer_area": "T-7"}, [0]),
    ({"station_code": "S01", "business_type": "complaint"}, []),
    ({"customer_no": "C0001024"}, [2, 0]),
    ({"phone": "5678"}, [2, 0]),
    ({"phone": "138 1234 5678"}, [0]),
    ({"phone": "13900004321"}, [1]),
    ({"text": "大洞村12号"}, [2, 0]),
    ({"text": "态度"}, [1]),
    ({"text": "抄表员 李娜"}, [1]),
    ({"text": "态度 停电"}, []),
    ({"text": "100%"}, []),
    ({"text": "整个单元", "channel": "national_platform"}, [2]),
    ({"first_responder": "upstream"}, [2]),
    ({"accountable": "test-agent", "business_type": "complaint"}, [1]),
    ({"is_open": "true"}, [2, 1, 0]),
    ({"is_open": "false"}, []),
    ({"is_returned": "true"}, []),
    ({"is_returned": "false", "business_type": "complaint"}, [1]),
    ({"recorded_to": format_z(NOW - timedelta(days=400))}, []),
]


@pytest.mark.parametrize("is_fed", [False, True])
async def test_all_filters_that_are_given_must_fit(
    three: tuple[Office, list[str]], monkeypatch: pytest.MonkeyPatch, is_fed: bool
) -> None:
    """The same is found among fresh orders that stand in no index of words, and by the index alone."""
    office, ids = three
    if is_fed:
        assert await feed(office) == 3
        monkeypatch.setattr(searching, "LOOKED_THROUGH", (1,))
    for filters, places in FILTERS:
        assert await found(office, **filters) == [ids[place] for place in places], filters


async def test_an_order_is_found_by_either_number(three: tuple[Office, list[str]]) -> None:
    office, ids = three
    order = await office.order(ids[2])

    assert await found(office, number=order["order_no"]) == [ids[2]]
    assert await found(office, number=order["national_order_no"]) == [ids[2]]
    assert await found(office, number="0000000000000000") == []


async def test_returned_orders_are_found(own_office: Office) -> None:
    order = await own_office.sent(is_national=True)
    await own_office.receive()
    assert (await push_return(own_office, order)).status_code == 200

    assert await found(own_office, is_returned="true") == [order["id"]]
    assert order["id"] not in await found(own_office, is_returned="false")


@pytest.mark.parametrize("is_fed", [False, True])
async def test_orders_are_found_by_the_unit_that_they_were_handed_to(
    three: tuple[Office, list[str]], monkeypatch: pytest.MonkeyPatch, is_fed: bool
) -> None:
    office, ids = three
    if is_fed:
        assert await feed(office) == 3
        monkeypatch.setattr(searching, "LOOKED_THROUGH", (1,))
    assert await found(office, unit="D-MARKETING") == []
    forwarded = await office.press(ids[1], "forward", role=Role.SUPERVISOR, unit="D-MARKETING")
    assert forwarded.status_code == 200, forwarded.text

    assert await found(office, unit="D-MARKETING") == [ids[1]]
    assert await found(office, unit="D-MARKETING", text="态度") == [ids[1]]
    assert await found(office, unit="D-MARKETING", business_type="opinion") == []
    await office.press(ids[1], "transfers", role=Role.AGENT, to_unit="D-OPS", reason="需现场核实")
    assert (await found(office, unit="D-MARKETING"), await found(office, unit="D-OPS")) == ([], [ids[1]])


async def test_pages_hold_every_order_once(own_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the looking through leaves over, the gathering finds, and nothing twice."""
    ids = [(await own_office.receive(station_code=f"S{number % 2}"))["id"] for number in range(9)]
    await feed(own_office)
    for looked_through in ((1,), (3,), (1, 2), (2_000, 20_000)):
        monkeypatch.setattr(searching, "LOOKED_THROUGH", looked_through)
        seen: list[str] = []
        cursor: str | None = None
        while True:
            query = {"text": "停电", "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await own_office.call("GET", "/orders", params=query)).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "bad"),
    [
        ({"text": "电"}, {"text": "search.word_too_short"}),
        ({"phone": "12"}, {"phone": "search.phone_too_short"}),
        ({"text": " ", "phone": "x"}, {"text": "search.word_too_short", "phone": "search.phone_too_short"}),
        ({"recorded_from": format_z(NOW), "recorded_to": format_z(NOW)}, {"recorded_to": "search.times_out_of_order"}),
    ],
)
async def test_a_filter_that_could_find_nothing_is_named(
    office: Office, query: dict[str, str], bad: dict[str, str]
) -> None:
    answer = await office.call("GET", "/orders", params=query)

    assert answer.status_code == 422
    assert fields_of(answer) == bad


@pytest.mark.parametrize("query", [{"stauts": "accepted"}, {"status": "lost"}, {"limit": "201"}, {"cursor": "x"}])
async def test_a_filter_that_does_not_exist_is_refused_and_not_ignored(office: Office, query: dict[str, str]) -> None:
    answer = await office.call("GET", "/orders", params=query)

    assert answer.status_code == 422
    assert list(fields_of(answer)) == list(query)


async def test_lists_show_no_contact_in_full(three: tuple[Office, list[str]]) -> None:
    office, _ = three
    text = (await office.call("GET", "/orders", params={"phone": "13812345678"})).text

    assert not [secret for secret in PEOPLE["zhang"].values() if secret in text and not secret.startswith("C")]


# -- misconduct reports ------------------------------------------------------------------------------------------------


async def test_misconduct_reports_are_found_by_supervision_only(own_office: Office) -> None:
    body = make_body(business_type="misconduct_report", content="举报收费员吃拿卡要", customer=PEOPLE["li"])
    taken = (await own_office.call("POST", "/orders", json=body)).json()
    report = taken["id"]
    await feed(own_office)

    queries: list[dict[str, str]] = [{}, {"text": "吃拿卡要"}, {"phone": "4321"}]
    for query in queries:
        assert await found(own_office, **query) == []
        assert await found_by(Role.INSPECTOR, own_office, **query) == [report]
    files = {role: await own_office.call("GET", "/orders.csv", role=role) for role in (Role.SUPERVISOR, Role.INSPECTOR)}
    assert [role for role, file in files.items() if taken["order_no"] in file.text] == [Role.INSPECTOR]
    assert files[Role.SUPERVISOR].status_code == 200
    for path in (f"/orders/{report}", f"/orders/{report}/timeline"):
        assert (await own_office.call("GET", path, role=Role.AGENT)).status_code == 404
        assert (await own_office.call("GET", path, role=Role.INSPECTOR)).status_code == 200
    seen = await own_office.press(report, "contact-views", role=Role.AGENT, reason="想知道是谁")
    assert seen.status_code == 404


# -- the steady task ---------------------------------------------------------------------------------------------------


async def test_what_was_committed_late_is_entered_by_the_sweep(own_office: Office) -> None:
    old, fresh = (await own_office.receive())["id"], (await own_office.receive())["id"]
    await feed(own_office)
    async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
        older = UUID(int=UUID(old).int - (10 * 60_000 << 80))
        for table, key in ((order_search, "order_id"), (orders, "id")):
            await session.execute(table.update().where(table.c[key] == UUID(old)).values({key: older}))
        await session.execute(order_search.delete().where(order_search.c.order_id == older))
    assert await feed(own_office) == 0

    async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
        assert await search.sweep_search(session, now=own_office.clock.now()) == 1
    entered = await own_office.rows(select(order_search.c.order_id).order_by(order_search.c.order_id))
    assert [row.order_id for row in entered] == [older, UUID(fresh)]


# -- promises at risk --------------------------------------------------------------------------------------------------


def of_promise(order_id: str, clock_id: UUID) -> dict[str, Any]:
    due_at = NOW + timedelta(minutes=5)
    return {"order_id": order_id, "clock_id": clock_id, "promise": "repair_arrival", "layer": "INT", "due_at": due_at}


async def test_what_is_due_soon_and_what_is_over_is_found_until_it_was_kept(own_office: Office) -> None:
    soon, over = (await own_office.receive())["id"], (await own_office.receive())["id"]
    await own_office.receive()
    first, second = of_promise(soon, new_id()), of_promise(over, new_id())
    warned = [PromiseWarned(**said, warned_at=NOW) for said in (first, second)]
    await own_office.hear(*warned, PromiseBreached(**second, breached_at=NOW))

    assert await found(own_office, due="soon") == [soon]
    assert await found(own_office, due="over") == [over]
    shown = await own_office.order(over)
    assert (shown["due_at"], shown["is_overdue"]) == (format_z(second["due_at"]), True)
    assert "due_at" not in shown["times"]

    revised = PromiseRevised(**second, verdict="met", stopped_at=NOW)
    await own_office.hear(PromiseKept(**first, stopped_at=NOW), revised)
    assert await found(own_office, due="soon") == await found(own_office, due="over") == []


async def test_an_order_that_is_over_is_due_no_more(own_office: Office) -> None:
    order = await own_office.sent(is_national=True)
    await own_office.hear(PromiseBreached(**of_promise(order["id"], new_id()), breached_at=NOW))
    assert await found(own_office, due="over") == [order["id"]]

    said = {"called_back_at": format_z(own_office.clock.now()), "satisfaction": "satisfied"}
    callback = said | {"power_restored_confirmed": True}
    answer = await own_office.push(f"/orders/{order['national_order_no']}/callbacks", callback)
    assert answer.json()["status"] == "archived"
    assert await found(own_office, due="over") == []
    async with own_office.runtime.database.transaction(now=NOW) as session:
        assert await promises.forget_ended_promises(session, now=NOW) == 1
    assert (await own_office.rows(select(func.count()).select_from(promises_at_risk)))[0][0] == 0


# -- as a file ---------------------------------------------------------------------------------------------------------


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_a_file_holds_everything_that_fits(own_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.api.search.EXPORTED_AT_ONCE", 2)
    received = [await own_office.receive() for _ in range(5)]
    await own_office.receive(business_type="complaint")
    answer = await own_office.call("GET", "/orders.csv", role=Role.AUDITOR, params={"business_type": "fault_repair"})
    lines = read_csv(answer.content)

    assert answer.headers["content-type"].startswith("text/csv")
    assert lines[0][:2] == ["Order number", "National order number"]
    assert [line[0].strip() for line in lines[1:]] == [order["order_no"] for order in received[::-1]]
    assert "13812345678" not in answer.text
    assert "张伟" not in answer.text


async def test_a_file_speaks_chinese_to_those_who_do(own_office: Office) -> None:
    answer = await own_office.call("GET", "/orders.csv", role=Role.SUPERVISOR, headers={"accept-language": "zh-CN"})

    assert read_csv(answer.content)[0][:3] == ["工单编号", "国网工单编号", "业务类型"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_nothing_in_a_file_is_taken_for_a_formula(text: str) -> None:
    assert next(csv.reader(io.StringIO(line_of([text]), newline="")))[0] == f"'{text}"


def test_a_number_of_an_order_stays_whole() -> None:
    assert line_of(["2026112300000017", 3, None, True, NOW]) == "\t2026112300000017,3,,1,2026-11-23 10:00:00\r\n"
