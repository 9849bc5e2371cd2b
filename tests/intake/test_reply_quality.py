"""The quality check of replies: what it finds, where it points, what it lets pass."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import (
    DraftAttachment,
    Severity,
    find_claims,
    find_findings,
)
from shared.files import LARGEST
from shared.glossary import BusinessType
from tests.intake.drafts import (
    CASE_1,
    NOW,
    PHOTO,
    blocking,
    codes_of,
    make_case_1,
    make_draft,
    only,
    spanned,
)

OTHERS = [kind for kind in BusinessType if kind is not BusinessType.FAULT_REPAIR]


def test_a_good_reply_is_not_objected_to() -> None:
    assert find_findings(make_draft()) == []


@pytest.mark.requirement("001-032", "001-053", "001-054")
def test_case_1_confirms_in_words_what_its_flag_denies() -> None:
    draft = make_case_1()
    finding = only(draft, "substantiation_mismatch")

    assert finding.is_blocking
    assert finding.field == "result_text"
    assert spanned(draft, finding) in CASE_1
    assert "company_liable" in finding.mend.en
    assert "substantiation_mismatch" not in codes_of(make_case_1(is_substantiated=True, company_liable=False))


@pytest.mark.requirement("001-041", "001-042")
def test_case_1_has_175_code_points_and_is_told_which_are_too_many() -> None:
    draft = make_case_1()
    finding = only(draft, "over_length")

    assert len(CASE_1) == 175
    assert (finding.start, finding.end) == (128, 175)
    assert "175" in finding.message.zh
    assert "具体情况详见附件" in finding.mend.zh


@pytest.mark.requirement("001-027", "001-040", "001-052")
def test_case_1_answers_one_outage_where_many_were_claimed_and_names_no_handler() -> None:
    draft = make_case_1()

    assert "频繁停电" in only(draft, "off_topic").message.zh
    assert only(draft, "missing_part").field == "handlers"
    assert {c.code: c.is_answered for c in find_claims(draft)} == {
        "outage": True,
        "frequent_outage": False,
        "slow_handling": True,
    }


@pytest.mark.requirement("001-027")
def test_a_claim_that_the_reviewer_ticks_is_answered() -> None:
    assert "off_topic" not in codes_of(make_case_1(ticked_claims=frozenset({"frequent_outage"})))


def test_case_1_mended_passes() -> None:
    text = (
        "经查，近两个月该线路停电2次，12月14日因用户自维变压器避雷器击穿致A相接地，已隔离送电并督促用户更换，"
        "加强特巡治理。已致歉，用户理解。具体情况详见附件"
    )
    mended = make_case_1(is_substantiated=True, handlers=("王强",), result_text=text)

    assert find_findings(mended) == []


@pytest.mark.requirement("001-026", "001-041")
@pytest.mark.parametrize("business_type", OTHERS)
def test_128_code_points_pass_and_129_do_not(business_type: BusinessType) -> None:
    text = "已更换电表并致歉，" + "查" * 118 + "。"

    assert len(text) == 128
    assert "over_length" not in codes_of(make_draft(business_type=business_type, result_text=f" \n{text}\r\n"))
    assert only(make_draft(business_type=business_type, result_text=text[:-1] + "𠮷。"), "over_length").is_blocking


@pytest.mark.requirement("001-064")
def test_a_repair_reply_may_be_as_long_as_it_likes() -> None:
    repair = make_draft(business_type=BusinessType.FAULT_REPAIR, result_text="已更换熔断器，恢复送电。" + "查" * 400)

    assert "over_length" not in codes_of(repair)


@pytest.mark.requirement("001-041")
def test_line_breaks_are_not_counted_and_spans_skip_them() -> None:
    text = "已更换电表并致歉，\r\n" + "查" * 118 + "\n。！"
    finding = only(make_draft(result_text=text), "over_length")

    assert (finding.start, finding.end) == (len(text) - 1, len(text))
    assert "129" in finding.message.zh


@pytest.mark.requirement("001-042")
@pytest.mark.parametrize("suffix", ["具体情况详见附件", "具體情況詳見附件", "具体情况详见附件。"])
def test_the_pointer_to_the_attachment_ends_the_text_and_has_its_attachment(suffix: str) -> None:
    said = "已更换电表并向客户致歉，现场校验合格，"

    assert find_findings(make_draft(result_text=said + suffix)) == []
    without = make_draft(result_text=said + suffix, attachments=())
    assert only(without, "suffix_without_attachment").is_blocking
    assert only(make_draft(result_text=f"{suffix}，{said}已告知客户"), "suffix_misplaced").start == 0
    assert only(make_draft(result_text=f"{said}{suffix}，{suffix}"), "suffix_misplaced").start == len(said)


@pytest.mark.requirement("001-043")
def test_an_attachment_may_have_5_mib_and_not_a_byte_more() -> None:
    def of(size: int) -> DraftAttachment:
        return DraftAttachment(kind=AttachmentKind.PHOTO, is_third_party=True, size=size)

    assert find_findings(make_draft(attachments=(of(LARGEST),))) == []
    finding = only(make_draft(attachments=(PHOTO, of(LARGEST + 1))), "attachment_too_large")
    assert (finding.field, finding.start) == ("attachments", 1)


REFUSED = [
    pytest.param(*pair, marks=pytest.mark.requirement(row))
    for row, pair in {
        "001-046": ("客户已撤诉", "客戶已撤訴"),
        "001-047": ("客户要求撤诉", "客戶要求撤訴"),
        "001-048": ("客户取消举报", "客戶取消舉報"),
        "001-049": ("客户举报不实", "客戶舉報不實"),
    }.items()
]


@pytest.mark.parametrize(("simplified", "traditional"), REFUSED)
def test_a_simple_reply_is_refused_however_it_is_written(simplified: str, traditional: str) -> None:
    for phrase in (
        simplified,
        traditional,
        simplified[:2] + traditional[2:],
        " ".join(simplified),
        "\n".join(traditional),
    ):
        draft = make_draft(result_text=f"经联系，{phrase}，已办结归档处理完毕。")
        finding = only(draft, "forbidden_phrase")
        assert finding.is_blocking
        assert spanned(draft, finding) == phrase
        assert "".join(phrase.split()) in finding.message.zh


@pytest.mark.requirement("001-050")
@pytest.mark.parametrize("word", ["无理取闹", "無理取鬧", "刁民", "胡攪蠻纏", "贪得无厌"])
def test_derogatory_words_are_refused_in_every_field(word: str) -> None:
    for field in ("course", "basis", "plan", "result_text", "customer_opinion"):
        draft = make_draft(**{field: f"客户{word}，满意，已致歉并更换电表。"})
        assert (only(draft, "derogatory_word").field, spanned(draft, only(draft, "derogatory_word"))) == (field, word)


@pytest.mark.requirement("001-051")
def test_the_same_said_in_neutral_words_passes_and_the_writer_is_told_to() -> None:
    blamed = make_draft(course="客户胡搅蛮缠，经解释后认可。")
    neutral = make_draft(course="客户多次表达诉求，经耐心解释后认可，感谢客户的理解。")

    assert "中性或褒义" in only(blamed, "derogatory_word").mend.zh
    assert blocking(neutral) == set()


@pytest.mark.requirement("004-010")
@pytest.mark.parametrize("phrase", ["不知道", "不清楚", "请问别人去", "不属我管"])
def test_what_nobody_says_to_a_customer_is_refused(phrase: str) -> None:
    assert only(make_draft(course=f"答复客户：{phrase}。"), "unwelcome_phrase").is_blocking


@pytest.mark.requirement("001-025", "001-065")
def test_slips_are_warned_of_with_what_is_meant() -> None:
    draft = make_draft(course="1月9日放障处理，客户己经知悉。", plan="加强巡视，，按月检查。")
    slips = [f for f in find_findings(draft) if f.code == "typo"]

    assert [spanned(draft, slip) for slip in slips] == ["放障", "己经"]
    assert "放障 → 故障" in slips[0].message.zh
    assert only(draft, "punctuation").field == "plan"
    assert blocking(draft) == set()


@pytest.mark.requirement("001-039", "001-040")
@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("handling_time", None),
        ("course", " \n"),
        ("basis", ""),
        ("plan", ""),
        ("customer_opinion", ""),
        ("handlers", (" ",)),
        ("result_text", ""),
        ("is_substantiated", None),
        ("company_liable", None),
    ],
)
def test_each_part_that_is_missing_is_named(field: str, empty: object) -> None:
    assert only(make_draft(**{field: empty}), "missing_part").field == field


def test_a_repair_needs_no_plan_and_an_opinion_no_judgement() -> None:
    wants_nothing = {"is_substantiated": None, "company_liable": None, "attachments": ()}

    assert find_findings(make_draft(business_type=BusinessType.OPINION, **wants_nothing)) == []
    repair = make_draft(business_type=BusinessType.FAULT_REPAIR, basis="", plan="", handlers=(), **wants_nothing)
    assert find_findings(repair) == []


@pytest.mark.requirement("001-022")
def test_an_opinion_in_another_field_is_pointed_at() -> None:
    draft = make_draft(customer_opinion="", result_text="已批评教育并考核抄表员，上门致歉，用戶表示滿意。")
    finding = only(draft, "opinion_not_in_field")

    assert finding.is_blocking
    assert spanned(draft, finding) == "滿意"
    assert "missing_part" not in codes_of(draft)


@pytest.mark.requirement("001-024")
def test_swapped_fields_are_seen() -> None:
    result, opinion = "客户对服务表示满意，无异议，非常认可。", "抄表员态度生硬，已批评教育并考核。"
    draft = make_draft(result_text=result, customer_opinion=opinion)

    found = [f for f in find_findings(draft) if f.code == "fields_swapped"]
    assert {f.field for f in found} == {"result_text", "customer_opinion"}
    assert all(f.is_blocking for f in found)


@pytest.mark.requirement("001-023")
def test_pasting_is_seen_within_a_field_and_from_field_to_field() -> None:
    once = "抄表员与客户沟通时态度生硬，已批评教育。"
    draft = make_draft(result_text=once + "上门致歉。" + once)
    finding = only(draft, "duplicate_paste")

    assert finding.is_blocking
    assert (spanned(draft, finding), finding.start) == (once[:-1], len(once) + 5)
    assert only(make_draft(result_text="已批评教育抄表员并上门致歉" * 3), "duplicate_paste").start == 13
    assert only(make_draft(result_text=f"{once}\n{once}"), "duplicate_paste").is_blocking
    copied = only(make_draft(course=once, result_text=once), "duplicate_paste")
    assert (copied.severity, copied.field) == (Severity.WARN, "result_text")


def test_the_reply_that_was_returned_is_not_sent_again() -> None:
    text = make_draft().result_text
    resent = make_draft(previous_texts=("别的回复。", text.replace("，", " ，")))

    assert only(resent, "duplicate_paste").is_blocking
    assert find_findings(make_draft(previous_texts=("别的回复。",))) == []


@pytest.mark.requirement("001-028")
@pytest.mark.parametrize("text", ["已处理。", "已联系客户，问题已解决，客户满意。", "按規定處理，已妥善處理。", "处理"])
def test_a_result_that_says_nothing_is_refused(text: str) -> None:
    assert "no_concrete_result" in blocking(make_draft(result_text=text))


@pytest.mark.requirement("001-021")
@pytest.mark.parametrize(
    "overrides",
    [
        {"handling_time": NOW + timedelta(minutes=2)},
        {"handling_time": NOW - timedelta(days=4)},
        {"course": "2月30日约谈当班抄表员并走访客户。"},
        {"result_text": "经查，1月9日25:10抄表员与客户争执，已批评教育并考核。"},
    ],
)
def test_times_that_cannot_be_are_refused(overrides: dict[str, object]) -> None:
    assert blocking(make_draft(**overrides)) == {"time_error"}


@pytest.mark.requirement("001-021")
def test_a_day_to_come_is_doubted_where_the_past_is_told_and_not_in_the_plan() -> None:
    draft = make_draft(course="2014年1月11日约谈当班抄表员。", plan="2014年3月1日前完成培训，2014年1月10日已布置。")
    finding = only(draft, "time_error")

    assert (finding.severity, spanned(draft, finding)) == (Severity.WARN, "2014年1月11日")


def test_every_finding_points_into_its_field_and_tells_how_to_mend_it_in_both_languages() -> None:
    draft = make_case_1(course="放障，，不知道。", customer_opinion="无理取闹，不满意。")
    found = find_findings(draft)

    assert [f.severity for f in found] == sorted((f.severity for f in found), key=list(Severity).index)
    for finding in found:
        assert "{it}" not in finding.message.zh + finding.message.en + finding.mend.zh + finding.mend.en
        assert finding.mend.zh
        assert finding.mend.en


texts = st.text(
    alphabet=st.sampled_from("客户已撤诉訴戶屬实實不满意停电故障经查 \n，。1月32日25:61具体情况详见附件无理取闹"),
    max_size=200,
)


@settings(max_examples=200, deadline=None)
@given(result=texts, course=texts, opinion=texts, content=texts, flag=st.sampled_from([None, True, False]))
def test_whatever_is_typed_the_check_answers_with_places_that_exist(
    result: str, course: str, opinion: str, content: str, flag: bool | None
) -> None:
    said = {"result_text": result, "course": course, "customer_opinion": opinion, "content": content}
    draft = make_draft(**said, is_substantiated=flag, company_liable=flag)

    for finding in find_findings(draft):
        value = getattr(draft, finding.field, "")
        assert 0 <= finding.start <= finding.end <= (len(value) if isinstance(value, str | tuple) else 0)


@settings(max_examples=100, deadline=None)
@given(
    before=texts,
    after=texts,
    blanks=st.lists(st.sampled_from(["", " ", "\u3000", "\u200b", "\n"]), min_size=4, max_size=4),
)
def test_no_text_around_and_no_blank_inside_hides_a_forbidden_phrase(
    before: str, after: str, blanks: list[str]
) -> None:
    phrase = "客" + "".join(blank + character for blank, character in zip(blanks, "户已撤诉", strict=True))
    draft = make_draft(result_text=f"{before}。{phrase}。{after}")

    found = [f for f in find_findings(draft) if f.code == "forbidden_phrase"]
    assert phrase in [spanned(draft, finding) for finding in found]
