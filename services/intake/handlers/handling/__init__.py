"""What desks, units and the province do with an order that a department handles; one file a concept."""

from __future__ import annotations

from services.intake.handlers.handling.closing import (
    answer_on_call,
    archive,
    call_back,
    cancel_callback,
    enter_callback,
    give_back,
    reopen_order,
    verify_praise,
)
from services.intake.handlers.handling.forwarding import (
    contact_customer,
    forward_order,
    investigate_order,
    transfer_external,
)
from services.intake.handlers.handling.judging import hear_province, open_appeal, settle_appeal, submit_statement
from services.intake.handlers.handling.reading import read_handling
from services.intake.handlers.handling.replying import (
    Drafted,
    draft_reply,
    find_unfit,
    review_reply,
    rework,
    submit,
)

__all__ = [
    "Drafted",
    "answer_on_call",
    "archive",
    "call_back",
    "cancel_callback",
    "contact_customer",
    "draft_reply",
    "enter_callback",
    "find_unfit",
    "forward_order",
    "give_back",
    "hear_province",
    "investigate_order",
    "open_appeal",
    "read_handling",
    "reopen_order",
    "review_reply",
    "rework",
    "settle_appeal",
    "submit",
    "submit_statement",
    "transfer_external",
    "verify_praise",
]
