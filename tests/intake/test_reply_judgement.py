"""The quality check of replies: contact and time, facts against flags, and what the callback will hear."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import DraftAttachment, Severity
from tests.intake.drafts import NOW, PHOTO, STATEMENT, blocking, codes_of, make_case_1, make_draft, only, spanned

EARLY, LATE = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


def test_nobody_answers_a_customer_who_was_never_contacted() -> None:
    assert blocking(make_draft(contact_count=0, reached_count=0)) == {"no_contact"}


@pytest.mark.requirement("001-029")
def test_unreachable_is_no_reply_until_the_time_is_up() -> None:
    said = {
        "contact_count": 4,
        "reached_count": 0,
        "result_text": "1月9日多次拨打客户電話無人接聽，已核查录音并考核抄表员。",
    }

    early = make_draft(**said, due_at=EARLY)
    assert blocking(early) == {"not_contacted", "early_needs_statement"}
    assert spanned(early, only(early, "not_contacted")) == "多次拨打"
    late = make_draft(**said, due_at=LATE)
    assert (blocking(late), only(late, "not_contacted").severity) == (set(), Severity.WARN)
    assert blocking(make_draft(**(said | {"reached_count": 1}), due_at=EARLY)) == set()


def test_the_customers_own_claim_told_again_is_not_taken_for_the_answer() -> None:
    again = "客户反映多次拨打电话无人接听、问题未处理，不满意。经查录音，已考核抄表员并上门致歉。"

    assert blocking(make_draft(result_text=again, due_at=EARLY)) == set()
    assert codes_of(make_draft(course="客户不清楚收费标准，抄表员未解释，已补充告知。")) == set()


@pytest.mark.requirement("001-029")
def test_a_customer_who_never_answered_is_tried_until_the_time_is_up() -> None:
    said = {"contact_count": 2, "reached_count": 0}

    assert blocking(make_draft(**said, due_at=EARLY)) == {"not_contacted"}
    assert blocking(make_draft(**said, due_at=LATE)) == set()


@pytest.mark.requirement("001-031")
def test_what_is_not_handled_before_its_time_needs_a_statement() -> None:
    text = "抄表员已停岗，客户诉求暂未处理，待核实录音后答复。"
    early = make_draft(result_text=text, due_at=EARLY)

    assert blocking(early) == {"early_needs_statement"}
    assert spanned(early, only(early, "early_needs_statement")) == "暂未处理"
    assert blocking(make_draft(result_text=text, due_at=EARLY, attachments=(PHOTO, STATEMENT))) == set()
    assert blocking(make_draft(result_text=text, due_at=LATE)) == set()


@pytest.mark.requirement("001-030", "001-053")
def test_nobody_is_liable_for_what_did_not_happen() -> None:
    said = {"result_text": "经调阅录音，抄表员用语规范，客户所述不属实，已向客户解释说明。"}

    assert blocking(make_draft(**said, is_substantiated=False, company_liable=True)) == {"liability_mismatch"}
    assert blocking(make_draft(**said, is_substantiated=False, company_liable=False)) == set()


@pytest.mark.requirement("001-030")
def test_words_of_blame_contradict_the_flag_of_liability() -> None:
    blamed = make_draft(result_text="经查，抄表员态度生硬，责任在我公司，已考核并致歉。", company_liable=False)
    cleared = make_draft(result_text="经查，抄表员并无不当，非供电公司责任，已向客户解释，情况属实。")
    doubtful = make_case_1(is_substantiated=True, company_liable=True, handlers=("王强",))

    assert blocking(blamed) == {"liability_mismatch"}
    assert blocking(cleared) == {"liability_mismatch"}
    assert only(doubtful, "liability_mismatch").severity is Severity.WARN


@pytest.mark.requirement("001-032")
@pytest.mark.parametrize(
    ("text", "is_mismatch"),
    [
        ("经查，1月8日该线路跳闸，已抢修送电。", True),
        ("经查，该台区1月8日未发生停电，系统显示供电无异常。", False),
        ("客户反映频繁停电，多次跳闸。经查询系统，该户供电无异常，已答复客户。", False),
        ("客户反映停电。经查因雷击断线，已抢修送电。", True),
        ("经核实客户反映情况属实，已安排改造。", True),
        ("經核實客戶反映情況不屬實，已向客戶解釋說明。", False),
        ("是否属实有待核查，已向客户解释说明相关规定。", False),
        ("已向客户解释，今后加强巡视避免停电。", False),
        ("經查，線路接地，已搶修送電。", True),
        ("故障抢修班到场检查，供电无异常，已答复客户。", False),
        ("故障抢修班到场检查，发现断线，已修复。", True),
    ],
)
def test_an_event_counts_as_confirmed_only_where_the_text_tells_of_it_as_found(text: str, is_mismatch: bool) -> None:
    draft = make_case_1(result_text=text, course="1月9日走访客户。", plan="加强巡视。", basis="调度日志。")

    assert ("substantiation_mismatch" in blocking(draft)) == is_mismatch


@pytest.mark.requirement("001-032")
def test_text_that_denies_the_event_contradicts_the_flag_too() -> None:
    draft = make_draft(result_text="经调阅录音，客户反映情况不属实，已向客户解释说明并致歉。", company_liable=False)

    assert spanned(draft, only(draft, "substantiation_mismatch")) == "不属实"


@pytest.mark.requirement("001-033", "001-045")
@pytest.mark.parametrize("is_substantiated", [True, False])
def test_a_judgement_either_way_needs_its_basis_in_an_attachment(is_substantiated: bool) -> None:
    said = {
        "is_substantiated": is_substantiated,
        "company_liable": False,
        "result_text": "经核查录音，已向客户解释说明。",
    }

    assert "missing_basis" in blocking(make_draft(**said, attachments=()))
    own = DraftAttachment(kind=AttachmentKind.PHOTO, size=1000)
    assert only(make_draft(**said, attachments=(own,)), "third_party_advised").severity is Severity.HINT
    assert codes_of(make_draft(**said, attachments=(own, PHOTO))) == set()


def test_what_the_callback_will_hear_is_warned_of() -> None:
    discontent = make_draft(customer_opinion="客户仍不满意，要求赔偿。")
    contradicted = make_draft(customer_opinion="客户不认可。", result_text="已批评教育抄表员并致歉，客户表示满意。")
    unsolved = make_draft(result_text="经查，低电压原因为负荷重，尚未解决，已列入改造。", content="客户反映电压低。")

    assert only(discontent, "customer_dissatisfied").severity is Severity.WARN
    assert only(contradicted, "opinion_contradicted").is_blocking
    assert only(unsolved, "not_fully_solved").severity is Severity.WARN
