"""What the field tells of an order. A fact is true even when it comes late, twice or out of order: it is always noted,
fills the times that are still open, moves the order forward if the table allows it, and never back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.domain.lifecycle import Action, Status
from services.intake.domain.order import Order
from services.intake.domain.times import conflicting_times
from shared.events import Event
from shared.events.dispatch import (
    ArrivalDelayed,
    CrewAccepted,
    CrewArrived,
    CrewAssigned,
    CrewDeparted,
    CrewRefused,
    CustomerInternalFound,
    EnergiseReady,
    EstimateChanged,
    FaultRepaired,
    FaultSurveyed,
    OrderAssessed,
    OrderMerged,
    PermitRequested,
    PowerRestored,
    RepairReplied,
    SupportRequested,
    SwitchingDone,
    SwitchingRequested,
    TaskEvent,
    TaskWithdrawn,
    TrunkRestored,
    WorkPermitted,
    WorkStarted,
)
from shared.glossary import AssetOwnership, BusinessType


@dataclass(frozen=True)
class Step:
    """What one kind of crew fact does: where it leads, and which of its fields stand on the order under which name."""

    action: Action | None
    fields: Mapping[str, str]

    @property
    def moment(self) -> str:
        """The order's own name for the fact's time."""
        return next(iter(self.fields))


def _step(action: Action | None, *same: str, **renamed: str) -> Step:
    return Step(action, {**{name: name for name in same}, **renamed})


STEPS: Mapping[type[Event], Step] = {
    CrewAccepted: _step(Action.CREW_ACCEPT, "crew_received_at"),
    CrewDeparted: _step(Action.DEPART, "departed_at"),
    CrewArrived: _step(Action.ARRIVE, "arrived_at", "arrival_recorded_at"),
    FaultSurveyed: _step(Action.SURVEY, "surveyed_at", "first_report"),
    CustomerInternalFound: _step(
        Action.FIND_CUSTOMER_INTERNAL, customer_internal_found_at="found_at", onsite_explanation="onsite_explanation"
    ),
    SupportRequested: _step(Action.REQUEST_SUPPORT, "support_requested_at"),
    SwitchingRequested: _step(Action.REQUEST_SWITCHING, "switching_requested_at"),
    SwitchingDone: _step(Action.FINISH_SWITCHING, "switching_done_at"),
    WorkPermitted: _step(Action.PERMIT, "work_permitted_at"),
    WorkStarted: _step(Action.START_WORK, "work_started_at"),
    TrunkRestored: _step(Action.RESTORE_TRUNK, "trunk_restored_at"),
    FaultRepaired: _step(Action.REPAIR, "repaired_at"),
    EnergiseReady: _step(None, "ready_to_energise_at"),
}
"""The crew's facts that need no more than this (lifecycles 3.1, rows 9 to 20)."""

NOTED_ONLY = (PermitRequested, ArrivalDelayed)
"""Facts that stand on the timeline and change nothing."""

CREW_TIMES = (
    "crew_received_at",
    "departed_at",
    "arrived_at",
    "arrival_recorded_at",
    "surveyed_at",
    "first_report",
    "support_requested_at",
    "switching_requested_at",
    "switching_done_at",
    "work_permitted_at",
    "work_started_at",
)
"""What another crew begins anew."""


def take_step(order: Order, event: TaskEvent, *, occurred_at: datetime) -> None:
    """Take a crew's fact into the order."""
    step = STEPS[type(event)]
    moment: datetime = getattr(event, step.fields[step.moment])
    if not _is_of_this_attempt(order, event, moment):
        _note(order, event, occurred_at=occurred_at, is_effective=False)
        return
    contradicted = conflicting_times(order, step.moment, moment)
    _adopt_task(order, event)
    for name, source in step.fields.items():
        if getattr(order, name) is None:
            setattr(order, name, getattr(event, source))
    if isinstance(event, FaultSurveyed):
        _take_survey(order, event)
    if isinstance(event, CustomerInternalFound):
        order.surveyed_at = order.surveyed_at or event.found_at
        order.asset_ownership = AssetOwnership.CUSTOMER
    is_moved = _move_if_legal(order, step.action)
    _note(order, event, occurred_at=occurred_at, is_effective=is_moved or step.action is None, contradicts=contradicted)


