"""What is plugged into callback: routes, reactions, the clock and the tables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.callback import handlers
from services.callback.api import router
from services.callback.tables import metadata
from shared.events.intake import (
    OrderCallbackCancelled,
    OrderCalledBack,
    OrderCancelled,
    OrderReopened,
    OrderReturned,
    OrderSent,
    StatementSubmitted,
)
from shared.host import Schedule, Service
from shared.inbox import Listening

SERVICE = Service(
    name="callback",
    summary="Was the customer asked, and what did they say?",
    router=router,
    metadata=metadata,
    folder=Path(__file__).parent,
    listening=Listening(
        {
            OrderSent: handlers.on_order_sent,
            OrderReturned: handlers.on_order_returned,
            OrderReopened: handlers.on_order_reopened,
            OrderCancelled: handlers.on_order_cancelled,
            StatementSubmitted: handlers.on_statement_submitted,
            OrderCallbackCancelled: handlers.on_order_callback_cancelled,
            OrderCalledBack: handlers.on_order_called_back,
        },
        prefetch=handlers.prefetch,
    ),
    schedules=[Schedule("due plans", timedelta(seconds=5), handlers.mark_due, batch=handlers.SWEEP)],
    partitioned=["plans", "attempts", "contact_views"],
    observe=handlers.observe,
)
