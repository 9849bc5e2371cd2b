"""The life of a repair: lifecycles 3.1, rows 2 to 27. No provincial review on it (requirements 001-004, 001-005)."""

from __future__ import annotations

from services.intake.domain.lifecycle.transitions import Lifecycle, Transition, leading
from services.intake.domain.lifecycle.words import Action, Status

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


def _forward(target: Status, *also: Status) -> Transition:
    return leading(*FIELD[: FIELD.index(target)], *also, to=target)


_ON_THE_JOB = FIELD[FIELD.index(S.DISPATCHED) : FIELD.index(S.REPAIRED)]
_BEFORE_REPAIR = (S.RECEIVED, S.CHILD_OF_INCIDENT, *FIELD[: FIELD.index(S.REPAIRED)])

REPAIR: Lifecycle = {
    A.DECLINE: leading(S.RECEIVED, to=S.DECLINED),
    A.ACCEPT: leading(S.RECEIVED, to=S.ACCEPTED),
    A.LINK_AS_CONSULTATION: leading(S.ACCEPTED, to=S.CONSULTATION_LINKED),
    A.FOLLOW_MAIN_ORDER: leading(S.ACCEPTED, S.ASSESSED, to=S.CHILD_OF_INCIDENT),
    A.RESOLVE_BY_PHONE: leading(S.ACCEPTED, to=S.RESOLVED_BY_PHONE),
    # A follower whose main order fell away leads from then on.
    A.ASSESS: _forward(S.ASSESSED, S.CHILD_OF_INCIDENT),
    A.DISPATCH: _forward(S.DISPATCHED, S.CHILD_OF_INCIDENT),
    # Another crew may be sent until the repair is done (转派).
    A.CREW_REFUSE: leading(*_ON_THE_JOB, to=S.ASSESSED),
    A.WITHDRAW_CREW: leading(*_ON_THE_JOB, to=S.ASSESSED),
    A.CREW_ACCEPT: _forward(S.CREW_ACCEPTED),
    A.DEPART: _forward(S.EN_ROUTE),
    A.ARRIVE: _forward(S.ARRIVED),
    A.SURVEY: _forward(S.SURVEYED),
    A.FIND_CUSTOMER_INTERNAL: _forward(S.CUSTOMER_INTERNAL),
    A.REQUEST_SUPPORT: _forward(S.AWAITING_SUPPORT, S.AWAITING_SWITCHING),
    A.REQUEST_SWITCHING: _forward(S.AWAITING_SWITCHING),
    A.FINISH_SWITCHING: leading(S.AWAITING_SWITCHING, to=S.SURVEYED),
    A.PERMIT: _forward(S.PERMITTED),
    A.START_WORK: _forward(S.REPAIRING),
    A.RESTORE_TRUNK: _forward(S.PARTIALLY_RESTORED),
    A.REPAIR: _forward(S.REPAIRED),
    A.RESTORE: _forward(S.RESTORED, S.CHILD_OF_INCIDENT),
    A.REPLY: _forward(S.REPLIED, S.CHILD_OF_INCIDENT, S.CREW_REWORK),
    A.REWORK: leading(S.REPLIED, to=S.CREW_REWORK),
    A.SEND: leading(S.REPLIED, S.RESTORED, to=S.SENT),
    A.AWAIT_CALLBACK: leading(S.SENT, S.RESOLVED_BY_PHONE, to=S.CALLBACK_PENDING),
    A.CALL_BACK: leading(S.SENT, S.CALLBACK_PENDING, S.RESOLVED_BY_PHONE, to=S.CALLED_BACK),
    # From the field only after the same callback had already reopened it: `closing.give_back` guards that.
    A.RETURN: leading(S.SENT, S.CALLBACK_PENDING, S.CALLED_BACK, *FIELD, S.CREW_REWORK, to=S.RETURNED),
    A.REOPEN: leading(S.CALLED_BACK, to=S.REOPENED),
    A.SEND_OUT_AGAIN: leading(S.RETURNED, S.REOPENED, to=S.ACCEPTED),
    A.ARCHIVE: leading(S.CALLED_BACK, S.CALLBACK_PENDING, to=S.ARCHIVED),
    A.CANCEL_AS_DUPLICATE: leading(*_BEFORE_REPAIR, to=S.CANCELLED_DUPLICATE),
    A.CANCEL_AS_FALSE_ALARM: leading(*_BEFORE_REPAIR, to=S.FALSE_ALARM),
}
