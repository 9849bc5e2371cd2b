"""What intake is made of: routes, reactions, tables."""

from __future__ import annotations

from pathlib import Path

from services.intake.api import router
from services.intake.domain.field import NOTED_ONLY, STEPS
from services.intake.handlers import reactions
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
from shared.host import Service
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
        },
        prefetch=reactions.prefetch,
    ),
    partitioned=("orders", "timeline"),
    observe=observe,
)