def take_assignment(order: Order, event: CrewAssigned, *, occurred_at: datetime) -> None:
    """派单: a crew goes. While one has the order in hand, further ones help it (000-070); after it had refused or was
    called off, the next begins its times anew (转派).
    """
    is_leading = order.task_id is None and _is_of_this_round(order, event.round, event.dispatched_at)
    if is_leading:
        if order.dispatched_at is not None:
            _clear(order, CREW_TIMES)
        order.task_id, order.crew_code, order.tier = event.task_id, event.crew_code, event.tier
        order.dispatched_at = event.dispatched_at
        order.incident_id = event.incident_id
    is_moved = is_leading and _move_if_legal(order, Action.DISPATCH)
    if is_moved:
        order.main_order_id = None
    _note(order, event, occurred_at=occurred_at, is_effective=is_leading)


def take_refusal(order: Order, event: CrewRefused, *, occurred_at: datetime) -> None:
    """The crew cannot go: the order waits for another, the refusal stays on record (lifecycles 3.1, row 9)."""
    _lose_crew(order, event, Action.CREW_REFUSE, event.refused_at, occurred_at=occurred_at)


def take_withdrawal(order: Order, event: TaskWithdrawn, *, occurred_at: datetime) -> None:
    """The crew was called off: the order waits for another, unless light is back already."""
    _lose_crew(order, event, Action.WITHDRAW_CREW, event.withdrawn_at, occurred_at=occurred_at)


def take_assessment(order: Order, event: OrderAssessed, *, occurred_at: datetime) -> None:
    """研判: what kind of fault it is (lifecycles 3.1, row 7)."""
    is_moved = False
    if _is_of_this_round(order, order.round, event.assessed_at):
        order.assessed_at = order.assessed_at or event.assessed_at
        order.incident_id = event.incident_id
        order.class_l1 = event.class_l1
        if order.asset_ownership is AssetOwnership.UNKNOWN:
            order.asset_ownership = event.asset_ownership
        is_moved = _move_if_legal(order, Action.ASSESS)
        if is_moved:
            order.main_order_id = None
    _note(order, event, occurred_at=occurred_at, is_effective=is_moved)


def take_merge(order: Order, event: OrderMerged, *, occurred_at: datetime) -> None:
    """合并: the order follows the main order of an outage that is known already (lifecycles 3.1, row 5), or another one
    when that fell away.
    """
    is_ours = _is_of_this_round(order, order.round, event.merged_at)
    is_effective = is_ours and (is_following(order) or _move_if_legal(order, Action.FOLLOW_MAIN_ORDER))
    if is_effective:
        order.incident_id, order.main_order_id = event.incident_id, event.main_order_id
        order.merged_at = order.merged_at or event.merged_at
    _note(order, event, occurred_at=occurred_at, is_effective=is_effective)


def take_restoration(order: Order, event: PowerRestored, *, occurred_at: datetime) -> None:
    """Light is back: the crew says so, or the grid showed it, perhaps before any crew was there."""
    if not _is_of_this_round(order, event.round, event.power_restored_at):
        _note(order, event, occurred_at=occurred_at, is_effective=False)
        return
    contradicted = conflicting_times(order, "power_restored_at", event.power_restored_at)
    if order.power_restored_at is None:
        order.power_restored_at = event.power_restored_at
        order.is_restoration_observed = event.is_observed
    is_moved = _move_if_legal(order, Action.RESTORE)
    _note(order, event, occurred_at=occurred_at, is_effective=is_moved, contradicts=contradicted)


def take_reply(order: Order, event: RepairReplied, *, occurred_at: datetime) -> None:
    """回单: course, result, customer's opinion and cause, of any length (requirements 001-063, 001-064)."""
    if not _is_of_this_attempt(order, event, event.replied_at):
        _note(order, event, occurred_at=occurred_at, is_effective=False)
        return
    contradicted = conflicting_times(order, "replied_at", event.replied_at)
    is_moved = _move_if_legal(order, Action.REPLY)
    if is_moved or order.replied_at is None:
        _write_reply(order, event)
    _note(order, event, occurred_at=occurred_at, is_effective=is_moved, contradicts=contradicted)


def take_estimate(order: Order, event: EstimateChanged, *, occurred_at: datetime) -> None:
    """A new estimate of when light is back; the one made last stands, whatever came last."""
    is_newer = order.estimate_changed_at is None or event.estimated_at >= order.estimate_changed_at
    if is_newer and not order.is_over:
        order.estimate_changed_at = event.estimated_at
        order.estimated_restoration_at = event.estimated_restoration_at
    _note(order, event, occurred_at=occurred_at, is_effective=is_newer)


def note_only(order: Order, event: Event, *, occurred_at: datetime) -> None:
    """Write a fact on the timeline that changes nothing."""
    _note(order, event, occurred_at=occurred_at, is_effective=True)


