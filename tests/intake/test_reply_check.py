"""The quality check at the desk: with an order and without, its rules, its words, and what it would have prevented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.handling.words import ProvinceReason
from services.intake.domain.reply_quality import RULES
from shared.auth import Role
from shared.clock import format_z
from shared.events.dispatch import RepairReplied
from tests.intake.drafts import CASE_1
from tests.intake.field import field_of
from tests.intake.handling import Matter, make_matter, take
from tests.intake.office import NOW, Office, fields_of

TYPED: dict[str, Any] = {
    "handling_time": format_z(NOW - timedelta(minutes=5)),
    "course": "调取现场录音，约谈当班抄表员并走访客户。",
    "basis": "依据《供电服务规范》及现场录音。",
    "plan": "对该员工考核，组织全所学习服务规范。",
    "customer_opinion": "客户对处理结果表示满意。",
    "handlers": ["李明"],
    "result_text": "经查，抄表员态度生硬，已批评教育并考核，上门向客户致歉。",
    "is_substantiated": True,
    "company_liable": True,
}
ALONE: dict[str, Any] = {
    "business_type": "complaint",
    "content": "客户投诉抄表员态度差，要求核实。",
    "attachments": [{"kind": "photo", "is_third_party": True, "size_bytes": 1000}],
    **TYPED,
}


async def check(office: Office, **overrides: Any) -> dict[str, Any]:
    answer = await office.call("POST", "/reply/check", json=ALONE | overrides)
    assert answer.status_code == 200, answer.text
    checked: dict[str, Any] = answer.json()
    return checked


def codes_of(checked: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in checked["findings"]]


async def test_a_reply_is_checked_while_it_is_typed_without_an_order(office: Office) -> None:
    good = await check(office)
    assert (good["is_submittable"], good["findings"]) == (True, [])
    assert (good["length"], good["longest"]) == (len(TYPED["result_text"]), 128)
    assert good["claims"] == [{"code": "conduct", "name": "conduct", "is_answered": True, "is_ticked": False}]
    assert good["word_lists"]["forbidden_phrases"] == "2014.1"

    bad = await check(office, result_text="已处理，客户已撤訴。", business_type="opinion")
    (phrase,) = [f for f in bad["findings"] if f["code"] == "forbidden_phrase"]
    assert not bad["is_submittable"]
    assert (phrase["severity"], phrase["field"], phrase["start"], phrase["end"]) == ("block", "result_text", 4, 9)
    assert "客户已撤訴" in phrase["message"]
    assert phrase["mend"]


async def test_the_check_speaks_the_language_of_whoever_types(office: Office) -> None:
    answer = await office.call("POST", "/reply/check", json=ALONE | {"plan": ""}, headers={"accept-language": "zh-CN"})

    assert [f["message"] for f in answer.json()["findings"]] == ["缺少“处置方案”"]


@pytest.mark.requirement("001-041", "001-064")
async def test_128_pass_and_129_are_refused_and_a_repair_has_no_limit(office: Office) -> None:
    text = TYPED["result_text"]
    text += "查" * (128 - len(text))

    assert codes_of(await check(office, result_text=text)) == []
    assert codes_of(await check(office, result_text=text + "。")) == ["over_length"]
    repair = await check(office, result_text=text + "。", business_type="fault_repair", is_substantiated=None)
    assert (codes_of(repair), repair["longest"]) == ([], None)


async def test_what_is_typed_is_checked_with_all_that_is_known_of_its_order(office: Office) -> None:
    matter = await take(office, content="客户投诉抄表员态度差，要求核实。")

    async def checked(**overrides: Any) -> dict[str, Any]:
        answer = await office.call("POST", f"/orders/{matter.id}/reply/check", json=TYPED | overrides)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    early = {"handling_time": format_z(office.clock.now() - timedelta(days=9))}
    assert {"no_contact", "missing_basis", "time_error"} <= set(codes_of(await checked(**early)))
    await matter.investigating()
    await matter.attach()
    office.clock.moment += timedelta(minutes=10)
    now = {"handling_time": format_z(office.clock.now())}
    assert codes_of(await checked(**now)) == []
    unreachable = await checked(**now, result_text="多次拨打客户电话无人接听，已核查录音并考核抄表员。")
    assert unreachable["is_submittable"], "the customer was reached before"
    off = await checked(
        **now, course="测量电压。", plan="巡视。", basis="台账。", result_text="电压合格，已更换变压器送电。"
    )
    assert "off_topic" in codes_of(off)


async def test_checking_changes_nothing(office: Office) -> None:
    matter = await take(office)
    before = await office.timeline(matter.id)

    await office.call("POST", f"/orders/{matter.id}/reply/check", json=TYPED)
    assert await office.timeline(matter.id) == before
    missing = await office.call("POST", f"/orders/{matter.id[:-4]}0000/reply/check", json=TYPED)
    assert (missing.status_code, missing.json()["code"]) == (404, "order.unknown")
    refused = await office.call("POST", "/reply/check", json={"business_type": "other", "course": 5, "typed": ""})
    assert set(fields_of(refused)) == {"business_type", "course", "typed"}


@pytest.mark.requirement("001-032", "001-054")
async def test_case_1_cannot_leave_the_city(office: Office) -> None:
    matter = await take(office, content="客户反映该处频繁停电，一直未解决，要求核实。")
    await matter.drafted(result_text=CASE_1, is_substantiated=False, company_liable=False, handlers=[])

    refused = await matter.press("city-review")
    assert refused.status_code == 409
    codes = {field["code"] for field in refused.json()["fields"]}
    assert {"reply.substantiation_mismatch", "reply.over_length", "reply.missing_part"} <= codes


@pytest.mark.requirement("001-046")
async def test_a_forbidden_phrase_is_refused_with_the_phrase_named(office: Office) -> None:
    matter = await take(office)
    await matter.drafted(result_text="经现场测量，电压偏低属实，将更换变压器，空调可启动，客户已撤诉。")

    refused = await matter.press("city-review")
    (named,) = refused.json()["fields"]
    assert (refused.status_code, named["field"], named["code"]) == (409, "result_text", "reply.forbidden_phrase")
    assert "客户已撤诉" in named["detail"]


@pytest.mark.requirement("001-042")
async def test_a_pointer_to_an_attachment_needs_the_attachment_beside_the_order(office: Office) -> None:
    matter = await (await take(office)).investigating()
    text = "经现场测量，电压偏低属实，台区负荷过重，将在十日内更换变压器，届时空调可启动。具体情况详见附件"
    written = await matter.write(result_text=text)

    assert "suffix_without_attachment" in codes_of(written)
    assert (await matter.press("city-review")).status_code == 409
    await matter.attach(kind=AttachmentKind.PROOF)
    assert (await matter.press("city-review")).status_code == 200


async def test_every_rule_is_told_with_its_sources(office: Office) -> None:
    answer = await office.call("GET", "/reply-quality/rules", role=Role.AUDITOR)

    rules = answer.json()["items"]
    assert len(rules) == len(RULES)
    assert all(rule["requirements"] and rule["message"] and rule["mend"] for rule in rules)
    assert set(ProvinceReason) <= {reason for rule in rules for reason in rule["prevents"]}


@pytest.mark.requirement("001-046", "004-010")
async def test_an_installation_changes_the_words_from_a_day_on(own_office: Office) -> None:
    office = own_office
    text = "抄表员态度生硬，已考核致歉，客戶放棄訴求；客户已撤诉。"
    body = {
        "version": "county-1",
        "add": {"forbidden_phrases": ["客户放弃诉求"]},
        "remove": {"forbidden_phrases": ["客户已撤诉"]},
        "valid_from": format_z(NOW + timedelta(hours=1)),
    }
    assert (await office.call("PUT", "/policies/reply_words", role=Role.AGENT, json=body)).status_code == 403
    answer = await office.call("PUT", "/policies/reply_words", role=Role.SUPERVISOR, json=body)
    assert answer.status_code == 200, answer.text

    async def found() -> list[str]:
        findings = (await check(office, result_text=text))["findings"]
        return [text[f["start"] : f["end"]] for f in findings if f["code"] == "forbidden_phrase"]

    assert await found() == ["客户已撤诉"]
    office.clock.moment += timedelta(hours=1)
    assert await found() == ["客戶放棄訴求"]
    lists = (await office.call("GET", "/reply-quality/words", role=Role.OPS)).json()["items"]
    assert {one["name"]: one["version"] for one in lists}["forbidden_phrases"] == "2014.1+county-1"


async def test_words_that_cannot_be_looked_for_are_named(office: Office) -> None:
    body = {"version": "1", "add": {"typos": ["错"], "forbidden_phrases": ["好的词"]}, "remove": {"typos": ["a b"]}}
    refused = await office.call("PUT", "/policies/reply_words", role=Role.OPS, json=body)

    assert fields_of(refused) == {"add.typos": "reply_words.bad_word", "remove.typos": "reply_words.bad_word"}


async def prevention(office: Office, role: Role = Role.SUPERVISOR) -> dict[str, Any]:
    period = {"from": format_z(NOW - timedelta(days=1)), "to": format_z(NOW + timedelta(days=30))}
    answer = await office.call("GET", "/reply-quality/prevention", role=role, params=period)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_the_report_tells_which_rules_would_have_prevented_which_returns(own_office: Office) -> None:
    """Two replies pass the rules of their day and come back; a word list of today would have seen one of them."""
    office = own_office
    vague, other = [await take(office, is_national=True) for _ in range(2)]
    said = "经现场测量，客户反映电压偏低属实，台区负荷重，十日内更换变压器，空调可启动，客户放弃追究。"
    await vague.submitted(result_text=said)
    await vague.judge("returned", reason_code="no_concrete_result", reason="未写明具体结果")
    await other.submitted()
    await other.judge("returned", reason_code="off_topic", reason="未针对诉求答复")

    before = await prevention(office)
    assert (before["returns"], before["with_reply"], before["prevented"]) == (2, 2, 0)

    body = {"version": "2", "add": {"forbidden_phrases": ["客户放弃追究"]}}
    await office.call("PUT", "/policies/reply_words", role=Role.OPS, json=body)
    after = await prevention(office)

    assert (after["prevented"], after["by_rule"]) == (1, [{"code": "forbidden_phrase", "prevented": 1, "warned": 0}])
    (example,) = after["examples"]
    assert (example["order_id"], example["rules"]) == (vague.id, ["forbidden_phrase"])
    assert (example["level"], example["reason_code"], example["round"]) == ("province", "no_concrete_result", 1)
    by_reason = {line["reason_code"]: line["prevented"] for line in after["by_reason"]}
    assert by_reason == {"no_concrete_result": 1, "off_topic": 0}


async def test_a_repair_that_came_back_is_looked_at_too(own_office: Office) -> None:
    office = own_office
    received = await office.receive_national()
    events = field_of(received["id"], start=office.clock.now())
    await office.hear(
        *(e.model_copy(update={"result": "尚未恢复。"}) if isinstance(e, RepairReplied) else e for e in events)
    )
    office.clock.moment += timedelta(hours=2)
    assert (await office.press(received["id"], "send")).status_code == 200
    office.clock.moment += timedelta(hours=1)
    back = {"reason_code": "not_fully_solved", "reason": "未恢复", "returned_at": format_z(office.clock.now())}
    answer = await office.push(f"/orders/{received['national_order_no']}/returns", back)
    assert answer.status_code == 200, answer.text

    told = await prevention(office, Role.AUDITOR)
    assert (told["returns"], told["with_reply"], told["prevented"], told["warned"]) == (1, 1, 0, 1)
    assert told["by_rule"] == [{"code": "not_fully_solved", "prevented": 0, "warned": 1}]


async def test_returns_of_misconduct_reports_are_counted_for_supervision_only(own_office: Office) -> None:
    office = own_office
    body = make_matter(is_national=True, business_type="misconduct_report", content="举报抄表员私收好处费")
    answer = await office.push("/orders", body)
    matter = Matter(office, answer.json(), role=Role.INSPECTOR)
    text = "经纪检调查，抄表员违规收取好处费属实，已清退并处罚考核，责成书面检查。"
    await matter.submitted(result_text=text)
    assert (await matter.judge("returned", reason_code="typo", reason="错别字")).status_code == 200

    assert (await prevention(office))["returns"] == 0
    assert (await prevention(office, Role.INSPECTOR))["returns"] == 1


async def test_a_period_must_be_one(office: Office) -> None:
    at = format_z(NOW)
    answer = await office.call("GET", "/reply-quality/prevention", role=Role.AUDITOR, params={"from": at, "to": at})
    assert fields_of(answer) == {"to": "period.invalid"}
