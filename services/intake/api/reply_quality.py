"""The quality check of replies: while typing, its rules and words, and what it would have prevented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from services.intake.api.bodies import WRITTEN
from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import RULES, DraftAttachment, Finding, ReplyDraft, Severity
from services.intake.domain.reply_quality.lists import ListName
from services.intake.domain.reply_quality.measure import LONGEST, count_length
from services.intake.handlers import reply_prevention, reply_quality
from services.intake.repository import policies
from services.intake.repository.reply_words import REPLY_WORDS, get_lists
from shared.errors import BadField, Language, Text, bad_field
from shared.glossary import BusinessType
from shared.web import Answer, Change, Door, Moment, Read, Strict, invalid

router = APIRouter()

LONGEST_TEXT = 4000
LONGEST_PERIOD = timedelta(days=366)
TYPED: dict[str, Any] = {
    "handling_time": "2026-01-06T09:30:00+08:00",
    "course": "1月6日调取现场录音，约谈当班抄表员并走访客户。",
    "basis": "依据《供电服务规范》及现场录音。",
    "plan": "对该员工考核，组织全所学习服务规范。",
    "customer_opinion": "客户对处理结果表示满意。",
    "handlers": ["李明"],
    "result_text": "经查，抄表员态度生硬，已批评教育并考核，1月6日上门向客户致歉。",
    "is_substantiated": True,
    "company_liable": True,
}


class ReplyText(Strict):
    """A reply as far as it is typed; nothing in it must be there yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [TYPED]})

    handling_time: Moment | None = Field(None, description="Part 1, 处理时间.")
    course: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="Part 2, 处置经过.")
    basis: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="Part 3, 处置依据.")
    plan: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="Part 4, 处置方案.")
    customer_opinion: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="Part 5, 客户意见.")
    handlers: list[str] = Field([], max_length=20, description="Part 6, 处理人员.")
    result_text: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="处理结果.")
    is_substantiated: bool | None = None
    company_liable: bool | None = None
    ticked_claims: list[str] = Field([], max_length=50, description="Claims that the reviewer ticked as answered.")


class AttachmentDraft(Strict):
    """A file that will be beside the reply."""

    kind: AttachmentKind
    is_third_party: bool = False
    size_bytes: int = Field(0, ge=0)


class ReplyAlone(ReplyText):
    """A reply without an order of ours: what is known of the matter is told with it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**TYPED, "business_type": "complaint", "content": "投诉抄表员态度差"}]}
    )

    business_type: BusinessType
    content: str = Field("", max_length=LONGEST_TEXT, pattern=WRITTEN, description="What the customer claims.")
    received_at: Moment | None = None
    due_at: Moment | None = None
    contact_count: int | None = Field(None, ge=0, description="Attempts to reach the customer; unknown if absent.")
    reached_count: int = Field(0, ge=0)
    attachments: list[AttachmentDraft] = Field([], max_length=100)


class FindingView(Answer):
    """One rule that the reply breaks: where (code points of the field as sent), how grave, how to mend it."""

    code: str
    severity: Severity
    field: str
    start: int
    end: int
    message: str
    mend: str


class ClaimView(Answer):
    """One thing that the customer raised: the reviewer's checklist (001-027)."""

    code: str
    name: str
    is_answered: bool
    is_ticked: bool


class CheckedReply(Answer):
    """What the check says. `longest` is absent where nothing limits the result (repairs, 001-064)."""

    is_submittable: bool
    findings: list[FindingView]
    claims: list[ClaimView]
    length: int
    longest: int | None
    word_lists: dict[str, str]


class RuleView(Answer):
    """One rule: the requirements it comes from, and the reason codes of the returns that it prevents."""

    code: str
    severity: Severity
    requirements: list[str]
    prevents: list[str]
    message: str
    mend: str


class Rules(Answer):
    """Every rule, the grave ones first."""

    items: list[RuleView]


class WordListView(Answer):
    """One list as it holds now."""

    name: ListName
    version: str
    words: list[str]


class WordListsView(Answer):
    """Every list as it holds now."""

    items: list[WordListView]


class ReplyWords(Strict):
    """What this installation adds to the lists, or takes out of them, from `valid_from` on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"version": "2026-11", "add": {"forbidden_phrases": ["客户放弃诉求"]}}]}
    )

    version: str = Field(min_length=1, max_length=40, pattern=WRITTEN)
    add: dict[ListName, list[str]] = Field(default_factory=dict)
    remove: dict[ListName, list[str]] = Field(default_factory=dict)
    valid_from: Moment | None = Field(None, description="From when; now if absent.")


class ReplyWordsSet(Answer):
    """What holds from when."""

    version: str
    valid_from: datetime


class RulePrevention(Answer):
    """How many returns a rule would have prevented, and how many more it would have warned of."""

    code: str
    prevented: int
    warned: int


class ReasonPrevention(Answer):
    """Of the returns for one reason: how many had a stored reply, and how many some rule would have prevented."""

    level: str
    reason_code: str
    returns: int
    with_reply: int
    prevented: int
    warned: int


class PreventedReturn(Answer):
    """One return that would have been prevented."""

    order_id: UUID
    order_no: str
    round: int
    level: str
    reason_code: str
    returned_at: datetime
    rules: list[str]


class Prevention(Answer):
    """Which rules, as they are now, would have prevented which past returns (issue 3, point 5).

    `prevented`: a blocking rule meets the reply and is for this very reason. `warned`: only a warning does.
    """

    returns: int
    with_reply: int
    prevented: int
    warned: int
    by_rule: list[RulePrevention]
    by_reason: list[ReasonPrevention]
    examples: list[PreventedReturn]


@router.post("/reply/check", summary="Check a reply while it is typed, without an order.")
async def check_reply(door: Read, body: ReplyAlone) -> CheckedReply:
    """Return everything that the rules find; nothing is kept."""
    files = tuple(
        DraftAttachment(kind=f.kind, is_third_party=f.is_third_party, size=f.size_bytes) for f in body.attachments
    )
    known = {"content", "received_at", "due_at", "contact_count", "reached_count", "business_type"}
    draft = _draft(body, door, attachments=files, **body.model_dump(include=known))
    return _checked(await reply_quality.check_reply(door.session, draft), door.language)


@router.post("/orders/{order_id}/reply/check", summary="Check an order's reply while it is typed.")
async def check_order_reply(door: Read, order_id: UUID, body: ReplyText) -> CheckedReply:
    """Return everything that the rules find, knowing the order's claims, contacts, files, promise and rounds."""
    draft = _draft(body, door, business_type=BusinessType.COMPLAINT)
    return _checked(await reply_quality.check_order_reply(door.session, order_id, draft), door.language)


