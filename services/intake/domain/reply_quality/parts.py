"""Rules of completeness: six parts (001-039, 001-040), the opinion in its own field, a result that says something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from services.intake.domain.handling.kinds import kind_of
from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.measure import count_length
from services.intake.domain.reply_quality.page import Page, Place, whole
from services.intake.domain.reply_quality.rule import Rule
from services.intake.domain.reply_quality.scanner import Hit
from shared.errors import Text
from shared.glossary import BusinessType

NAMES = {
    ReplyField.HANDLING_TIME: Text("处理时间", "handling time"),
    ReplyField.COURSE: Text("处置经过", "course"),
    ReplyField.BASIS: Text("处置依据", "basis"),
    ReplyField.PLAN: Text("处置方案", "plan"),
    ReplyField.CUSTOMER_OPINION: Text("客户意见", "customer opinion"),
    ReplyField.HANDLERS: Text("处理人员", "handlers"),
    ReplyField.RESULT_TEXT: Text("处理结果", "result"),
    ReplyField.IS_SUBSTANTIATED: Text("是否属实", "whether it is substantiated"),
    ReplyField.COMPANY_LIABLE: Text("电力公司责任标志", "whether the company is liable"),
}

SIX_PARTS = (
    ReplyField.HANDLING_TIME,
    ReplyField.COURSE,
    ReplyField.BASIS,
    ReplyField.PLAN,
    ReplyField.CUSTOMER_OPINION,
    ReplyField.HANDLERS,
)
OF_A_REPAIR = (ReplyField.COURSE, ReplyField.CUSTOMER_OPINION)
"""What a crew's reply says: process and the customer's opinion; its times and people stand on the order."""

SHORTEST_RESULT = 10
"""Code points below which a result says nothing concrete (001-028)."""
LEAST_BESIDE_VAGUE = 8
"""Code points that must be left when empty phrases and the opinion are taken out."""

LONGEST_VAGUE = 60
"""Code points above which nobody strings together nothing but empty phrases."""

_NO_WORDS = re.compile(r"[\W_]+")


def wanted_parts(business_type: BusinessType) -> tuple[ReplyField, ...]:
    """Return the fields that a reply of this type must fill in; which flags, its `Kind` says (001-053)."""
    is_repair = business_type is BusinessType.FAULT_REPAIR
    wanted = [*(OF_A_REPAIR if is_repair else SIX_PARTS), ReplyField.RESULT_TEXT]
    kind = kind_of(business_type)
    if kind.asks_substantiation:
        wanted.append(ReplyField.IS_SUBSTANTIATED)
    if kind.asks_liability:
        wanted.append(ReplyField.COMPANY_LIABLE)
    return tuple(wanted)


WANTED = {business_type: wanted_parts(business_type) for business_type in BusinessType}


def find_missing_parts(page: Page) -> Iterator[Place]:
    """Name every part that is not there; an opinion that stands in another field is that rule's matter."""
    for field in WANTED[page.draft.business_type]:
        if _is_empty(getattr(page.draft, field)):
            is_elsewhere = field is ReplyField.CUSTOMER_OPINION and page.hits(ListName.OPINION)
            if not is_elsewhere:
                yield Place(field, it=NAMES[field])


def find_opinion_elsewhere(page: Page) -> Iterator[Place]:
    """Point at the customer's opinion when its own field is empty (001-022)."""
    if _is_empty(page.draft.customer_opinion):
        yield from (page.place(hit) for hit in page.hits(ListName.OPINION)[:1])


def find_swapped_fields(page: Page) -> Iterator[Place]:
    """Point at a result that is an opinion, or an opinion that is a result (001-024)."""
    draft, result, opinion = page.draft, ReplyField.RESULT_TEXT, ReplyField.CUSTOMER_OPINION
    if _is_empty(draft.customer_opinion) or page.hits_in(opinion, ListName.OPINION):
        return
    is_opinion = bool(page.hits_in(result, ListName.OPINION))
    if page.hits_in(opinion, ListName.ACTION) and (is_opinion or _is_empty(draft.result_text)):
        yield whole(opinion, draft.customer_opinion, NAMES[opinion])
    if is_opinion and not page.hits_in(result, ListName.ACTION):
        yield whole(result, draft.result_text, NAMES[result])


def find_empty_result(page: Page) -> Iterator[Place]:
    """Point at a result that is too short, or that is only empty phrases (001-028); «light is back» is a repair's."""
    text, result = page.draft.result_text, ReplyField.RESULT_TEXT
    if page.draft.is_repair or len(text) > LONGEST_VAGUE or _is_empty(text):
        return
    hits = [*page.hits_in(result, ListName.VAGUE), *page.hits_in(result, ListName.OPINION)]
    if count_length(text) < SHORTEST_RESULT or (hits and _count_beside(page, hits) < LEAST_BESIDE_VAGUE):
        yield whole(result, text)


def _count_beside(page: Page, hits: Sequence[Hit]) -> int:
    """Count the letters of the result that are in none of `hits`."""
    left = list(page.draft.result_text)
    for place in map(page.place, hits):
        left[place.start : place.end] = [" "] * (place.end - place.start)
    return len(_NO_WORDS.sub("", "".join(left)))


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, tuple) and not any(part.strip() for part in value))


RULES = (
    Rule(
        code="missing_part",
        severity=Severity.BLOCK,
        rows=("001-017", "001-039", "001-040"),
        prevents=("incomplete",),
        find=find_missing_parts,
        message=Text("缺少“{it}”", "the {it} is missing"),
        mend=Text("填写“{it}”一栏", "fill in the {it}"),
    ),
    Rule(
        code="opinion_not_in_field",
        severity=Severity.BLOCK,
        rows=("001-022",),
        prevents=("opinion_not_in_field", "incomplete"),
        find=find_opinion_elsewhere,
        needs=frozenset({ListName.OPINION}),
        message=Text(
            "客户意见（“{it}”）未填写在“客户意见”一栏中", "the customer's opinion (“{it}”) is not in its field"
        ),
        mend=Text("把客户意见移到“客户意见”一栏", "move the opinion into the field customer_opinion"),
    ),
    Rule(
        code="fields_swapped",
        severity=Severity.BLOCK,
        rows=("001-024",),
        prevents=("fields_swapped",),
        find=find_swapped_fields,
        message=Text(
            "“处理结果”与“客户意见”填写位置错误：见“{it}”", "result and opinion stand in each other's field: see {it}"
        ),
        mend=Text(
            "处理结果写做了什么，客户意见写客户怎么说",
            "the result says what was done, the opinion what the customer says",
        ),
    ),
    Rule(
        code="no_concrete_result",
        severity=Severity.BLOCK,
        rows=("001-028",),
        prevents=("no_concrete_result", "incomplete"),
        find=find_empty_result,
        message=Text("未详细填写具体处理结果", "the result says nothing concrete"),
        mend=Text("写明何时、何人、做了什么、现在如何", "say when, who, what was done, and how it is now"),
    ),
)
