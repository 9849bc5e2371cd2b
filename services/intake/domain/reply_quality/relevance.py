"""Rules of relevance: each claim of the accepted content is answered (001-027, 001-052), and what is done is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.domain.reply_quality.confirmation import claimed_topics, list_unhandled
from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.lists import ListName, Topic
from services.intake.domain.reply_quality.page import Page, Place, whole
from services.intake.domain.reply_quality.rule import Rule
from shared.errors import Text


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that the customer raised: the reviewer's checklist (001-027)."""

    code: str
    name: Text
    is_answered: bool
    is_ticked: bool


def list_claims(page: Page) -> list[Claim]:
    """Return what the accepted content raises, and whether the reply speaks of it."""
    return [
        Claim(topic.code, topic.name, _is_answered(page, topic), topic.code in page.draft.ticked_claims)
        for topic in page.know(claimed_topics)
    ]


def find_unanswered_claims(page: Page) -> Iterator[Place]:
    """Name every claim that the reply does not speak of and the reviewer has not ticked."""
    draft = page.draft
    if not (draft.result_text or draft.course):
        return
    for topic in page.know(claimed_topics):
        if topic.code not in draft.ticked_claims and not _is_answered(page, topic):
            yield whole(ReplyField.RESULT_TEXT, draft.result_text, topic.name)


def find_dissatisfaction(page: Page) -> Iterator[Place]:
    """Point at a customer who is told to be discontent with the answer: the callback will hear it (001-019)."""
    yield from (page.place(hit) for hit in page.hits_in(ReplyField.CUSTOMER_OPINION, ListName.DISSATISFIED)[:1])


def find_contradicting_opinions(page: Page) -> Iterator[Place]:
    """Point at a result that calls the customer content whose own opinion is not (001-017)."""
    if not page.hits_in(ReplyField.CUSTOMER_OPINION, ListName.DISSATISFIED):
        return
    bad = page.hits(ListName.DISSATISFIED)
    called = page.hits_in(ReplyField.RESULT_TEXT, ListName.OPINION)
    good = [hit for hit in called if not any(b.start <= hit.start < b.end for b in bad)]
    yield from (page.place(hit) for hit in good[:1])


def find_unsolved(page: Page) -> Iterator[Place]:
    """Point at words that say that it is not done (001-020)."""
    yield from (page.place(hit) for hit in list_unhandled(page)[:1])


def _is_answered(page: Page, topic: Topic) -> bool:
    return topic.answers.search(page.text) is not None


RULES = (
    Rule(
        code="off_topic",
        severity=Severity.WARN,
        rows=("001-027", "001-052"),
        prevents=("off_topic", "not_fully_solved", "customer_dissatisfied"),
        find=find_unanswered_claims,
        message=Text("未针对“{it}”的诉求答复", "the claim about {it} is not answered"),
        mend=Text(
            "写明对这一诉求的答复；已答复的由审核人员勾选", "answer this claim; a reviewer ticks one that is answered"
        ),
    ),
    Rule(
        code="customer_dissatisfied",
        severity=Severity.WARN,
        rows=("001-019",),
        prevents=("customer_dissatisfied",),
        find=find_dissatisfaction,
        needs=frozenset({ListName.DISSATISFIED}),
        message=Text("客户“{it}”，回访时可能被退回", "the customer is not content (“{it}”): the callback will hear it"),
        mend=Text(
            "继续沟通处理；确属不合理诉求的报《情况说明》", "talk again; an unreasonable claim needs a statement"
        ),
    ),
    Rule(
        code="opinion_contradicted",
        severity=Severity.BLOCK,
        rows=("001-017",),
        prevents=("inaccurate", "untrue"),
        find=find_contradicting_opinions,
        needs=frozenset({ListName.DISSATISFIED}),
        message=Text("“{it}”与另一栏的客户意见相反", "“{it}” contradicts the opinion in another field"),
        mend=Text("如实填写客户意见", "write the opinion as the customer gave it"),
    ),
    Rule(
        code="not_fully_solved",
        severity=Severity.WARN,
        rows=("001-020",),
        prevents=("not_fully_solved",),
        find=find_unsolved,
        needs=frozenset({ListName.UNHANDLED}),
        message=Text("“{it}”：诉求问题可能未彻底解决", "“{it}”: the matter may not be solved"),
        mend=Text("处理完毕后再答复，或在方案中写明时间和责任人", "handle it first, or let the plan name when and who"),
    ),
)
