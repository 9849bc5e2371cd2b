"""Rules against pasting: a sentence twice, one field in another, the reply that came back already (001-023)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.domain.reply_quality.draft import ReplyDraft
from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.page import WRITTEN, Page, Place, whole
from services.intake.domain.reply_quality.rule import Rule
from shared.errors import Text

SHORTEST = 8
"""Code points of a sentence below which its repetition is no pasting: «已恢复供电。» may stand twice."""

SHORTEST_FIELD = 12
"""Code points of a whole field that may not be another field's text too."""

_SENTENCE = re.compile(r"[^。；;！!？?\s][^。；;！!？?\r\n]*")
_OTHER_ENDS = ("；", ";", "！", "!", "？", "?")
_NO_WORDS = re.compile(r"[\W_]+")
_AROUND = " 。，；;,.\t\r\n\u3000"


def find_repeated_sentences(page: Page) -> Iterator[Place]:
    """Point at each sentence that stood in the same field before, and at a text that is one piece several times."""
    has_full_stops_only = not page.has_blanks and not any(end in page.text for end in _OTHER_ENDS)
    for field, text in zip(WRITTEN, page.texts, strict=True):
        if len(text) < 2 * SHORTEST:
            continue
        places = [] if has_full_stops_only and _is_plain(text) else list(_repeated(text))
        yield from (Place(field, start, end) for start, end in places)
        if not places and (period := _period_of(text)):
            yield Place(field, period, len(text))


def find_copied_fields(page: Page) -> Iterator[Place]:
    """Point at a field that is another one's text."""
    seen = set[str]()
    for field, text in zip(WRITTEN, page.texts, strict=True):
        core = text.strip(_AROUND)
        if len(core) < SHORTEST_FIELD:
            continue
        if core in seen:
            yield whole(field, text)
        seen.add(core)


def find_resent_reply(page: Page) -> Iterator[Place]:
    """Point at a result that was sent, and returned, in an earlier round."""
    if not page.draft.previous_texts:
        return
    core = _NO_WORDS.sub("", page.draft.result_text)
    if core and core in _cores_before(page.draft):
        yield whole(ReplyField.RESULT_TEXT, page.draft.result_text)


def _cores_before(draft: ReplyDraft) -> set[str]:
    return {_NO_WORDS.sub("", text) for text in draft.previous_texts}


def _is_plain(text: str) -> bool:
    """Say whether no two sentences are alike, for texts with full stops only: most are seen through here."""
    sentences = text.split("。")
    return len(set(sentences)) == len(sentences)


def _repeated(text: str) -> Iterator[tuple[int, int]]:
    seen: set[str] = set()
    for sentence in _SENTENCE.finditer(text):
        said = sentence.group().strip()
        if len(said) >= SHORTEST and said in seen:
            yield sentence.span()
        seen.add(said)


def _period_of(text: str) -> int:
    """Return the length of the piece that a text repeats from end to end, 0 if it does not."""
    said = text.strip()
    if said.find(said[:SHORTEST], SHORTEST) < 0:
        return 0
    at = (said + said).find(said, 1)
    return at if SHORTEST <= at < len(said) else 0


RULES = (
    Rule(
        code="duplicate_paste",
        severity=Severity.BLOCK,
        rows=("001-023",),
        prevents=("duplicate_paste",),
        find=find_repeated_sentences,
        message=Text("内容重复粘贴", "the same is pasted more than once"),
        mend=Text("删去重复的部分", "take the repetition out"),
    ),
    Rule(
        code="duplicate_paste",
        severity=Severity.WARN,
        rows=("001-023",),
        prevents=("duplicate_paste",),
        find=find_copied_fields,
        message=Text("与另一栏内容相同", "this is another field's text"),
        mend=Text("各栏写各自的内容", "let each field say its own part"),
    ),
    Rule(
        code="duplicate_paste",
        severity=Severity.BLOCK,
        rows=("001-018", "001-023"),
        prevents=("duplicate_paste", "incomplete", "inaccurate", "not_fully_solved"),
        find=find_resent_reply,
        message=Text("与被退回的回复相同", "this is the reply that was returned"),
        mend=Text("针对退单原因重新处理并答复", "handle what it was returned for, and answer that"),
    ),
)
