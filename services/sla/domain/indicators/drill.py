"""What stands behind each figure: the facts that make an order count in it."""

from __future__ import annotations

from services.sla.domain.marks import Milestone
from services.sla.domain.promises import Promise
from shared.events import Event
from shared.events.callback import CallbackUnreachable
from shared.events.dispatch import (
    CrewAccepted,
    CrewArrived,
    CrewAssigned,
    CrewDeparted,
    FaultRepaired,
    OrderMerged,
    PowerRestored,
    RepairReplied,
)
from shared.events.intake import (
    OrderAccepted,
    OrderArchived,
    OrderCalledBack,
    OrderCreated,
    OrderDeclined,
    OrderReturned,
)
from shared.glossary import Word


class Indicator(Word):
    """A figure that can be opened."""

    ORDERS = "orders"
    MERGED = "merged"
    DECLINED = "declined"
    ARRIVALS = "arrivals"
    RESTORATIONS = "restorations"
    CALLBACKS_COMPLETED = "callbacks_completed"
    CALLBACKS_UNREACHABLE = "callbacks_unreachable"
    SATISFIED = "satisfied"
    ARCHIVED = "archived"
    NATIONAL_RETURNS = "national_returns"
    PROVINCE_RETURNS = "province_returns"
    UNION_RETURNS = "union_returns"
    PROMISES_MET = "promises_met"
    PROMISES_BREACHED = "promises_breached"

    @property
    def is_about_promises(self) -> bool:
        """Say whether clocks are counted, not orders."""
        return self in (Indicator.PROMISES_MET, Indicator.PROMISES_BREACHED)


_RETURNS: frozenset[type[Event]] = frozenset({OrderReturned, OrderArchived})

FACTS_BEHIND: dict[Indicator, frozenset[type[Event]]] = {
    Indicator.ORDERS: frozenset({OrderCreated}),
    Indicator.MERGED: frozenset({OrderCreated, OrderMerged}),
    Indicator.DECLINED: frozenset({OrderCreated, OrderDeclined}),
    Indicator.ARRIVALS: frozenset({CrewAssigned, CrewArrived}),
    Indicator.RESTORATIONS: frozenset({CrewArrived, PowerRestored}),
    Indicator.CALLBACKS_COMPLETED: frozenset({OrderCalledBack}),
    Indicator.CALLBACKS_UNREACHABLE: frozenset({CallbackUnreachable}),
    Indicator.SATISFIED: frozenset({OrderCalledBack}),
    Indicator.ARCHIVED: frozenset({OrderArchived}),
    Indicator.NATIONAL_RETURNS: _RETURNS,
    Indicator.PROVINCE_RETURNS: _RETURNS,
    Indicator.UNION_RETURNS: _RETURNS,
}

TOLD_BY: dict[Milestone, type[Event]] = {
    Milestone.REPORTED: OrderCreated,
    Milestone.RECEIVED: OrderCreated,
    Milestone.ACCEPTED: OrderAccepted,
    Milestone.DECLINED: OrderDeclined,
    Milestone.DISPATCHED: CrewAssigned,
    Milestone.CREW_RECEIVED: CrewAccepted,
    Milestone.DEPARTED: CrewDeparted,
    Milestone.ARRIVED: CrewArrived,
    Milestone.ARRIVAL_RECORDED: CrewArrived,
    Milestone.REPAIRED: FaultRepaired,
    Milestone.REPLIED: RepairReplied,
}


def facts_behind(promise: Promise) -> frozenset[type[Event]]:
    """Return which facts start and stop a promise's clocks."""
    return frozenset(TOLD_BY[milestone] for milestone in {promise.starts, *promise.stops} if milestone in TOLD_BY)
