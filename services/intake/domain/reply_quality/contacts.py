"""Rules of contact: nobody answers a customer unheard (001-034), nobody gives up before the time is up (001-029)."""

from __future__ import annotations

from collections.abc import Iterator

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality.confirmation import is_told_again, list_unhandled
from services.intake.domain.reply_quality.draft import ReplyDraft
from services.intake.domain.reply_quality.finding import ReplyField, Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.page import Page, Place
from services.intake.domain.reply_quality.rule import Rule
from shared.errors import Text


def find_no_contact(page: Page) -> Iterator[Place]:
    """Name a reply before which nobody tried to reach the customer (C2b); a repair's crew met him."""
    if not page.draft.is_repair and page.draft.contact_count == 0:
        yield Place(ReplyField.CONTACTS)


def find_given_up_early(page: Page) -> Iterator[Place]:
    """Point at «unreachable» while there is time left to try (001-029)."""
    if _has_time_left(page.draft):
        yield from _unreached(page)


def find_given_up(page: Page) -> Iterator[Place]:
    """Point at «unreachable» when the time is up, or nobody told how long there is."""
    if not page.draft.is_repair and not _has_time_left(page.draft):
        yield from _unreached(page)


def find_not_reached(page: Page) -> Iterator[Place]:
    """Name a reply whose customer never answered, and that does not say so, while there is time left."""
    draft = page.draft
    if _has_time_left(draft) and draft.contact_count and not draft.reached_count and not _says_unreached(page):
        yield Place(ReplyField.CONTACTS)


def find_early_without_statement(page: Page) -> Iterator[Place]:
    """Point at «not handled» or «unreachable» before the limit, with no statement beside it (001-031)."""
    draft = page.draft
    if not _has_time_left(draft) or any(file.kind is AttachmentKind.STATEMENT for file in draft.attachments):
        return
    yield from (page.place(hit) for hit in list_unhandled(page)[:1])
    yield from _unreached(page)


def _has_time_left(draft: ReplyDraft) -> bool:
    return not draft.is_repair and draft.due_at is not None and draft.now < draft.due_at


def _says_unreached(page: Page) -> bool:
    return bool(page.hits(ListName.UNREACHABLE))


def _unreached(page: Page) -> Iterator[Place]:
    if page.draft.reached_count:
        return  # who was unreachable at first and then reached is no such case
    told = [hit for hit in page.hits(ListName.UNREACHABLE) if not is_told_again(page, hit)]
    yield from (page.place(hit) for hit in told[:1])


RULES = (
    Rule(
        code="no_contact",
        severity=Severity.BLOCK,
        rows=("001-034",),
        prevents=("no_contact", "not_contacted", "not_fully_solved"),
        find=find_no_contact,
        message=Text("没有联系客户的记录", "there is no record that anybody contacted the customer"),
        mend=Text(
            "先联系客户并登记时间、人员和结果", "contact the customer first, and enter when, who and what came of it"
        ),
    ),
    Rule(
        code="not_contacted",
        severity=Severity.BLOCK,
        rows=("001-029",),
        prevents=("not_contacted", "no_contact"),
        find=find_given_up_early,
        needs=frozenset({ListName.UNREACHABLE}),
        message=Text("时限未到，不得以“{it}”回复", "“{it}” is no reply while there is time left"),
        mend=Text("在时限内继续联系客户", "keep trying to reach the customer until the time is up"),
    ),
    Rule(
        code="not_contacted",
        severity=Severity.BLOCK,
        rows=("001-029",),
        prevents=("not_contacted", "no_contact"),
        find=find_not_reached,
        message=Text("尚未联系到客户，且时限未到", "the customer was not reached yet, and there is time left"),
        mend=Text("在时限内继续联系客户", "keep trying to reach the customer until the time is up"),
    ),
    Rule(
        code="not_contacted",
        severity=Severity.WARN,
        rows=("001-029",),
        prevents=("not_contacted", "no_contact"),
        find=find_given_up,
        needs=frozenset({ListName.UNREACHABLE}),
        message=Text(
            "以“{it}”回复：核对是否已到时限、是否多次联系", "“{it}”: check that the time is up and enough was tried"
        ),
        mend=Text("写明每次联系的时间，并附通话记录", "say when each attempt was, and attach the call records"),
    ),
    Rule(
        code="early_needs_statement",
        severity=Severity.BLOCK,
        rows=("001-031",),
        prevents=("early_needs_statement",),
        find=find_early_without_statement,
        needs=frozenset({ListName.UNREACHABLE, ListName.UNHANDLED}),
        message=Text(
            "工单未到时限即答复“{it}”，需上报情况说明", "“{it}” before the time is up needs a stamped statement"
        ),
        mend=Text("处理完毕后再答复，或上传《情况说明》", "handle it first, or attach the statement (情况说明)"),
    ),
)
