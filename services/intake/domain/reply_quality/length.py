"""Rules of length: 128 code points, the pointer to the attachment at the end, files of at most 5 MiB (E26, E27)."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.measure import (
    LONGEST,
    count_length,
    find_suffixes,
    is_at_end,
    place_of_excess,
)
from services.intake.domain.reply_quality.page import Page, Place
from services.intake.domain.reply_quality.rule import Rule
from shared.errors import Text
from shared.files import LARGEST


def find_excess(page: Page) -> Iterator[Place]:
    """Point at what goes beyond 128 (001-041); a repair's reply may be as long as it likes (001-064)."""
    text = page.draft.result_text
    if page.draft.is_repair or len(text) <= LONGEST or (length := count_length(text)) <= LONGEST:
        return
    yield Place(ReplyField.RESULT_TEXT, *place_of_excess(text), Text(str(length), str(length)))


def find_misplaced_suffix(page: Page) -> Iterator[Place]:
    """Point at every pointer to the attachment that is not the end of the text (001-042)."""
    text = page.draft.result_text
    for start, end in find_suffixes(text):
        if not is_at_end(text, end):
            yield Place(ReplyField.RESULT_TEXT, start, end)


def find_suffix_without_attachment(page: Page) -> Iterator[Place]:
    """Point at a pointer to an attachment that is not there (E27)."""
    if not page.draft.attachments:
        yield from (Place(ReplyField.RESULT_TEXT, *span) for span in find_suffixes(page.draft.result_text)[:1])


def find_large_attachments(page: Page) -> Iterator[Place]:
    """Name each file that is too large (001-043); `start` is its index."""
    for index, attachment in enumerate(page.draft.attachments):
        if attachment.size > LARGEST:
            yield Place(ReplyField.ATTACHMENTS, index, index + 1)


RULES = (
    Rule(
        code="over_length",
        severity=Severity.BLOCK,
        rows=("001-026", "001-041", "001-064"),
        prevents=("over_length",),
        find=find_excess,
        message=Text(
            f"处理结果共 {{it}} 字，超过 {LONGEST} 字", f"the result has {{it}} code points, more than {LONGEST}"
        ),
        mend=Text(
            "精简文字，以“具体情况详见附件”结尾并上传不超过 5M 的附件",
            "shorten it, end with 具体情况详见附件 and attach a file of at most 5 MiB",
        ),
    ),
    Rule(
        code="suffix_misplaced",
        severity=Severity.BLOCK,
        rows=("001-042",),
        prevents=("over_length", "incomplete"),
        find=find_misplaced_suffix,
        message=Text("“具体情况详见附件”必须是结尾，且只写一次", "具体情况详见附件 must be the end of the text, once"),
        mend=Text("把这句话移到文末", "move it to the end"),
    ),
    Rule(
        code="suffix_without_attachment",
        severity=Severity.BLOCK,
        rows=("001-042",),
        prevents=("missing_basis", "incomplete"),
        find=find_suffix_without_attachment,
        message=Text("写了“具体情况详见附件”，但没有附件", "it points to an attachment, and there is none"),
        mend=Text("上传附件，或删去这句话", "attach the file, or take the words out"),
    ),
    Rule(
        code="attachment_too_large",
        severity=Severity.BLOCK,
        rows=("001-043",),
        prevents=("missing_basis",),
        find=find_large_attachments,
        message=Text("附件超过 5M（5×1024×1024 字节）", "an attachment has more than 5 MiB"),
        mend=Text("压缩或分成几个附件", "compress it, or cut it into several"),
    ),
)
