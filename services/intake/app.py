"""What intake is made of: routes, reactions, tables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.intake.api import router
from services.intake.domain.field import NOTED_ONLY, STEPS
from services.intake.handlers import (
    attachments,
    complaint_telling,
    delivery,
    duplicates,
    promises,
    reactions,
    report_box,
    search,
    supervisions,
    taking,
)
from services.intake.metrics import observe
from services.intake.tables import metadata
from shared.events.callback import CallbackCompleted, CallbackPlanned, CallbackUnreachable
from shared.events.dispatch import (
    CrewAssigned,
    CrewRefused,
    EstimateChanged,
    OrderAssessed,
    OrderMerged,
    PowerRestored,
    RepairReplied,
    TaskWithdrawn,
)
from shared.events.sla import PromiseBreached, PromiseKept, PromiseRevised, PromiseWarned
from shared.host import Errand, Schedule, Service
from shared.inbox import Listening

SERVICE = Service(
    name="intake",
    summary="Work orders: received, followed, reviewed, called back, archived.",
    router=router,
    metadata=metadata,
    folder=Path(__file__).parent,
    listening=Listening(
        {
            **dict.fromkeys(STEPS, reactions.on_crew_step),
            **dict.fromkeys(NOTED_ONLY, reactions.on_noted),
            OrderAssessed: reactions.on_order_assessed,
            OrderMerged: reactions.on_order_merged,
            CrewAssigned: reactions.on_crew_assigned,
            CrewRefused: reactions.on_crew_refused,
            TaskWithdrawn: reactions.on_task_withdrawn,
            PowerRestored: reactions.on_power_restored,
            RepairReplied: reactions.on_repair_replied,
            EstimateChanged: reactions.on_estimate_changed,
            CallbackPlanned: reactions.on_callback_planned,
            CallbackCompleted: reactions.on_callback_completed,
            CallbackUnreachable: reactions.on_callback_unreachable,
            PromiseWarned: promises.on_promise_warned,
            PromiseBreached: promises.on_promise_breached,
            PromiseKept: promises.on_promise_kept,
            PromiseRevised: promises.on_promise_revised,
        },
        prefetch=promises.sparing_promises(reactions.prefetch),
    ),
    schedules=[
        Schedule(
            "report keys",
            timedelta(minutes=10),
            duplicates.forget_keys,
            batch=duplicates.FORGOTTEN_AT_ONCE,
            is_alone=True,
        ),
        Errand(
            "notifications",
            timedelta(seconds=1),
            delivery.claim_due,
            delivery.send_claimed,
            delivery.record_sent,
            batch=delivery.AT_ONCE,
        ),
        Schedule("department calls", timedelta(seconds=30), complaint_telling.tell_missing_calls, is_alone=True),
        Schedule("supervisions", timedelta(seconds=30), supervisions.tell_overdue, is_alone=True),
        Schedule("held orders", timedelta(seconds=5), taking.release_held, batch=taking.BATCH, is_alone=True),
        Schedule("report boxes", timedelta(minutes=10), report_box.keep_tasks, is_alone=True),
        # No batch: however many came, callers have the processor, and the newest are found as they stand.
        Schedule("search", timedelta(seconds=0.25), search.feed_search, is_alone=True),
        Schedule("search sweep", timedelta(minutes=10), search.sweep_search, batch=search.SWEPT_AT_ONCE, is_alone=True),
        Schedule(
            "recordings", timedelta(minutes=10), attachments.end_kept, batch=attachments.ENDED_AT_ONCE, is_alone=True
        ),
        Schedule(
            "order files",
            timedelta(seconds=attachments.SWEEP_EVERY_SECONDS),
            attachments.sweep_files,
            is_alone=True,
            wants_settings=True,
        ),
        Schedule(
            "promises",
            timedelta(minutes=10),
            promises.forget_ended_promises,
            batch=promises.FORGOTTEN_AT_ONCE,
            is_alone=True,
        ),
    ],
    partitioned=(
        "orders",
        "timeline",
        "alerts",
        "notifications",
        "notification_attempts",
        "accountability_moves",
        "order_search",
        "calls",
        "desk_log",
        "takings",
        "handlings",
        "contacts",
        "replies",
        "reviews",
    ),
    observe=observe,
)
