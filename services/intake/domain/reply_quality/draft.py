"""What the quality check looks at: a reply as far as it is written, with what is known of its order. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.attachments import AttachmentKind
from shared.glossary import BusinessType


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftAttachment:
    """A file beside the reply, as far as a rule asks for it."""

    kind: AttachmentKind
    is_third_party: bool = False
    size: int = 0
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyDraft:
    """A reply in its six parts (requirements 001-039, 001-040), with `result_text` (处理结果), which is what is sent.

    Texts that are not written are empty. What is not known is None: times and contacts are then not judged, a flag
    that the type must have is missing. `now` is the moment of the check: while typing, or the moment of submission.
    """

    business_type: BusinessType
    now: datetime
    content: str = ""
    """What was accepted: the customer's own claims (工单受理内容)."""
    received_at: datetime | None = None
    due_at: datetime | None = None
    """Until when the customer must have the answer; None while no promise is known."""

    handling_time: datetime | None = None
    """Part 1, 处理时间: when the matter was handled."""
    course: str = ""
    """Part 2, 处置经过 (for a repair: the process)."""
    basis: str = ""
    """Part 3, 处置依据 (for a repair: the cause)."""
    plan: str = ""
    """Part 4, 处置方案."""
    customer_opinion: str = ""
    """Part 5, 客户意见."""
    handlers: tuple[str, ...] = ()
    """Part 6, 处理人员, by name."""

    result_text: str = ""
    """处理结果: the text of at most 128 code points (not for repairs)."""
    is_substantiated: bool | None = None
    company_liable: bool | None = None
    attachments: tuple[DraftAttachment, ...] = ()
    contact_count: int | None = None
    """How often somebody tried to reach the customer in this round; a submission must know it."""
    reached_count: int = 0
    """How many of these the customer answered."""
    ticked_claims: frozenset[str] = frozenset()
    """Topics of the accepted content that the reviewer ticked as answered (requirement 001-027)."""
    previous_texts: tuple[str, ...] = ()
    """Results of earlier rounds of the same order: to send the same again is to paste."""

    @property
    def is_repair(self) -> bool:
        """Say whether it answers a repair order: no limit of length (001-064), no provincial review (001-005)."""
        return self.business_type is BusinessType.FAULT_REPAIR
