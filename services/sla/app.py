"""What is plugged into sla: routes, reactions, the timer and the tables."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.sla.api import router
from services.sla.domain.entries import ENTRIES
from services.sla.handlers.books import on_later_fact, on_order_created, prefetch
from services.sla.handlers.indicators import observe
from services.sla.handlers.timer import BATCH, fire_due
from services.sla.tables import PARTITIONED, metadata
from shared.events.intake import OrderCreated
from shared.host import Schedule, Service
from shared.inbox import Listening

SERVICE = Service(
    name="sla",
    summary="Which promise is at risk, which was broken, how good are we?",
    router=router,
    metadata=metadata,
    folder=Path(__file__).parent,
    listening=Listening(
        reactions={OrderCreated: on_order_created, **dict.fromkeys(ENTRIES, on_later_fact)}, prefetch=prefetch
    ),
    schedules=[Schedule("timer", timedelta(milliseconds=100), fire_due, batch=BATCH)],
    partitioned=PARTITIONED,
    observe=observe,
)