FOLLOWING = frozenset({Status.CHILD_OF_INCIDENT, Status.RESTORED, Status.REPLIED})


def is_following(order: Order) -> bool:
    """Say whether what happens to its main order happens to this one too."""
    return order.main_order_id is not None and order.status in FOLLOWING


def follow_restoration(order: Order, main: Order, *, occurred_at: datetime) -> None:
    """Light is back for a follower when it is back for its main order."""
    if order.power_restored_at is not None or main.power_restored_at is None or not order.can(Action.RESTORE):
        return
    order.power_restored_at = main.power_restored_at
    order.is_restoration_observed = main.is_restoration_observed
    order.move(Action.RESTORE)
    order.note("power-restored", occurred_at=occurred_at, actor="dispatch", main_order_id=main.id)


def follow_reply(order: Order, main: Order, *, occurred_at: datetime) -> None:
    """The main order's reply answers its followers too, until each is sent on its own; a reworked one replaces it."""
    if not (order.can(Action.REPLY) or order.status is Status.REPLIED) or order.replied_at == main.replied_at:
        return
    if order.status is not Status.REPLIED:
        order.move(Action.REPLY)
    for name in REPLY:
        setattr(order, name, getattr(main, name))
    order.power_restored_at = order.power_restored_at or main.power_restored_at
    order.note("repair-replied", occurred_at=occurred_at, actor="dispatch", main_order_id=main.id)


def follow_estimate(order: Order, main: Order, *, occurred_at: datetime) -> None:
    """A follower's estimate is its main order's; a line says so when it is another one, and so hears the platform."""
    is_news = order.estimated_restoration_at != main.estimated_restoration_at
    order.estimate_changed_at = main.estimate_changed_at
    order.estimated_restoration_at = main.estimated_restoration_at
    if is_news:
        order.note(EstimateChanged.name, occurred_at=occurred_at, actor="dispatch", main_order_id=main.id)


REPLY = ("replied_at", "reply_process", "reply_result", "customer_opinion", "reply_cause")


def _write_reply(order: Order, event: RepairReplied) -> None:
    order.replied_at = event.replied_at
    order.reply_process, order.reply_result = event.process, event.result
    order.customer_opinion, order.reply_cause = event.customer_opinion, event.cause
    order.is_restoration_observed = False


def _take_survey(order: Order, event: FaultSurveyed) -> None:
    if event.asset_ownership is not AssetOwnership.UNKNOWN:
        order.asset_ownership = event.asset_ownership
    if event.estimated_restoration_at and (
        order.estimate_changed_at is None or event.surveyed_at >= order.estimate_changed_at
    ):
        order.estimate_changed_at = event.surveyed_at
        order.estimated_restoration_at = event.estimated_restoration_at


def _lose_crew(order: Order, event: TaskEvent, action: Action, moment: datetime, *, occurred_at: datetime) -> None:
    is_ours = event.task_id == order.task_id and _is_of_this_round(order, event.round, moment)
    if is_ours:
        order.task_id, order.crew_code, order.tier = None, None, None
        _move_if_legal(order, action)
    _note(order, event, occurred_at=occurred_at, is_effective=is_ours)


def _move_if_legal(order: Order, action: Action | None) -> bool:
    if action is None or not order.can(action):
        return False
    order.move(action)
    return True


def _is_of_this_attempt(order: Order, event: TaskEvent, moment: datetime) -> bool:
    is_ours = order.task_id is None or order.task_id == event.task_id
    return is_ours and _is_of_this_round(order, event.round, moment)


def _is_of_this_round(order: Order, number: int, moment: datetime) -> bool:
    if order.business_type is not BusinessType.FAULT_REPAIR or order.is_over or number != order.round:
        return False
    if order.accepted_at is None or order.resolved_at is not None:
        return False  # nobody was sent, or all was settled on the phone: whoever set out all the same changes nothing
    return order.went_out_at is None or moment >= order.went_out_at


def _adopt_task(order: Order, event: TaskEvent) -> None:
    if order.task_id is None:
        order.task_id, order.crew_code = event.task_id, event.crew_code


def _clear(order: Order, names: tuple[str, ...]) -> None:
    for name in names:
        setattr(order, name, None)


def _note(order: Order, event: Event, *, occurred_at: datetime, is_effective: bool, **more: Any) -> None:
    extra = {name: value for name, value in more.items() if value}
    actor = getattr(event, "crew_code", None) or event.topic
    order.note(event.name, occurred_at=occurred_at, actor=actor, event=event, is_effective=is_effective, **extra)
