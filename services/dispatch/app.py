"""Dispatch, declared."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.dispatch.api import router
from services.dispatch.handlers import reactions, watching
from services.dispatch.handlers.assignment import serve_waiting_orders
from services.dispatch.tables import PARTITIONED, metadata
from shared.events import intake
from shared.host import Schedule, Service
from shared.inbox import Listening

SERVICE = Service(
    name="dispatch",
    summary="Who goes, when were they there, when is light back?",
    router=router,
    metadata=metadata,
    folder=Path(__file__).parent,
    partitioned=PARTITIONED,
    listening=Listening(
        {
            intake.OrderCreated: reactions.on_order_created,
            intake.OrderAccepted: reactions.on_order_accepted,
            intake.OrderDeclined: reactions.on_order_declined,
            intake.OrderCancelled: reactions.on_order_cancelled,
            intake.GreenChannelOpened: reactions.on_green_channel_opened,
            intake.OrderLinked: reactions.on_order_linked,
            intake.OrderReopened: reactions.on_order_reopened,
            intake.OrderResolvedByPhone: reactions.on_order_resolved_by_phone,
            intake.OrderReturned: reactions.on_order_returned,
            intake.OrderReworked: reactions.on_order_reworked,
        },
        prefetch=reactions.prefetch,
    ),
    schedules=(
        Schedule("waiting orders", timedelta(seconds=2), serve_waiting_orders),
        Schedule("old answers", timedelta(minutes=10), watching.forget_answers, batch=watching.CHUNK, is_alone=True),
    ),
    observe=watching.observe,
)
