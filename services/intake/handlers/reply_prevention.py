"""Which rules of today would have prevented which past returns: the rules look again at what came back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import RULES, DraftAttachment, ReplyDraft, find_findings
from services.intake.domain.reply_quality.lists import WordLists
from services.intake.repository.reply_prevention import list_returns
from services.intake.repository.reply_words import get_lists
from shared.auth import Actor
from shared.db import Session
from shared.glossary import BusinessType

READ_AT_ONCE = 100
"""Replies looked at before others get their turn: some ten milliseconds."""

EXAMPLES = 200
"""Prevented returns that are told one by one; the counts are of all."""

FIRST = UUID(int=0)

PREVENTS = {(rule.code, reason) for rule in RULES for reason in rule.prevents}

Row = Mapping[str, Any]


@dataclass
class Tally:
    """What is counted of one group of returns."""

    returns: int = 0
    with_reply: int = 0
    prevented: int = 0
    warned: int = 0


@dataclass
class Report:
    """What the rules say of the returns of a period."""

    whole: Tally = field(default_factory=Tally)
    by_reason: dict[tuple[str, str], Tally] = field(default_factory=dict)
    prevented_by: Counter[str] = field(default_factory=Counter)
    warned_by: Counter[str] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def count(self, row: Row, words: WordLists) -> None:
        """Let the rules look at one return."""
        tallies = (self.whole, self.by_reason.setdefault((row["level"], row["reason_code"]), Tally()))
        draft = read_draft(row)
        blocking, warning = _meeting(draft, row["reason_code"], words) if draft else (set[str](), set[str]())
        for tally in tallies:
            tally.returns += 1
            tally.with_reply += draft is not None
            tally.prevented += bool(blocking)
            tally.warned += bool(warning) and not blocking
        self.prevented_by.update(blocking)
        self.warned_by.update(warning - blocking)
        if blocking and len(self.examples) < EXAMPLES:
            named = ("order_id", "order_no", "round", "level", "reason_code", "returned_at")
            self.examples.append({**{name: row[name] for name in named}, "rules": sorted(blocking)})


async def report(session: Session, *, since: datetime, until: datetime, actor: Actor) -> dict[str, Any]:
    """Return what today's rules find in the replies that were returned in `[since, until)`."""
    words, found = await get_lists(session), Report()
    after = (since, FIRST, "")
    while rows := await list_returns(session, since=since, until=until, after=after, most=READ_AT_ONCE, actor=actor):
        for row in rows:
            found.count(row, words)
        after = (rows[-1]["returned_at"], rows[-1]["order_id"], rows[-1]["level"])
    return _tell(found)


def read_draft(row: Row) -> ReplyDraft | None:
    """Say a stored reply as the check reads it, at the time when it was written; None if none is stored."""
    if row["business_type"] == BusinessType.FAULT_REPAIR:
        return _read_repair(row) if row["repaired"] else None
    if row["drafted_at"] is None:
        return None
    texts = ("course", "basis", "plan", "customer_opinion", "result_text")
    return ReplyDraft(
        business_type=BusinessType(row["business_type"]),
        now=row["drafted_at"],
        content=row["content"],
        received_at=row["received_at"],
        due_at=row["answer_by"],
        handling_time=row["handling_time"],
        handlers=tuple(row["handlers"]),
        is_substantiated=row["is_substantiated"],
        company_liable=row["company_liable"],
        attachments=tuple(
            DraftAttachment(kind=AttachmentKind(kind), is_third_party=is_third_party, size=size)
            for kind, is_third_party, size in row["attachments"] or ()
        ),
        contact_count=row["contact_count"],
        reached_count=row["reached_count"],
        previous_texts=tuple(row["previous_texts"]),
        **{name: row[name] for name in texts},
    )


def _read_repair(row: Row) -> ReplyDraft:
    said = row["repaired"]
    return ReplyDraft(
        business_type=BusinessType.FAULT_REPAIR,
        now=datetime.fromisoformat(said["occurred_at"]),
        content=row["content"],
        received_at=row["received_at"],
        course=said.get("process", ""),
        result_text=said.get("result", ""),
        customer_opinion=said.get("customer_opinion", ""),
        basis=said.get("cause", ""),
    )


def _meeting(draft: ReplyDraft, reason_code: str, words: WordLists) -> tuple[set[str], set[str]]:
    """Return the codes of the rules that meet the reply and are for this reason: blocking ones, and all others."""
    meeting = [f for f in find_findings(draft, words) if (f.code, reason_code) in PREVENTS]
    return {f.code for f in meeting if f.is_blocking}, {f.code for f in meeting if not f.is_blocking}


def _tell(found: Report) -> dict[str, Any]:
    codes = sorted({*found.prevented_by, *found.warned_by}, key=lambda code: (-found.prevented_by[code], code))
    return {
        **vars(found.whole),
        "by_rule": [{"code": c, "prevented": found.prevented_by[c], "warned": found.warned_by[c]} for c in codes],
        "by_reason": [
            {"level": level, "reason_code": reason_code, **vars(tally)}
            for (level, reason_code), tally in sorted(found.by_reason.items())
        ],
        "examples": found.examples,
    }
