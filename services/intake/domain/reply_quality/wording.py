"""Rules of wording: refused phrases (E25), derogatory words, what nobody says to a customer, slips of the pen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from services.intake.domain.reply_quality.finding import Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.page import WRITTEN, Page, Place, whole
from services.intake.domain.reply_quality.rule import Rule
from services.intake.domain.reply_quality.scanner import Hit
from services.intake.domain.reply_quality.spelling import simplify
from shared.errors import Text

LONGEST_WITHOUT_MARKS = 40
"""Code points after which a text without any punctuation is hard to read (001-065)."""

CUSTOMER = ("客户", "用户", "顾客")

_MARK = re.compile(r"[，。；：！？、,;!?]")
_DOUBLED = re.compile(r"[，。；：！？、,;][，。；：、,;]")


def of_list(name: ListName) -> Callable[[Page], Iterator[Place]]:
    """Make the search for the words of one list, the longest of overlapping ones."""

    def find(page: Page) -> Iterator[Place]:
        return (page.place(hit) for hit in _longest(page.hits(name)))

    return find


def find_unwelcome(page: Page) -> Iterator[Place]:
    """Point at what nobody says to a customer; that the customer himself does not know something may be said."""
    for hit in _longest(page.hits(ListName.UNWELCOME)):
        if simplify(page.text[max(hit.start - 2, 0) : hit.start]) not in CUSTOMER:
            yield page.place(hit)


def find_typos(page: Page) -> Iterator[Place]:
    """Point at likely slips, naming what is meant (001-025)."""
    for hit in page.hits(ListName.TYPOS):
        wrong = page.text[hit.start : hit.end]
        right = page.lists.corrections.get(simplify(wrong), "")
        named = f"{wrong} → {right}" if right else wrong
        yield page.place(hit, Text(named, named))


def find_bad_punctuation(page: Page) -> Iterator[Place]:
    """Point at doubled marks, and at long texts that have none (001-065)."""
    for field, text in zip(WRITTEN, page.texts, strict=True):
        if len(text) > LONGEST_WITHOUT_MARKS and not _MARK.search(text):
            yield whole(field, text)
    for double in _DOUBLED.finditer(page.text):
        yield page.place(Hit(*double.span()))


def _longest(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield hits without those that lie inside another."""
    end = -1
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)) if len(hits) > 1 else hits:
        if hit.end > end:
            yield hit
            end = hit.end


RULES = (
    Rule(
        code="forbidden_phrase",
        severity=Severity.BLOCK,
        rows=("001-046", "001-047", "001-048", "001-049"),
        prevents=("incomplete", "untrue", "no_concrete_result"),
        find=of_list(ListName.FORBIDDEN),
        needs=frozenset({ListName.FORBIDDEN}),
        message=Text("不得使用简单答复“{it}”", "“{it}” is no answer and is refused"),
        mend=Text("写明处理经过、依据和结果", "tell what was done, on what basis, and what came of it"),
    ),
    Rule(
        code="derogatory_word",
        severity=Severity.BLOCK,
        rows=("001-050", "001-051"),
        prevents=("customer_dissatisfied",),
        find=of_list(ListName.DEROGATORY),
        needs=frozenset({ListName.DEROGATORY}),
        message=Text("严禁出现贬义词语“{it}”", "the derogatory “{it}” is not allowed"),
        mend=Text("改用中性或褒义词语叙述", "say it in neutral or friendly words"),
    ),
    Rule(
        code="unwelcome_phrase",
        severity=Severity.BLOCK,
        rows=("004-010",),
        prevents=("customer_dissatisfied",),
        find=find_unwelcome,
        needs=frozenset({ListName.UNWELCOME}),
        message=Text("服务忌语“{it}”", "“{it}” is nothing to say to a customer"),
        mend=Text("说明由谁负责、何时答复", "say who is in charge and when there will be an answer"),
    ),
    Rule(
        code="typo",
        severity=Severity.WARN,
        rows=("001-025", "001-065"),
        prevents=("typo",),
        find=find_typos,
        needs=frozenset({ListName.TYPOS}),
        message=Text("疑为错别字：{it}", "likely a slip: {it}"),
        mend=Text("核对并改正", "check it and mend it"),
    ),
    Rule(
        code="punctuation",
        severity=Severity.WARN,
        rows=("001-065",),
        prevents=("typo",),
        find=find_bad_punctuation,
        message=Text("标点符号使用不当", "the punctuation is missing or doubled"),
        mend=Text("按句断开，标点只写一个", "break it into sentences, one mark each"),
    ),
)
