"""What a reply's text says of the event that the customer claims: that it happened, or that it did not (decision 13).

An event is confirmed by a clause that tells of it as found: not as the customer's claim told again, not denied in the
same clause, not something to be avoided. Which words tell of the event depends on what the claim is about.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.domain.reply_quality.finding import ReplyField
from services.intake.domain.reply_quality.lists import ListName, Topic
from services.intake.domain.reply_quality.page import Page
from services.intake.domain.reply_quality.scanner import Hit

FINDING = frozenset({ReplyField.COURSE, ReplyField.BASIS, ReplyField.RESULT_TEXT})
"""Fields that tell what was found; plans and opinions tell something else."""

_TURNING = ("不", "未", "非", "否")
"""What turns «属实» round when it stands right before it."""


def claimed_topics(page: Page) -> list[Topic]:
    """Return what the accepted content is about."""
    content = page.draft.content
    return [topic for topic in page.lists.topics if topic.claims.search(content)] if content else []


def find_confirmation(page: Page) -> Hit | None:
    """Return the words that say that the event happened, those of the result rather than others; None if none do."""
    found = [*_said_true(page), *_told_as_found(page)]
    in_result = (hit for hit in found if page.field_at(hit.start) is ReplyField.RESULT_TEXT)
    return next(in_result, found[0] if found else None)


def find_denial(page: Page) -> Hit | None:
    """Return the words that say that it did not, or None."""
    return next((hit for hit in page.hits(ListName.DENIES) if _is_finding(page, hit)), None)


def list_unhandled(page: Page) -> list[Hit]:
    """Return where the reply itself says that the matter is not done: no plan, no opinion, no claim told again."""
    hits = page.hits(ListName.UNHANDLED)
    return [hit for hit in hits if _is_finding(page, hit) and not is_told_again(page, hit)]


def _said_true(page: Page) -> Iterator[Hit]:
    for hit in page.hits(ListName.CONFIRMS):
        is_turned = page.text[max(hit.start - 1, 0) : hit.start] in _TURNING
        if not is_turned and _is_finding(page, hit) and not page.any_in_clause(hit, page.hits(ListName.HYPOTHETICAL)):
            yield hit


def _told_as_found(page: Page) -> Iterator[Hit]:
    """Yield the words for what the customer claims, where they tell of it as found."""
    for events in {topic.events for topic in page.know(claimed_topics)}:
        for found in events.finditer(page.text):
            hit = Hit(*found.span())
            if _is_finding(page, hit) and not is_told_again(page, hit) and not _is_turned(page, hit):
                yield hit


def is_told_again(page: Page, hit: Hit) -> bool:
    """Say whether a place only tells the customer's claim again."""
    return any(start <= hit.start < end for start, end in page.know(_told_again))


def _is_turned(page: Page, hit: Hit) -> bool:
    turning = page.hits_of(ListName.NEGATION, ListName.HYPOTHETICAL, ListName.DENIES)
    return bool(turning) and page.any_in_clause(hit, turning)


def _told_again(page: Page) -> list[tuple[int, int]]:
    """Return the stretches that tell the customer's claim again: up to the sentence's end, or to «经查»."""
    found = page.hits(ListName.INVESTIGATION)
    stretches = []
    for report in page.hits(ListName.CLAIM_REPORT):
        end = page.sentence_end(report.end)
        stretches.append((report.start, min([end, *(hit.start for hit in found if hit.start >= report.end)])))
    return stretches


def _is_finding(page: Page, hit: Hit) -> bool:
    return page.field_at(hit.start) in FINDING
