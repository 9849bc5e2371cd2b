"""Where an order may be and what may move it: exactly the names of lifecycles 3.1 and 3.2."""

from __future__ import annotations

from shared.glossary import Word


class Status(Word):
    """Where an order is."""

    RECEIVED = "received"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    # A repair (lifecycles 3.1).
    CONSULTATION_LINKED = "consultation_linked"
    CHILD_OF_INCIDENT = "child_of_incident"
    RESOLVED_BY_PHONE = "resolved_by_phone"
    ASSESSED = "assessed"
    DISPATCHED = "dispatched"
    CREW_ACCEPTED = "crew_accepted"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    SURVEYED = "surveyed"
    CUSTOMER_INTERNAL = "customer_internal"
    AWAITING_SUPPORT = "awaiting_support"
    AWAITING_SWITCHING = "awaiting_switching"
    PERMITTED = "permitted"
    REPAIRING = "repairing"
    PARTIALLY_RESTORED = "partially_restored"
    REPAIRED = "repaired"
    RESTORED = "restored"
    REPLIED = "replied"
    CREW_REWORK = "crew_rework"
    # Whatever is called back by us or by the platform.
    SENT = "sent"
    CALLBACK_PENDING = "callback_pending"
    CALLED_BACK = "called_back"
    RETURNED = "returned"
    REOPENED = "reopened"
    ARCHIVED = "archived"
    CANCELLED_DUPLICATE = "cancelled_duplicate"
    FALSE_ALARM = "false_alarm"
    # The six other types (lifecycles 3.2).
    ANSWERED_ON_CALL = "answered_on_call"
    FORWARDED = "forwarded"
    CUSTOMER_CONTACTED = "customer_contacted"
    INVESTIGATING = "investigating"
    TRANSFERRED_EXTERNAL = "transferred_external"
    VERIFIED = "verified"
    REPLY_DRAFTED = "reply_drafted"
    CITY_REVIEWED = "city_reviewed"
    PROVINCE_REVIEW = "province_review"
    PROVINCE_RETURNED = "province_returned"
    NATIONAL_CALLBACK = "national_callback"
    NATIONAL_RETURNED = "national_returned"
    STATEMENT_SUBMITTED = "statement_submitted"
    STATEMENT_APPROVED = "statement_approved"
    STATEMENT_REFUSED = "statement_refused"
    CALLBACK_CANCELLED = "callback_cancelled"
    APPEAL_OPEN = "appeal_open"
    SUBSTANTIATION_CHANGED = "substantiation_changed"


class Action(Word):
    """What moves an order: a person at a desk, the platform, the province, or a fact from the field."""

    ACCEPT = "accept"
    DECLINE = "decline"
    LINK_AS_CONSULTATION = "link_as_consultation"
    FOLLOW_MAIN_ORDER = "follow_main_order"
    RESOLVE_BY_PHONE = "resolve_by_phone"
    ASSESS = "assess"
    DISPATCH = "dispatch"
    CREW_REFUSE = "crew_refuse"
    WITHDRAW_CREW = "withdraw_crew"
    CREW_ACCEPT = "crew_accept"
    DEPART = "depart"
    ARRIVE = "arrive"
    SURVEY = "survey"
    FIND_CUSTOMER_INTERNAL = "find_customer_internal"
    REQUEST_SUPPORT = "request_support"
    REQUEST_SWITCHING = "request_switching"
    FINISH_SWITCHING = "finish_switching"
    PERMIT = "permit"
    START_WORK = "start_work"
    RESTORE_TRUNK = "restore_trunk"
    REPAIR = "repair"
    RESTORE = "restore"
    REPLY = "reply"
    REWORK = "rework"
    SEND = "send"
    AWAIT_CALLBACK = "await_callback"
    CALL_BACK = "call_back"
    RETURN = "return"
    REOPEN = "reopen"
    SEND_OUT_AGAIN = "send_out_again"
    ARCHIVE = "archive"
    CANCEL_AS_DUPLICATE = "cancel_as_duplicate"
    CANCEL_AS_FALSE_ALARM = "cancel_as_false_alarm"
    # The six other types.
    ANSWER_ON_CALL = "answer_on_call"
    FORWARD = "forward"
    TRY_CONTACT = "try_contact"
    CONTACT = "contact"
    INVESTIGATE = "investigate"
    TRANSFER_EXTERNAL = "transfer_external"
    VERIFY = "verify"
    DRAFT_REPLY = "draft_reply"
    CITY_REVIEW = "city_review"
    SUBMIT = "submit"
    PROVINCE_APPROVE = "province_approve"
    PROVINCE_RETURN = "province_return"
    MEND = "mend"
    SUBMIT_STATEMENT = "submit_statement"
    APPROVE_STATEMENT = "approve_statement"
    REFUSE_STATEMENT = "refuse_statement"
    CANCEL_CALLBACK = "cancel_callback"
    APPEAL = "appeal"
    UPHOLD_APPEAL = "uphold_appeal"
    REJECT_APPEAL = "reject_appeal"


TERMINAL = frozenset(
    {
        Status.DECLINED,
        Status.CONSULTATION_LINKED,
        Status.ARCHIVED,
        Status.CANCELLED_DUPLICATE,
        Status.FALSE_ALARM,
        Status.SUBSTANTIATION_CHANGED,
    }
)
"""The order's own life is over; an appeal alone looks at an archived complaint once more."""

OVER = TERMINAL | {Status.APPEAL_OPEN}
"""Nobody's work any more, and deaf to what its customer says: an appeal is between city and province. What is said now
is a new order, what was said is kept until the appeal is decided (which `TERMINAL` is for)."""
