"""What intake tells of the orders that a department handles: the way from forwarding to the end of feedback."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.intake.orders import IntakeEvent
from shared.glossary import BusinessType


class OrderForwarded(IntakeEvent):
    """The city passed the order on to the unit that is to handle it; it stays the same order (内转外不转)."""

    name: ClassVar[str] = "order-forwarded"

    forwarded_at: datetime
    unit: str
    round: int = 1
    business_type: BusinessType
    is_important: bool = False


class ContactAttempted(IntakeEvent):
    """Somebody of ours tried to reach the customer, and did not."""

    name: ClassVar[str] = "contact-attempted"

    attempted_at: datetime
    round: int = 1
    attempt: int


class CustomerContacted(IntakeEvent):
    """Somebody of ours spoke with the customer (一联系, requirement 001-034)."""

    name: ClassVar[str] = "customer-contacted"

    contacted_at: datetime
    round: int = 1
    is_first: bool = True
    """The first of this round: what the promise of a first contact is judged by."""


class InvestigationStarted(IntakeEvent):
    """The unit looks into the matter."""

    name: ClassVar[str] = "investigation-started"

    investigation_started_at: datetime
    round: int = 1


class OrderTransferredExternal(IntakeEvent):
    """The responsible party is outside the company; the order stays ours and is tracked on (case C2d)."""

    name: ClassVar[str] = "order-transferred-external"

    transferred_at: datetime
    transferred_external: str
    round: int = 1


class ReplyDrafted(IntakeEvent):
    """The unit wrote the reply; its text is intake's."""

    name: ClassVar[str] = "reply-drafted"

    reply_drafted_at: datetime
    reply_id: UUID
    round: int = 1
    is_substantiated: bool | None = None
    company_liable: bool | None = None


class ReplyReviewed(IntakeEvent):
    """The city's own reviewer found the reply good."""

    name: ClassVar[str] = "reply-reviewed"

    city_reviewed_at: datetime
    round: int = 1


class ReplySubmitted(IntakeEvent):
    """The reply of a national order went up to the province for review."""

    name: ClassVar[str] = "reply-submitted"

    submitted_at: datetime
    round: int = 1
    business_type: BusinessType


class ReplyApproved(IntakeEvent):
    """The province found the reply good: the national centre calls the customer back."""

    name: ClassVar[str] = "reply-approved"

    province_approved_at: datetime
    round: int = 1


class CustomerAnswered(IntakeEvent):
    """The customer has the answer: on the call, by phone, in writing or at the door."""

    name: ClassVar[str] = "customer-answered"

    answered_at: datetime
    answer_mode: str
    is_on_call: bool = False
    """Answered on the very call, from the knowledge base: nothing was handed on."""


class PraiseVerified(IntakeEvent):
    """A praise was checked and passed on to whom it is for."""

    name: ClassVar[str] = "praise-verified"

    verified_at: datetime
    is_verified: bool


class StatementSubmitted(IntakeEvent):
    """情况说明: the city asks for the callback to be cancelled, under its seal (requirement 001-035)."""

    name: ClassVar[str] = "statement-submitted"

    statement_submitted_at: datetime
    statement_id: UUID
    signer_unit: str
    claim: str


class StatementApproved(IntakeEvent):
    """The province agrees with the statement (requirement 001-037)."""

    name: ClassVar[str] = "statement-approved"

    statement_approved_at: datetime


class StatementRefused(IntakeEvent):
    """The province does not agree: the customer has to be answered after all."""

    name: ClassVar[str] = "statement-refused"

    statement_refused_at: datetime
    reason: str


class OrderCallbackCancelled(IntakeEvent):
    """Nobody calls this customer back; the order leaves the satisfaction figures (001-038, decision 16)."""

    name: ClassVar[str] = "order-callback-cancelled"

    callback_cancelled_at: datetime
    by_national: bool


class AppealOpened(IntakeEvent):
    """The city says of an archived complaint that it was not substantiated (E31)."""

    name: ClassVar[str] = "appeal-opened"

    appealed_at: datetime


class AppealDecided(IntakeEvent):
    """The province decided an appeal; when upheld, the complaint counts as not substantiated from then on."""

    name: ClassVar[str] = "appeal-decided"

    decided_at: datetime
    is_upheld: bool
    is_substantiated: bool


class OrderConcluded(IntakeEvent):
    """The matter has a conclusion, and feedback to the customer is closed (requirement 004-012)."""

    name: ClassVar[str] = "order-concluded"

    feedback_closed_at: datetime
    is_substantiated: bool | None = None
    company_liable: bool | None = None


class TimeAmended(IntakeEvent):
    """A time on an order was corrected, with a reason and a name; what it was stays on record."""

    name: ClassVar[str] = "time-amended"

    amendment_id: UUID
    field: str
    old: datetime
    new: datetime
    amended_at: datetime
    reason: str
    by: str
