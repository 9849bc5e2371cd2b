"""The lives of what a department handles (lifecycles 3.2): what they share, and what each type has beside it.

`received` → `accepted` → `forwarded` → `customer_contacted` → `investigating` → `reply_drafted` → `city_reviewed`, then
a national order → `province_review` → `national_callback`, a local one → `sent` → `callback_pending`; → `archived`.
"""

from __future__ import annotations

from services.intake.domain.lifecycle.transitions import Lifecycle, leading, staying
from services.intake.domain.lifecycle.words import Action, Status

S, A = Status, Action

_IN_HAND = (S.INVESTIGATING, S.TRANSFERRED_EXTERNAL, S.REPLY_DRAFTED, S.CITY_REVIEWED)
"""A department works on it after it first spoke with the customer, or tried to."""

_WITH_OTHERS = (S.PROVINCE_REVIEW, S.NATIONAL_CALLBACK, S.SENT, S.CALLBACK_PENDING, S.CALLED_BACK)
"""The reply has left the city's hands."""

OPEN = (S.ACCEPTED, S.FORWARDED, S.CUSTOMER_CONTACTED, *_IN_HAND, *_WITH_OTHERS)
"""From where a statement may be handed up («any open»)."""

BEGINNING: Lifecycle = {
    A.DECLINE: leading(S.RECEIVED, to=S.DECLINED),
    A.ACCEPT: leading(S.RECEIVED, to=S.ACCEPTED),
}
"""What every order begins with."""

HANDLED: Lifecycle = {
    **BEGINNING,
    A.FORWARD: leading(S.ACCEPTED, to=S.FORWARDED),
    # Not reached: keep trying inside the limit (requirement 001-029). Reached: as often as it takes.
    A.TRY_CONTACT: staying(S.FORWARDED, S.CUSTOMER_CONTACTED, *_IN_HAND),
    A.CONTACT: leading(S.FORWARDED, to=S.CUSTOMER_CONTACTED).staying(S.CUSTOMER_CONTACTED, *_IN_HAND),
    # From `forwarded` only when somebody has tried at least: `handling.investigate` guards that.
    A.INVESTIGATE: leading(S.FORWARDED, S.CUSTOMER_CONTACTED, S.TRANSFERRED_EXTERNAL, to=S.INVESTIGATING),
    A.TRANSFER_EXTERNAL: leading(S.INVESTIGATING, to=S.TRANSFERRED_EXTERNAL),
    A.DRAFT_REPLY: leading(S.INVESTIGATING, S.TRANSFERRED_EXTERNAL, S.REPLY_DRAFTED, to=S.REPLY_DRAFTED),
    A.CITY_REVIEW: leading(S.REPLY_DRAFTED, to=S.CITY_REVIEWED),
    A.REWORK: leading(S.CITY_REVIEWED, to=S.REPLY_DRAFTED),
    A.SUBMIT: leading(S.CITY_REVIEWED, to=S.PROVINCE_REVIEW),
    A.PROVINCE_APPROVE: leading(S.PROVINCE_REVIEW, to=S.NATIONAL_CALLBACK),
    A.PROVINCE_RETURN: leading(S.PROVINCE_REVIEW, to=S.PROVINCE_RETURNED),
    A.MEND: leading(S.PROVINCE_RETURNED, S.STATEMENT_REFUSED, to=S.REPLY_DRAFTED),
    A.SEND: leading(S.CITY_REVIEWED, to=S.SENT),
    A.AWAIT_CALLBACK: leading(S.SENT, to=S.CALLBACK_PENDING),
    # While a statement waits, only about an answer that had left before: `answering` guards both. Nobody tells the
    # platform, or an agent who is ringing already, that there is one.
    A.CALL_BACK: leading(S.NATIONAL_CALLBACK, S.SENT, S.CALLBACK_PENDING, S.STATEMENT_SUBMITTED, to=S.CALLED_BACK),
    A.RETURN: leading(S.NATIONAL_CALLBACK, S.CALLED_BACK, S.STATEMENT_SUBMITTED, to=S.NATIONAL_RETURNED),
    A.REOPEN: leading(S.CALLED_BACK, to=S.REOPENED),
    A.SEND_OUT_AGAIN: leading(S.NATIONAL_RETURNED, S.REOPENED, to=S.FORWARDED),
    # A matter may need more than one statement (case C2d): they are judged together.
    A.SUBMIT_STATEMENT: leading(*OPEN, to=S.STATEMENT_SUBMITTED).staying(S.STATEMENT_SUBMITTED),
    A.APPROVE_STATEMENT: leading(S.STATEMENT_SUBMITTED, to=S.STATEMENT_APPROVED),
    A.REFUSE_STATEMENT: leading(S.STATEMENT_SUBMITTED, to=S.STATEMENT_REFUSED),
    A.CANCEL_CALLBACK: leading(S.STATEMENT_APPROVED, to=S.CALLBACK_CANCELLED),
    A.ARCHIVE: leading(S.CALLED_BACK, S.CALLBACK_PENDING, S.CALLBACK_CANCELLED, to=S.ARCHIVED),
}

COMPLAINT: Lifecycle = {
    **HANDLED,
    A.APPEAL: leading(S.ARCHIVED, to=S.APPEAL_OPEN),
    A.UPHOLD_APPEAL: leading(S.APPEAL_OPEN, to=S.SUBSTANTIATION_CHANGED),
    A.REJECT_APPEAL: leading(S.APPEAL_OPEN, to=S.ARCHIVED),
}
"""投诉: an archived one may be appealed against: not substantiated after all (E31)."""

MISCONDUCT_REPORT: Lifecycle = HANDLED
"""举报: the same way; who may see it is another matter (`visibility.py`)."""

OPINION: Lifecycle = HANDLED
"""意见: adopted or not, with the reason (requirement 003-034); the reply says it."""

_ANSWERED_ON_CALL: Lifecycle = {
    A.ANSWER_ON_CALL: leading(S.RECEIVED, S.ACCEPTED, to=S.ANSWERED_ON_CALL),
    A.ARCHIVE: leading(*HANDLED[A.ARCHIVE].sources, S.ANSWERED_ON_CALL, to=S.ARCHIVED),
}

SUGGESTION: Lifecycle = {**HANDLED, **_ANSWERED_ON_CALL}
"""建议: may be answered on the call, from the knowledge base."""

CONSULTATION: Lifecycle = {
    **SUGGESTION,
    A.LINK_AS_CONSULTATION: leading(S.RECEIVED, S.ACCEPTED, to=S.CONSULTATION_LINKED),
}
"""咨询: mostly answered on the call; a repair reported again lands here, linked to the first (003-025)."""

PRAISE: Lifecycle = {
    **BEGINNING,
    A.FORWARD: leading(S.ACCEPTED, to=S.FORWARDED),
    A.VERIFY: leading(S.ACCEPTED, S.FORWARDED, S.VERIFIED, to=S.VERIFIED),
    A.SUBMIT: leading(S.VERIFIED, to=S.PROVINCE_REVIEW),
    A.PROVINCE_APPROVE: leading(S.PROVINCE_REVIEW, to=S.VERIFIED),
    A.PROVINCE_RETURN: leading(S.PROVINCE_REVIEW, to=S.PROVINCE_RETURNED),
    A.MEND: leading(S.PROVINCE_RETURNED, to=S.VERIFIED),
    A.ARCHIVE: leading(S.VERIFIED, to=S.ARCHIVED),
}
"""表扬: checked and passed on to whom it is for; nobody is called back about it."""
