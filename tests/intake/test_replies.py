"""The reply and our own review of it, over HTTP: what it must say, what stands against it (001-039, 001-053)."""

from __future__ import annotations

import pytest

from tests.intake.handling import CONTACT, take
from tests.intake.office import Office


@pytest.mark.requirement("001-039", "001-040")
async def test_every_version_of_a_reply_is_kept_with_its_six_parts(office: Office) -> None:
    matter = await (await take(office)).investigating()
    first = await matter.write(handlers=None, conclusion=None)
    await matter.write()
    read = await matter.handling()

    assert {gap["field"] for gap in first["gaps"]} == {"conclusion"}
    assert "handlers" in {finding["field"] for finding in first["findings"]}
    assert [reply["handlers"] for reply in read["replies"]] == [[], ["李明"]]
    for part in ("handling_time", "course", "basis", "plan", "customer_opinion", "result_text"):
        assert read["replies"][1][part]
    assert (read["is_substantiated"], read["company_liable"]) == (None, None), "a draft does not count yet"


@pytest.mark.requirement("001-053", "001-030")
async def test_a_reply_that_blames_the_company_for_what_did_not_happen_is_not_reviewed(office: Office) -> None:
    matter = await (await take(office)).investigating()
    kept = await matter.write(is_substantiated=False, company_liable=True)
    answer = await matter.press("city-review")

    assert "company_liable" in {finding["field"] for finding in kept["findings"]}
    assert (answer.status_code, answer.json()["code"]) == (409, "reply.not_fit")
    named = [field["code"] for field in answer.json()["fields"] if field["field"] == "company_liable"]
    assert named == ["reply.liability_mismatch"], "named once"


@pytest.mark.requirement("001-053")
async def test_a_flag_that_is_missing_is_named_once(office: Office) -> None:
    matter = await (await take(office)).investigating()
    await matter.write(is_substantiated=None, company_liable=None)
    fields = (await matter.press("city-review")).json()["fields"]
    flags = [(f["field"], f["code"]) for f in fields if f["field"] in {"is_substantiated", "company_liable"}]

    assert sorted(flags) == [("company_liable", "reply.missing_part"), ("is_substantiated", "reply.missing_part")]


@pytest.mark.requirement("003-036")
async def test_a_suggestion_against_the_rules_is_explained_and_the_rule_recorded(office: Office) -> None:
    matter = await (await take(office, business_type="suggestion", content="建议由电工代存电费现金")).investigating()
    said = {"is_substantiated": None, "company_liable": None, "outcome": "explained_not_acceptable"}
    bare = await matter.write(**said)
    await matter.write(**said, rule_cited="供电营业规则第八十二条")

    assert {gap["code"] for gap in bare["gaps"]} == {"reply.rule_missing"}
    kept = (await matter.handling())["replies"][-1]
    assert (kept["outcome"], kept["rule_cited"]) == ("explained_not_acceptable", "供电营业规则第八十二条")


@pytest.mark.requirement("003-007")
async def test_a_wish_that_cannot_be_met_is_explained_with_the_rule(office: Office) -> None:
    matter = await (await take(office)).investigating()
    bare = await matter.write(outcome="explained_not_acceptable")
    good = await matter.write(outcome="explained_not_acceptable", rule_cited="供电营业规则第五十七条")

    assert {gap["code"] for gap in bare["gaps"]} == {"reply.rule_missing"}
    assert good["gaps"] == []


@pytest.mark.requirement("003-034")
async def test_a_suggestion_is_adopted_or_not_with_the_reason(office: Office) -> None:
    matter = await (await take(office, business_type="suggestion", content="建议在营业厅增设饮水机")).investigating()
    plain = {"is_substantiated": None, "company_liable": None}
    settled = await matter.write(**plain)
    refused = await matter.write(**plain, outcome="not_adopted")
    good = await matter.write(**plain, outcome="not_adopted", outcome_reason="场地不足，已说明")

    assert [{gap["code"] for gap in kept["gaps"]} for kept in (settled, refused, good)] == [
        {"reply.outcome_of_other_type"},
        {"reply.part_missing"},
        set(),
    ]


@pytest.mark.requirement("004-015")
async def test_an_important_complaint_is_not_answered_by_phone(office: Office) -> None:
    matter = await take(office)
    await matter.go("forward", unit="界首供电所", is_important=True)
    await matter.go("contacts", **CONTACT)
    await matter.go("investigate")
    by_phone = await matter.write(answer_mode="phone")
    at_the_door = await matter.write(answer_mode="visit")

    assert {gap["code"] for gap in by_phone["gaps"]} == {"reply.important_by_phone"}
    assert at_the_door["gaps"] == []


@pytest.mark.requirement("004-018")
async def test_compensation_and_the_person_liable_belong_to_a_reply_that_blames_the_company(office: Office) -> None:
    matter = await (await take(office)).investigating()
    paid = {"compensation_fen": 50_000, "liable_person": "王强"}
    wrong = await matter.write(**paid, company_liable=False)
    await matter.write(**paid)

    assert {gap["field"] for gap in wrong["gaps"]} == set(paid)
    assert (await matter.handling())["replies"][1]["compensation_fen"] == 50_000


async def test_a_reply_is_not_reviewed_before_it_is_written(office: Office) -> None:
    matter = await (await take(office)).investigating()
    answer = await matter.press("city-review")

    assert (answer.status_code, answer.json()["code"]) == (409, "order.transition_illegal")


async def test_the_citys_own_review_can_be_taken_back_and_counts_in_no_rate(office: Office) -> None:
    matter = await (await take(office, is_national=True)).reviewed()
    back = await matter.go("rework", reason="请补充处理人员")

    assert (back["status"], back["round"]) == ("reply_drafted", 1)
    shown = await office.order(matter.id)
    assert (shown["national_return_count"], shown["province_return_count"]) == (0, 0)
    read = await matter.handling()
    assert [line["verdict"] for line in read["reviews"]] == ["approved", "returned"]
    assert (read["is_substantiated"], read["company_liable"]) == (True, True)


async def test_a_customer_whom_our_own_probe_found_dissatisfied_needs_a_note(office: Office) -> None:
    matter = await (await take(office)).drafted()
    bare = await matter.press("city-review", probed_satisfaction="dissatisfied")
    noted = await matter.go("city-review", probed_satisfaction="dissatisfied", note="客户要求超出规定，已解释")

    assert (bare.status_code, bare.json()["code"]) == (409, "reply.probe_dissatisfied")
    assert noted["status"] == "city_reviewed"
