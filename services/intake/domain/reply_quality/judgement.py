"""Rules of logic: substantiated, liable, and the basis of both (001-030 to 001-033, 001-053; decision 13; C1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.intake.domain.reply_quality.confirmation import find_confirmation, find_denial
from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.page import Page, Place
from services.intake.domain.reply_quality.rule import Rule
from services.intake.domain.reply_quality.scanner import Hit
from shared.errors import Text


def find_confirmed_but_denied(page: Page) -> Iterator[Place]:
    """Point at text that confirms the event while the flag says that it is not substantiated (C1, decision 13)."""
    if page.draft.is_substantiated is False and (confirmation := find_confirmation(page)):
        yield page.place(confirmation)


def find_denied_but_confirmed(page: Page) -> Iterator[Place]:
    """Point at text that denies the event while the flag says that it is substantiated."""
    if page.draft.is_substantiated and (denial := find_denial(page)) and find_confirmation(page) is None:
        yield page.place(denial)


def find_liable_for_nothing(page: Page) -> Iterator[Place]:
    """Name the one pair of flags that cannot be: liable for what did not happen (decision 13)."""
    if page.draft.company_liable and page.draft.is_substantiated is False:
        yield Place(ReplyField.COMPANY_LIABLE)


def find_blame_against_flag(page: Page) -> Iterator[Place]:
    """Point at text that says outright who is to blame, while the flag says otherwise."""
    liable = page.draft.company_liable
    if liable is None:
        return
    cleared = page.hits(ListName.COMPANY_CLEARED)
    blamed = [hit for hit in page.hits(ListName.COMPANY_BLAMED) if not _lies_in(hit, cleared)]
    yield from (page.place(hit) for hit in (cleared if liable else blamed)[:1])


def find_cause_against_flag(page: Page) -> Iterator[Place]:
    """Point at a cause that makes the flag of liability unlikely, if nothing speaks for it."""
    liable = page.draft.company_liable
    if liable is None:
        return
    cleared = page.hits(ListName.COMPANY_CLEARED)
    ours = [hit for hit in page.hits(ListName.COMPANY_FAULT) if _is_told(page, hit) and not _lies_in(hit, cleared)]
    theirs = page.hits(ListName.CUSTOMER_CAUSE)
    if liable and theirs and not ours:
        yield page.place(theirs[0])
    if not liable and ours and not theirs:
        yield page.place(ours[0])


def find_no_basis(page: Page) -> Iterator[Place]:
    """Name a judgement, either way, that no file supports (001-033)."""
    if page.draft.is_substantiated is not None and not page.draft.attachments:
        yield Place(ReplyField.ATTACHMENTS)


def find_no_third_party(page: Page) -> Iterator[Place]:
    """Name a judgement that rests on our own material only (001-045)."""
    files = page.draft.attachments
    if page.draft.is_substantiated is not None and files and not any(file.is_third_party for file in files):
        yield Place(ReplyField.ATTACHMENTS)


def _is_told(page: Page, hit: Hit) -> bool:
    return not page.any_in_clause(hit, page.hits_of(ListName.CLAIM_REPORT, ListName.HYPOTHETICAL, ListName.DENIES))


def _lies_in(hit: Hit, others: Sequence[Hit]) -> bool:
    return any(other.start <= hit.start and hit.end <= other.end for other in others)


RULES = (
    Rule(
        code="substantiation_mismatch",
        severity=Severity.BLOCK,
        rows=("001-032", "001-053", "001-054"),
        prevents=("substantiation_mismatch", "untrue", "inaccurate"),
        find=find_confirmed_but_denied,
        message=Text(
            "处理结果（“{it}”）确认了客户反映的情况，与“不属实”不符",
            "the text (“{it}”) confirms what the customer told, the flag says that it is not so",
        ),
        mend=Text(
            "“是否属实”改为属实；公司无责任时责任标志仍填否", "set is_substantiated; company_liable may stay false"
        ),
    ),
    Rule(
        code="substantiation_mismatch",
        severity=Severity.BLOCK,
        rows=("001-032", "001-053"),
        prevents=("substantiation_mismatch", "untrue", "inaccurate"),
        find=find_denied_but_confirmed,
        needs=frozenset({ListName.DENIES}),
        message=Text(
            "处理结果（“{it}”）否认客户反映的情况，与“属实”不符", "the text (“{it}”) denies what the flag confirms"
        ),
        mend=Text("核对“是否属实”，或写明属实的事实", "check is_substantiated, or tell the facts that confirm it"),
    ),
    Rule(
        code="liability_mismatch",
        severity=Severity.BLOCK,
        rows=("001-030", "001-053"),
        prevents=("liability_mismatch", "inaccurate"),
        find=find_liable_for_nothing,
        message=Text("不属实却判定公司有责任", "the company cannot be liable for what did not happen"),
        mend=Text("改正“是否属实”或责任标志", "mend is_substantiated or company_liable"),
    ),
    Rule(
        code="liability_mismatch",
        severity=Severity.BLOCK,
        rows=("001-030",),
        prevents=("liability_mismatch", "inaccurate"),
        find=find_blame_against_flag,
        needs=frozenset({ListName.COMPANY_BLAMED, ListName.COMPANY_CLEARED}),
        message=Text("“{it}”与责任标志不符", "“{it}” contradicts the flag of liability"),
        mend=Text("改正责任标志或文字", "mend company_liable or the text"),
    ),
    Rule(
        code="liability_mismatch",
        severity=Severity.WARN,
        rows=("001-030",),
        prevents=("liability_mismatch", "inaccurate"),
        find=find_cause_against_flag,
        needs=frozenset({ListName.COMPANY_FAULT, ListName.CUSTOMER_CAUSE}),
        message=Text("“{it}”与责任标志的逻辑关系存疑", "“{it}” makes the flag of liability doubtful"),
        mend=Text("核对责任标志，或写明判定依据", "check company_liable, or tell what it rests on"),
    ),
    Rule(
        code="missing_basis",
        severity=Severity.BLOCK,
        rows=("001-033", "001-044"),
        prevents=("missing_basis",),
        find=find_no_basis,
        message=Text(
            "判定属实或不属实，均须在附件中提供依据", "a judgement either way needs its basis in an attachment"
        ),
        mend=Text("上传照片、证明材料等依据，最好由第三方提供", "attach photos or proof, best from a third party"),
    ),
    Rule(
        code="third_party_advised",
        severity=Severity.HINT,
        rows=("001-045",),
        prevents=(),
        find=find_no_third_party,
        message=Text("附件中没有第三方提供的材料", "no attachment comes from a third party"),
        mend=Text("有第三方材料的，一并上传", "attach third-party material if there is any"),
    ),
)
