"""Where an order may go from where it is: one table a life cycle (lifecycles 3.1 and 3.2), and nothing beside it.

An eighth business type is one more line in `LIFECYCLES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import Conflict, Text
from shared.glossary import BusinessType, Word


class Status(Word):
    """Where an order is: exactly the names of lifecycles 3.1."""

    RECEIVED = "received"
    DECLINED = "declined"
    ACCEPTED = "accepted"
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
    SENT = "sent"
    CALLBACK_PENDING = "callback_pending"
    CALLED_BACK = "called_back"
    RETURNED = "returned"
    REOPENED = "reopened"
    ARCHIVED = "archived"
    CANCELLED_DUPLICATE = "cancelled_duplicate"
    FALSE_ALARM = "false_alarm"


class Action(Word):
    """What moves an order: a person at a desk, the platform, or a fact from the field."""

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


@dataclass(frozen=True)
class Transition:
    """From any of `sources` to `target`."""

    sources: frozenset[Status]
    target: Status


Lifecycle = Mapping[Action, Transition]

S, A = Status, Action

FIELD = (
    S.ACCEPTED,
    S.ASSESSED,
    S.DISPATCHED,
    S.CREW_ACCEPTED,
    S.EN_ROUTE,
    S.ARRIVED,
    S.SURVEYED,
    S.CUSTOMER_INTERNAL,
    S.AWAITING_SUPPORT,
    S.AWAITING_SWITCHING,
    S.PERMITTED,
    S.REPAIRING,
    S.PARTIALLY_RESTORED,
    S.REPAIRED,
    S.RESTORED,
    S.REPLIED,
)
"""The way through the field. What happened there is true even when a step between was never reported (lifecycles 3.1,
rows 7 to 21), so a fact moves an order forward from any earlier step, and never back."""

TERMINAL = frozenset({S.DECLINED, S.CONSULTATION_LINKED, S.ARCHIVED, S.CANCELLED_DUPLICATE, S.FALSE_ALARM})
"""Nothing moves these any more."""


def _from(*sources: Status, to: Status) -> Transition:
    return Transition(frozenset(sources), to)


def _forward(target: Status, *also: Status) -> Transition:
    return Transition(frozenset(FIELD[: FIELD.index(target)]) | frozenset(also), target)


_ON_THE_JOB = FIELD[FIELD.index(S.DISPATCHED) : FIELD.index(S.REPAIRED)]
_BEFORE_REPAIR = (S.RECEIVED, S.CHILD_OF_INCIDENT, *FIELD[: FIELD.index(S.REPAIRED)])

REPAIR: Lifecycle = {
    A.DECLINE: _from(S.RECEIVED, to=S.DECLINED),
    A.ACCEPT: _from(S.RECEIVED, to=S.ACCEPTED),
    A.LINK_AS_CONSULTATION: _from(S.ACCEPTED, to=S.CONSULTATION_LINKED),
    A.FOLLOW_MAIN_ORDER: _from(S.ACCEPTED, S.ASSESSED, to=S.CHILD_OF_INCIDENT),
    A.RESOLVE_BY_PHONE: _from(S.ACCEPTED, to=S.RESOLVED_BY_PHONE),
    # A follower whose main order fell away leads from then on.
    A.ASSESS: _forward(S.ASSESSED, S.CHILD_OF_INCIDENT),
    A.DISPATCH: _forward(S.DISPATCHED, S.CHILD_OF_INCIDENT),
    # Another crew may be sent until the repair is done (转派).
    A.CREW_REFUSE: _from(*_ON_THE_JOB, to=S.ASSESSED),
    A.WITHDRAW_CREW: _from(*_ON_THE_JOB, to=S.ASSESSED),
    A.CREW_ACCEPT: _forward(S.CREW_ACCEPTED),
    A.DEPART: _forward(S.EN_ROUTE),
    A.ARRIVE: _forward(S.ARRIVED),
    A.SURVEY: _forward(S.SURVEYED),
    A.FIND_CUSTOMER_INTERNAL: _forward(S.CUSTOMER_INTERNAL),
    A.REQUEST_SUPPORT: _forward(S.AWAITING_SUPPORT, S.AWAITING_SWITCHING),
    A.REQUEST_SWITCHING: _forward(S.AWAITING_SWITCHING),
    A.FINISH_SWITCHING: _from(S.AWAITING_SWITCHING, to=S.SURVEYED),
    A.PERMIT: _forward(S.PERMITTED),
    A.START_WORK: _forward(S.REPAIRING),
    A.RESTORE_TRUNK: _forward(S.PARTIALLY_RESTORED),
    A.REPAIR: _forward(S.REPAIRED),
    A.RESTORE: _forward(S.RESTORED, S.CHILD_OF_INCIDENT),
    A.REPLY: _forward(S.REPLIED, S.CHILD_OF_INCIDENT, S.CREW_REWORK),
    A.REWORK: _from(S.REPLIED, to=S.CREW_REWORK),
    A.SEND: _from(S.REPLIED, S.RESTORED, to=S.SENT),
    A.AWAIT_CALLBACK: _from(S.SENT, to=S.CALLBACK_PENDING),
    A.CALL_BACK: _from(S.SENT, S.CALLBACK_PENDING, S.RESOLVED_BY_PHONE, to=S.CALLED_BACK),
    # From the field only after the same callback had already reopened it: `Order.give_back` guards that.
    A.RETURN: _from(S.SENT, S.CALLBACK_PENDING, S.CALLED_BACK, *FIELD, S.CREW_REWORK, to=S.RETURNED),
    A.REOPEN: _from(S.CALLED_BACK, to=S.REOPENED),
    A.SEND_OUT_AGAIN: _from(S.RETURNED, S.REOPENED, to=S.ACCEPTED),
    A.ARCHIVE: _from(S.CALLED_BACK, S.CALLBACK_PENDING, to=S.ARCHIVED),
    A.CANCEL_AS_DUPLICATE: _from(*_BEFORE_REPAIR, to=S.CANCELLED_DUPLICATE),
    A.CANCEL_AS_FALSE_ALARM: _from(*_BEFORE_REPAIR, to=S.FALSE_ALARM),
}
"""Lifecycles 3.1, rows 2 to 27. There is no provincial review on it (requirements 001-004, 001-005)."""

NON_REPAIR: Lifecycle = {
    A.DECLINE: _from(S.RECEIVED, to=S.DECLINED),
    A.ACCEPT: _from(S.RECEIVED, to=S.ACCEPTED),
}
"""Lifecycles 3.2 as far as the first issue goes."""

LIFECYCLES: Mapping[BusinessType, Lifecycle] = {
    BusinessType.FAULT_REPAIR: REPAIR,
    BusinessType.COMPLAINT: NON_REPAIR,
    BusinessType.MISCONDUCT_REPORT: NON_REPAIR,
    BusinessType.OPINION: NON_REPAIR,
    BusinessType.SUGGESTION: NON_REPAIR,
    BusinessType.CONSULTATION: NON_REPAIR,
    BusinessType.PRAISE: NON_REPAIR,
}

_ILLEGAL = Text(
    "工单处于“{status}”，不能执行“{action}”；此时可以：{legal}",
    "the order is “{status}”, which does not allow “{action}”; legal now: {legal}",
)


def legal_actions(business_type: BusinessType, status: Status) -> list[Action]:
    """Return what may be done with an order of this type that is in `status`, in the table's order."""
    return [action for action, step in LIFECYCLES[business_type].items() if status in step.sources]


def is_legal(business_type: BusinessType, status: Status, action: Action) -> bool:
    """Say whether the table allows it."""
    step = LIFECYCLES[business_type].get(action)
    return step is not None and status in step.sources


def next_status(business_type: BusinessType, status: Status, action: Action) -> Status:
    """Return where `action` leads; raises Conflict (`order.transition_illegal`) telling what would be legal."""
    if not is_legal(business_type, status, action):
        raise illegal(business_type, status, action)
    return LIFECYCLES[business_type][action].target


def illegal(business_type: BusinessType, status: Status, action: Action) -> Conflict:
    """Make the refusal of a step that the table does not know."""
    legal = [str(a) for a in legal_actions(business_type, status) if a is not action]
    return Conflict("order.transition_illegal", _ILLEGAL, status=str(status), action=str(action), legal=legal)
