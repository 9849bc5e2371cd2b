"""Orders of one outage: a main order, its followers, and light that came back by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from shared.events.dispatch import OrderMerged, PowerRestored
from shared.ids import new_id
from tests.intake.office import NOW, Office


async def status_of(office: Office, order_id: str) -> str:
    """Return where an order is."""
    return str((await office.order(order_id))["status"])


async def make_family(office: Office, followers: int = 2) -> tuple[str, list[str]]:
    """Make an order with followers; return its id and theirs."""
    main, *others = [(await office.receive())["id"] for _ in range(followers + 1)]
    await office.hear(*(merged(other, main) for other in others))
    return main, others


def observed(order_id: str) -> PowerRestored:
    return PowerRestored(
        order_id=UUID(order_id),
        incident_id=new_id(),
        power_restored_at=NOW + timedelta(minutes=30),
        is_observed=True,
    )


def merged(order_id: str, main: str) -> OrderMerged:
    return OrderMerged(
        order_id=UUID(order_id), incident_id=new_id(), main_order_id=UUID(main), merged_at=NOW + timedelta(minutes=1)
    )
