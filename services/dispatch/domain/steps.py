"""The life of one crew's task as one table: what a field report may follow, and where it leads.

Lifecycle 3.1, rows 9 to 21. What is needed next, what is out of sequence and what the phone shows all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.glossary import Word


class TaskStatus(StrEnum):
    """Where a crew's job on an order is."""

    DISPATCHED = "dispatched"
    CREW_ACCEPTED = "crew_accepted"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    SURVEYED = "surveyed"
    AWAITING_SUPPORT = "awaiting_support"
    AWAITING_SWITCHING = "awaiting_switching"
    PERMIT_REQUESTED = "permit_requested"
    PERMITTED = "permitted"
    REPAIRING = "repairing"
    PARTIALLY_RESTORED = "partially_restored"
    REPAIRED = "repaired"
    READY_TO_ENERGISE = "ready_to_energise"
    RESTORED = "restored"
    CUSTOMER_INTERNAL = "customer_internal"
    REPLIED = "replied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CLOSED = frozenset({TaskStatus.REPLIED, TaskStatus.REFUSED, TaskStatus.WITHDRAWN})
"""The task asks nothing more of its crew."""


class Kind(Word):
    """What a crew may report (interfaces, section 2)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    SURVEYED = "surveyed"
    SUPPORT_REQUESTED = "support_requested"
    SWITCHING_REQUESTED = "switching_requested"
    PERMIT_REQUESTED = "permit_requested"
    WORK_STARTED = "work_started"
    TRUNK_RESTORED = "trunk_restored"
    REPAIRED = "repaired"
    READY_TO_ENERGISE = "ready_to_energise"
    RESTORED = "restored"
    REPLIED = "replied"
    DELAYED = "delayed"
    CUSTOMER_INTERNAL = "customer_internal"


@dataclass(frozen=True)
class Step:
    """A report may come in the states `after` and leads to `to` (None: it changes no state); some may come again."""

    after: frozenset[TaskStatus]
    to: TaskStatus | None
    needs: tuple[str, ...] = ()
    is_repeatable: bool = False


def _step(*after: TaskStatus, to: TaskStatus | None, needs: tuple[str, ...] = (), is_repeatable: bool = False) -> Step:
    return Step(frozenset(after), to, needs, is_repeatable)


_S = TaskStatus
_BEFORE_ARRIVAL = (_S.DISPATCHED, _S.CREW_ACCEPTED, _S.EN_ROUTE)
_ON_SITE = (_S.SURVEYED, _S.AWAITING_SUPPORT, _S.AWAITING_SWITCHING)

STEPS: dict[Kind, Step] = {
    Kind.ACCEPTED: _step(_S.DISPATCHED, to=_S.CREW_ACCEPTED),
    Kind.REFUSED: _step(*_BEFORE_ARRIVAL, to=_S.REFUSED, needs=("reason",)),
    Kind.DEPARTED: _step(_S.CREW_ACCEPTED, to=_S.EN_ROUTE),
    Kind.DELAYED: _step(*_BEFORE_ARRIVAL, to=None, needs=("explanation",), is_repeatable=True),
    Kind.ARRIVED: _step(_S.EN_ROUTE, to=_S.ARRIVED),
    Kind.SURVEYED: _step(_S.ARRIVED, to=_S.SURVEYED, needs=("first_report",)),
    Kind.CUSTOMER_INTERNAL: _step(
        _S.ARRIVED, *_ON_SITE, to=_S.CUSTOMER_INTERNAL, needs=("onsite_explanation", "asset_ownership")
    ),
    Kind.SUPPORT_REQUESTED: _step(*_ON_SITE, to=_S.AWAITING_SUPPORT, needs=("reason",), is_repeatable=True),
    Kind.SWITCHING_REQUESTED: _step(
        _S.SURVEYED, _S.AWAITING_SUPPORT, to=_S.AWAITING_SWITCHING, needs=("reason",), is_repeatable=True
    ),
    Kind.PERMIT_REQUESTED: _step(_S.SURVEYED, _S.AWAITING_SUPPORT, to=_S.PERMIT_REQUESTED),
    Kind.WORK_STARTED: _step(_S.PERMITTED, to=_S.REPAIRING),
    Kind.TRUNK_RESTORED: _step(_S.REPAIRING, to=_S.PARTIALLY_RESTORED),
    Kind.REPAIRED: _step(_S.REPAIRING, _S.PARTIALLY_RESTORED, to=_S.REPAIRED),
    Kind.READY_TO_ENERGISE: _step(_S.REPAIRED, to=_S.READY_TO_ENERGISE),
    Kind.RESTORED: _step(_S.READY_TO_ENERGISE, to=_S.RESTORED),
    Kind.REPLIED: _step(
        _S.RESTORED, _S.CUSTOMER_INTERNAL, to=_S.REPLIED, needs=("process", "result", "customer_opinion", "cause")
    ),
}

DESK_NEXT: dict[TaskStatus, str] = {
    TaskStatus.PERMIT_REQUESTED: "work_permit",
    TaskStatus.AWAITING_SWITCHING: "switching_done",
}
"""States in which the crew waits for the grid dispatcher: what it waits for."""


def needs_next(status: TaskStatus) -> list[str]:
    """List what a task needs next, the step that leads on first; while the desk is to act, the desk's word."""
    kinds: list[str] = [DESK_NEXT[status]] if status in DESK_NEXT else []
    on = [kind for kind, step in STEPS.items() if status in step.after]
    aside = {Kind.REFUSED, Kind.DELAYED, Kind.CUSTOMER_INTERNAL, Kind.SUPPORT_REQUESTED, Kind.SWITCHING_REQUESTED}
    return kinds + [k.value for k in on if k not in aside] + [k.value for k in on if k in aside]
