"""What intake tells, one file a concept."""

from __future__ import annotations

from shared.events.intake.orders import (
    Caller,
    IntakeEvent,
    OrderAccepted,
    OrderArchived,
    OrderCalledBack,
    OrderCancelled,
    OrderCreated,
    OrderDeclined,
    OrderReopened,
    OrderReturned,
    OrderReworked,
    OrderSent,
)

__all__ = [
    "Caller",
    "IntakeEvent",
    "OrderAccepted",
    "OrderArchived",
    "OrderCalledBack",
    "OrderCancelled",
    "OrderCreated",
    "OrderDeclined",
    "OrderReopened",
    "OrderReturned",
    "OrderReworked",
    "OrderSent",
]
