"""What intake tells of how an order was taken: faults that were settled on the phone."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.events.intake.orders import IntakeEvent


class OrderResolvedByPhone(IntakeEvent):
    """A single home's own fault was settled on the phone: nobody goes; the callback asks whether light is back."""

    name: ClassVar[str] = "order-resolved-by-phone"

    resolved_at: datetime
    round: int = 1
    outcome: str
    """`power_back`, or `customer_internal_referred` when a qualified repair team was named."""
    referral_code: str | None = None