@router.get("/reply-quality/rules", summary="Every rule of the quality check.")
async def list_reply_rules(door: Read) -> Rules:
    """Return the rules with their sources, so that each finding can be explained."""
    return Rules(
        items=[
            RuleView(
                code=rule.code,
                severity=rule.severity,
                requirements=list(rule.rows),
                prevents=list(rule.prevents),
                message=rule.message.say(door.language),
                mend=rule.mend.say(door.language),
            )
            for rule in RULES
        ]
    )


@router.get("/reply-quality/words", summary="The word lists of the quality check, as they hold now.")
async def list_reply_words(door: Read) -> WordListsView:
    """Return each list with its version; traditional spellings are found by themselves."""
    held = await get_lists(door.session)
    return WordListsView(
        items=[WordListView(name=n, version=held.versions[n], words=sorted(held.words[n])) for n in ListName]
    )


@router.put("/policies/reply_words", summary="Change the word lists of the quality check.")
async def set_reply_words(door: Change, body: ReplyWords) -> ReplyWordsSet:
    """Let a new version begin; the one before stays on record (001-046: the lists are configurable)."""
    wrong = _find_bad_words(body)
    if wrong:
        raise invalid(*wrong)
    valid_from = body.valid_from or door.now
    value = {"version": body.version, "add": _plain(body.add), "remove": _plain(body.remove)}
    await policies.add_policy(door.session, REPLY_WORDS, value, valid_from=valid_from, by=door.actor.id)
    return ReplyWordsSet(version=body.version, valid_from=valid_from)


@router.get("/reply-quality/prevention", summary="Which rules would have prevented which past returns.")
async def show_prevention(
    door: Read,
    since: Annotated[Moment, Query(alias="from", description="First instant of the period.")],
    until: Annotated[Moment, Query(alias="to", description="First instant after the period, at most 366 days on.")],
) -> Prevention:
    """Let the rules of today look at the replies that were returned in a period."""
    if not since < until <= since + LONGEST_PERIOD:
        raise invalid(
            bad_field("to", "period.invalid", "必须晚于 from 且不超过 366 天", "after from, by 366 days at most")
        )
    found = await reply_prevention.report(door.session, since=since, until=until, actor=door.actor)
    return Prevention(**found)


def describe_finding(finding: Finding, language: Language) -> FindingView:
    """Say a finding in somebody's language."""
    return FindingView(
        code=finding.code,
        severity=finding.severity,
        field=finding.field,
        start=finding.start,
        end=finding.end,
        message=finding.message.say(language),
        mend=finding.mend.say(language),
    )


SHORTEST_WORD, LONGEST_WORD = 2, 40


def _find_bad_words(body: ReplyWords) -> list[BadField]:
    text = Text(
        f"每个词为 {SHORTEST_WORD} 至 {LONGEST_WORD} 字", f"{SHORTEST_WORD} to {LONGEST_WORD} characters a word"
    )
    return [
        BadField(f"{place}.{name}", "reply_words.bad_word", text)
        for place, lists in (("add", body.add), ("remove", body.remove))
        for name, words in lists.items()
        if not all(SHORTEST_WORD <= len(word) <= LONGEST_WORD and not set(word) & set(" \t\r\n=") for word in words)
    ]


def _plain(lists: dict[ListName, list[str]]) -> dict[str, list[str]]:
    return {str(name): sorted(set(words)) for name, words in lists.items()}


def _draft(body: ReplyText, door: Door, **known: Any) -> ReplyDraft:
    typed = body.model_dump(include=set(ReplyText.model_fields) - {"handlers", "ticked_claims"})
    handlers, ticked = tuple(body.handlers), frozenset(body.ticked_claims)
    return ReplyDraft(now=door.now, handlers=handlers, ticked_claims=ticked, **typed, **known)


def _checked(checked: reply_quality.Checked, language: Language) -> CheckedReply:
    return CheckedReply(
        is_submittable=checked.is_submittable,
        findings=[describe_finding(finding, language) for finding in checked.findings],
        claims=[
            ClaimView(code=c.code, name=c.name.say(language), is_answered=c.is_answered, is_ticked=c.is_ticked)
            for c in checked.claims
        ],
        length=count_length(checked.draft.result_text),
        longest=None if checked.draft.is_repair else LONGEST,
        word_lists=dict(checked.versions),
    )
