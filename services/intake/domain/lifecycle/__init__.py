"""Where an order may go from where it is: one table a business type (lifecycles 3.1 and 3.2), and nothing beside it.

An eighth business type is one more line in `LIFECYCLES`, with a table of its own or another's.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.intake.domain.lifecycle.handled import (
    COMPLAINT,
    CONSULTATION,
    HANDLED,
    MISCONDUCT_REPORT,
    OPINION,
    PRAISE,
    SUGGESTION,
)
from services.intake.domain.lifecycle.repair import FIELD, REPAIR
from services.intake.domain.lifecycle.transitions import Lifecycle, Transition
from services.intake.domain.lifecycle.words import OVER, TERMINAL, Action, Status
from shared.errors import Conflict, Text
from shared.glossary import BusinessType

__all__ = [
    "FIELD",
    "HANDLED",
    "LIFECYCLES",
    "OVER",
    "REPAIR",
    "TERMINAL",
    "Action",
    "Lifecycle",
    "Status",
    "Transition",
    "illegal",
    "is_legal",
    "legal_actions",
    "next_status",
]

LIFECYCLES: Mapping[BusinessType, Lifecycle] = {
    BusinessType.FAULT_REPAIR: REPAIR,
    BusinessType.COMPLAINT: COMPLAINT,
    BusinessType.MISCONDUCT_REPORT: MISCONDUCT_REPORT,
    BusinessType.OPINION: OPINION,
    BusinessType.SUGGESTION: SUGGESTION,
    BusinessType.CONSULTATION: CONSULTATION,
    BusinessType.PRAISE: PRAISE,
}

_ILLEGAL = Text(
    "工单处于“{status}”，不能执行“{action}”；此时可以：{legal}",
    "the order is “{status}”, which does not allow “{action}”; legal now: {legal}",
)


def legal_actions(business_type: BusinessType, status: Status) -> list[Action]:
    """Return what may be done with an order of this type that is in `status`, in the table's order."""
    return [action for action, step in LIFECYCLES[business_type].items() if status in step.leads]


def is_legal(business_type: BusinessType, status: Status, action: Action) -> bool:
    """Say whether the table allows it."""
    step = LIFECYCLES[business_type].get(action)
    return step is not None and status in step.leads


def next_status(business_type: BusinessType, status: Status, action: Action) -> Status:
    """Return where `action` leads; raises Conflict (`order.transition_illegal`) telling what would be legal."""
    if not is_legal(business_type, status, action):
        raise illegal(business_type, status, action)
    return LIFECYCLES[business_type][action].leads[status]


def illegal(business_type: BusinessType, status: Status, action: Action) -> Conflict:
    """Make the refusal of a step that the table does not know."""
    legal = [str(a) for a in legal_actions(business_type, status) if a is not action]
    return Conflict("order.transition_illegal", _ILLEGAL, status=str(status), action=str(action), legal=legal)
