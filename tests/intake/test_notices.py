"""Outage notices: early enough or marked, published with evidence, called through, and known when somebody calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import select

from services.intake.domain.notices.lead import NoticeLead
from services.intake.domain.notices.words import NoticeKind
from services.intake.tables import notifications
from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, fields_of
from tests.intake.test_customers import make_entry, put

STARTS = datetime(2026, 12, 8, 0, 0, tzinfo=UTC)
"""The 8th, 08:00 in Shanghai."""


def make_notice(**changed: Any) -> dict[str, Any]:
    body = {
        "kind": "planned",
        "reason": "10 kV 春风线线路改造",
        "area_text": "春风路沿线",
        "starts_at": format_z(STARTS),
        "ends_at": format_z(STARTS + timedelta(hours=9)),
        "feeders": ["F-01"],
    }
    return {name: value for name, value in (body | changed).items() if value is not None}


def make_call(number: str, at: datetime, outcome: str = "answered") -> dict[str, Any]:
    content = "已告知停电时间及原因"
    return {"customer_no": number, "called_at": format_z(at), "outcome": outcome, "line": "春风线", "content": content}


class Notice:
    """One notice, and what people do with it."""

    def __init__(self, office: Office, drawn_up: dict[str, Any]) -> None:
        self.office, self.id = office, drawn_up["id"]

    async def do(self, what: str, *, role: Role = Role.DISPATCHER, **body: Any) -> httpx.Response:
        return await self.office.call("POST", f"/notices/{self.id}/{what}", role=role, json=body)

    async def publish(self, at: datetime, **more: Any) -> httpx.Response:
        said = {"channel": "radio", "published_at": format_z(at), "evidence": "播出单 2026-1183"}
        return await self.do("publications", **(said | more))

    async def call(self, *calls: dict[str, Any]) -> httpx.Response:
        return await self.do("calls", role=Role.AGENT, calls=list(calls))

    async def file(self) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.office.call("GET", f"/notices/{self.id}")).json()
        return shown


async def draw_up(office: Office, *, role: Role = Role.DISPATCHER, **changed: Any) -> Notice:
    answer = await office.call("POST", "/notices", role=role, json=make_notice(**changed))
    assert answer.status_code == 201, answer.text
    return Notice(office, answer.json())


@pytest.mark.requirement("000-004")
async def test_e18_published_at_the_limit_is_early_enough_and_a_minute_later_is_late(office: Office) -> None:
    limit = STARTS - timedelta(days=7)
    in_time, late = await draw_up(office), await draw_up(office)
    office.clock.moment = limit + timedelta(hours=1)

    assert (await in_time.publish(limit)).json()["is_late"] is False
    refused = await late.publish(limit + timedelta(minutes=1))
    marked = await late.publish(limit + timedelta(minutes=1), late_reason="上级紧急安排")

    assert (refused.status_code, refused.json()["code"]) == (422, "notice.too_late")
    assert fields_of(refused) == {"published_at": "notice.too_late"}
    assert (marked.json()["is_late"], marked.json()["late_reason"]) == (True, "上级紧急安排")


@pytest.mark.requirement("000-004")
@pytest.mark.parametrize(("minutes", "status"), [(0, 201), (1, 422)])
async def test_a_temporary_outage_is_public_twenty_four_hours_before(office: Office, minutes: int, status: int) -> None:
    starts = NOW + timedelta(hours=30)
    notice = await draw_up(
        office, kind="temporary", starts_at=format_z(starts), ends_at=format_z(starts + timedelta(hours=1))
    )
    office.clock.moment = NOW + timedelta(hours=7)

    answer = await notice.publish(starts - timedelta(hours=24) + timedelta(minutes=minutes))

    assert answer.status_code == status, answer.text


async def test_whole_days_are_a_policy(own_office: Office) -> None:
    policy = {"planned_hours": 168, "temporary_hours": 24, "is_whole_days": True}
    answer = await own_office.call("PUT", "/policies/outage_notice_lead", role=Role.SUPERVISOR, json=policy)
    assert answer.status_code == 200, answer.text
    notice = await draw_up(own_office)
    own_office.clock.moment = STARTS - timedelta(days=7)

    # The 1st, 08:00: seven times 24 hours, and not seven whole days.
    assert (await notice.publish(STARTS - timedelta(days=7))).json()["code"] == "notice.too_late"
    assert (await notice.publish(STARTS - timedelta(days=7, hours=8))).status_code == 201


@pytest.mark.parametrize(
    ("kind", "is_whole_days", "publish_by"),
    [
        (NoticeKind.PLANNED, False, STARTS - timedelta(days=7)),
        (NoticeKind.PLANNED, True, datetime(2026, 11, 30, 16, 0, tzinfo=UTC)),
        (NoticeKind.TEMPORARY, True, STARTS - timedelta(hours=24)),
        (NoticeKind.URGENT_DEFECT, False, None),
        (NoticeKind.LOAD_SHEDDING, False, None),
    ],
)
def test_each_kind_has_its_lead(kind: NoticeKind, is_whole_days: bool, publish_by: datetime | None) -> None:
    assert NoticeLead(is_whole_days=is_whole_days).publish_by(kind, STARTS) == publish_by


@pytest.mark.requirement("000-005")
async def test_every_publication_is_kept_with_channel_time_and_evidence(office: Office) -> None:
    notice = await draw_up(office)
    early = NOW - timedelta(hours=2)
    await notice.publish(NOW, channel="television", evidence="县电视台字幕")
    await notice.publish(early)

    shown = await notice.file()

    assert [(p["channel"], p["published_at"]) for p in shown["publications"]] == [
        ("radio", format_z(early)),
        ("television", format_z(NOW)),
    ]
    assert shown["published_at"] == format_z(early)
    assert shown["publications"][0]["published_by"] == "test-dispatcher"
    names = [name for name, _ in await office.told(notice.id)]
    assert names == ["outage-notice-published"]


async def test_evidence_and_call_records_are_written_once(own_office: Office) -> None:
    notice = await draw_up(own_office)
    await notice.publish(NOW)
    connection = await asyncpg.connect(own_office.url)
    try:
        with pytest.raises(asyncpg.PostgresError, match="written once"):
            await connection.execute("UPDATE intake.outage_notice_publications SET evidence = 'x'")
    finally:
        await connection.close()


@pytest.mark.requirement("004-023", "000-007")
async def test_a_temporary_outage_reaches_dual_supply_and_important_customers_one_by_one(office: Office) -> None:
    feeder = "F-temporary"
    await put(
        office,
        make_entry("T1", feeder=feeder, customer_class="important_2"),
        make_entry("T2", feeder=feeder, is_dual_supply=True),
        make_entry("T3", feeder=feeder),
        make_entry("T4", feeder="F-elsewhere", is_dual_supply=True),
    )
    starts = NOW + timedelta(hours=30)
    ends = starts + timedelta(hours=1)
    notice = await draw_up(
        office, kind="temporary", starts_at=format_z(starts), ends_at=format_z(ends), feeders=[feeder]
    )
    await notice.publish(NOW)
    office.clock.moment = starts - timedelta(hours=20)
    await notice.call(make_call("T1", NOW, "no_answer"), make_call("T1", NOW + timedelta(minutes=5)))
    early = await notice.do("switch-off")
    await notice.call(make_call("T2", starts - timedelta(hours=23)))

    shown = await notice.file()

    assert [(r["customer_no"], r["why"], r["is_late"]) for r in shown["recipients"]] == [
        ("T1", "important", False),
        ("T2", "dual_supply", True),
    ]
    assert [call["outcome"] for call in shown["recipients"][0]["calls"]] == ["no_answer", "answered"]
    assert shown["recipients"][0]["calls"][0]["caller"] == "test-agent"
    assert (early.status_code, early.json()["code"], early.json()["context"]["customers"]) == (
        409,
        "notice.customers_untold",
        "T2",
    )
    office.clock.moment = starts
    assert (await notice.do("switch-off")).json()["status"] == "switched_off"


async def test_whoever_stands_behind_a_key_customer_is_told_of_its_outage_once(office: Office) -> None:
    liaison = {"role": "liaison_officer", "name": "李工", "phone": "13900000001"}
    await put(office, make_entry("T9", feeder="F-told", customer_class="important_1", contacts=[liaison]))
    notice = await draw_up(office, feeders=["F-told"])
    await notice.publish(NOW)
    await notice.publish(NOW, channel="web")

    query = select(notifications.c.name, notifications.c.text).where(notifications.c.kind == "outage_notice")
    [row] = [row for row in await office.rows(query) if "T9" in row.text]
    assert row.name == "李工"
    assert "12-08 08:00 至 12-08 17:00 春风路沿线停电" in row.text


@pytest.mark.requirement("000-006", "000-007")
async def test_before_an_urgent_defect_is_cleared_every_customer_is_called(office: Office) -> None:
    area = "TA-urgent"
    await put(office, *(make_entry(f"U{number}", transformer_area=area) for number in range(3)))
    ends = format_z(NOW + timedelta(hours=2))
    notice = await draw_up(
        office, kind="urgent_defect", starts_at=format_z(NOW), ends_at=ends, feeders=[], transformer_areas=[area]
    )

    refused = await notice.do("switch-off")
    assert refused.json()["context"] == {"count": 3, "customers": "U0、U1、U2"}
    await notice.call(make_call("U0", NOW), make_call("U1", NOW, "no_answer"))
    assert (await notice.do("switch-off")).json()["context"]["customers"] == "U2"
    mine = await notice.do("switch-off", deviation_reason="导线即将断落，危及行人")
    await notice.call(make_call("U2", NOW))

    assert (mine.status_code, mine.json()["code"]) == (403, "notice.deviation_needs_supervisor")
    assert (await notice.do("switch-off")).status_code == 200
    told = dict(await office.told(notice.id))
    assert told["outage-switched-off"]["untold"] == 0


async def test_a_supervisor_may_switch_off_before_everybody_was_called_and_that_stays_on_record(office: Office) -> None:
    await put(office, make_entry("U9", transformer_area="TA-danger"))
    notice = await draw_up(
        office,
        kind="urgent_defect",
        starts_at=format_z(NOW),
        ends_at=format_z(NOW + timedelta(hours=2)),
        feeders=[],
        transformer_areas=["TA-danger"],
    )

    answer = await notice.do("switch-off", role=Role.SUPERVISOR, deviation_reason="导线即将断落，危及行人")

    assert answer.json()["deviation_reason"] == "导线即将断落，危及行人"
    assert dict(await office.told(notice.id))["outage-switched-off"]["untold"] == 1


@pytest.mark.requirement("000-006")
async def test_an_urgent_defect_with_nobody_on_its_list_takes_a_supervisor_to_switch_off(
    office: Office,
) -> None:
    ends = format_z(NOW + timedelta(hours=2))
    area = "TA-mistyped"
    notice = await draw_up(
        office, kind="urgent_defect", starts_at=format_z(NOW), ends_at=ends, feeders=[], transformer_areas=[area]
    )

    refused = await notice.do("switch-off")
    said = await notice.do("switch-off", role=Role.SUPERVISOR, deviation_reason="该线路仅供路灯，无登记客户")

    assert (refused.status_code, refused.json()["code"]) == (409, "notice.list_empty")
    assert (said.status_code, said.json()["deviation_reason"]) == (200, "该线路仅供路灯，无登记客户")


@pytest.mark.requirement("000-007")
async def test_a_call_before_the_notice_was_drawn_up_told_nobody_of_it(office: Office) -> None:
    await put(office, make_entry("B1", transformer_area="TA-before"))
    notice = await draw_up(office, kind="urgent_defect", feeders=[], transformer_areas=["TA-before"])

    early = await notice.call(make_call("B1", NOW - timedelta(hours=1)))

    assert (early.status_code, fields_of(early)) == (422, {"calls.0.called_at": "notice.call_before_notice"})
    assert (await notice.call(make_call("B1", NOW))).status_code == 201


async def test_calls_to_somebody_else_or_to_come_are_all_named_and_none_is_kept(office: Office) -> None:
    await put(office, make_entry("L1", transformer_area="TA-list"))
    notice = await draw_up(office, kind="urgent_defect", feeders=[], transformer_areas=["TA-list"])

    answer = await notice.call(
        make_call("L1", NOW), make_call("stranger", NOW), make_call("L1", NOW + timedelta(hours=1))
    )

    assert fields_of(answer) == {
        "calls.1.customer_no": "notice.not_on_list",
        "calls.2.called_at": "notice.time_in_future",
    }
    assert (await notice.file())["recipients"][0]["calls"] == []


async def test_everything_that_is_wrong_with_a_notice_is_named_at_once(office: Office) -> None:
    body = make_notice(
        starts_at=format_z(NOW - timedelta(days=1)), ends_at=format_z(NOW - timedelta(days=2)), feeders=[]
    )
    answer = await office.call("POST", "/notices", role=Role.DISPATCHER, json=body | {"sequence_table": "T"})

    assert fields_of(answer) == {
        "starts_at": "notice.in_the_past",
        "ends_at": "notice.times_out_of_order",
        "feeders": "notice.scope_missing",
        "sequence_table": "notice.sequence_table",
    }


async def test_nothing_is_switched_off_that_was_not_published_or_was_withdrawn(office: Office) -> None:
    notice, other = await draw_up(office), await draw_up(office)
    assert (await notice.do("switch-off")).json()["code"] == "notice.unpublished"

    await other.publish(NOW)
    withdrawn = await other.do("withdraw", reason="天气原因改期")

    assert withdrawn.json()["status"] == "withdrawn"
    assert (await other.do("switch-off")).json()["code"] == "notice.transition_illegal"
    assert await office.told_names(other.id) == ["outage-notice-published", "outage-notice-withdrawn"]


async def test_nothing_is_switched_off_earlier_than_it_was_announced(office: Office) -> None:
    notice = await draw_up(office)
    await notice.publish(NOW)
    office.clock.moment = STARTS - timedelta(minutes=1)
    early = await notice.do("switch-off")
    office.clock.moment = STARTS
    on_time = await notice.do("switch-off")
    before = await notice.do("switch-on", switched_on_at=format_z(STARTS - timedelta(minutes=1)))
    to_come = await notice.do("switch-on", switched_on_at=format_z(STARTS + timedelta(hours=1)))

    assert (early.status_code, early.json()["code"]) == (409, "notice.too_early")
    assert on_time.status_code == 200
    assert before.json()["code"] == "notice.times_out_of_order"
    assert fields_of(to_come) == {"switched_on_at": "notice.time_in_future"}


async def test_the_same_key_draws_up_one_notice(office: Office) -> None:
    headers = {"idempotency-key": "one notice"}
    answers = [
        await office.call("POST", "/notices", role=Role.DISPATCHER, json=make_notice(), headers=headers)
        for _ in range(2)
    ]

    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_notices_come_in_pages_the_latest_first(own_office: Office) -> None:
    for day in range(5):
        starts = STARTS + timedelta(days=day)
        await draw_up(own_office, starts_at=format_z(starts), ends_at=format_z(starts + timedelta(hours=1)))

    first = (await own_office.call("GET", "/notices?limit=3&kind=planned")).json()
    second = (await own_office.call("GET", f"/notices?limit=3&kind=planned&cursor={first['next_cursor']}")).json()

    starts_at = [item["starts_at"] for item in first["items"] + second["items"]]
    assert starts_at == sorted(starts_at, reverse=True)
    assert (len(starts_at), second["next_cursor"]) == (5, None)
    assert first["items"][0]["feeders"] == ["F-01"]
