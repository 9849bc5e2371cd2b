"""Replies for the tests of the quality check: one that nobody can object to, and what makes it worse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.intake.domain.attachments import AttachmentKind
from services.intake.domain.reply_quality import DraftAttachment, Finding, ReplyDraft, find_findings
from shared.glossary import BusinessType

NOW = datetime(2014, 1, 10, 2, 0, tzinfo=UTC)
"""Ten in the morning in Shanghai."""

PHOTO = DraftAttachment(kind=AttachmentKind.PHOTO, is_third_party=True, size=200_000)
STATEMENT = DraftAttachment(kind=AttachmentKind.STATEMENT, is_third_party=False, size=90_000)

CASE_1 = (
    "经查，66千伏陆家变10千伏陆家线于2013年12月14日17时40分发生A相接地故障，原因为用户自维变压器避雷器击穿。"
    "供电所人员接到调度通知后立即赶到现场隔离故障点，对全线巡视并恢复送电。该避雷器属用户产权设备，已督促用户尽快更换，"
    "今后将加强对该线路的特巡和用户设备的检查指导，避免再次发生类似情况。已向客户说明停电原因并致歉，"
    "用户表示理解，满意。"
)
"""The reply of case 1 as far as it is told, of the length that it had."""


def make_draft(**overrides: Any) -> ReplyDraft:
    """Make the reply of a complaint that breaks no rule."""
    said: dict[str, Any] = {
        "business_type": BusinessType.COMPLAINT,
        "now": NOW,
        "content": "客户投诉抄表员服务态度差，要求核实处理。",
        "received_at": NOW - timedelta(days=3),
        "due_at": NOW + timedelta(days=2),
        "handling_time": NOW - timedelta(days=1),
        "course": "1月9日调取现场录音，约谈当班抄表员并走访客户。",
        "basis": "依据《供电服务规范》第八条及现场录音。",
        "plan": "对该员工考核，组织全所学习服务规范。",
        "customer_opinion": "客户对处理结果表示满意。",
        "handlers": ("李明",),
        "result_text": "经查，抄表员与客户沟通时言语不当，态度生硬。已批评教育并考核，1月9日上门向客户致歉。",
        "is_substantiated": True,
        "company_liable": True,
        "attachments": (PHOTO,),
        "contact_count": 1,
        "reached_count": 1,
    }
    return ReplyDraft(**(said | overrides))


def make_case_1(**overrides: Any) -> ReplyDraft:
    """Make case 1 of the source: the reply confirms the outage, the flag denies it."""
    said: dict[str, Any] = {
        "content": "客户反映该处频繁停电，一直未得到妥善解决，要求核实处理。",
        "course": "12月14日巡线查找故障点，隔离后送电。",
        "basis": "调度日志、巡视记录。",
        "plan": "开展特巡，督促用户更换避雷器。",
        "customer_opinion": "用户表示理解，满意。",
        "handlers": (),
        "result_text": CASE_1,
        "is_substantiated": False,
        "company_liable": False,
    }
    return make_draft(**(said | overrides))


def codes_of(draft: ReplyDraft) -> set[str]:
    return {finding.code for finding in find_findings(draft)}


def only(draft: ReplyDraft, code: str) -> Finding:
    """Return the one finding with a code."""
    (found,) = [finding for finding in find_findings(draft) if finding.code == code]
    return found


def blocking(draft: ReplyDraft) -> set[str]:
    return {finding.code for finding in find_findings(draft) if finding.is_blocking}


def spanned(draft: ReplyDraft, finding: Finding) -> str:
    """Return the words that a finding points at."""
    text: str = getattr(draft, finding.field)
    return text[finding.start : finding.end]
