"""What intake tells of reports that are about something known already."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.intake.orders import IntakeEvent


class OrderLinked(IntakeEvent):
    """The order is about something that is known: it stands beside the lead order as a consultation (003-025).

    Its caller was told how that stands; nobody is sent for it, and it is no repair.
    """

    name: ClassVar[str] = "order-linked"

    lead_order_id: UUID
    kind: str
    basis: str
    """By what it was recognised: customer_no, phone, address, transformer_area, feeder, building, desk."""
    linked_at: datetime
    call_count: int
    """So many calls about the lead order's matter, this one included."""
