"""The quality check of replies: a pure engine that explains itself, one file a family of rules."""

from __future__ import annotations

from services.intake.domain.reply_quality.draft import DraftAttachment, ReplyDraft
from services.intake.domain.reply_quality.engine import RULES, find_claims, find_findings
from services.intake.domain.reply_quality.finding import Finding, ReplyField, Severity

__all__ = [
    "RULES",
    "DraftAttachment",
    "Finding",
    "ReplyDraft",
    "ReplyField",
    "Severity",
    "find_claims",
    "find_findings",
]
