"""How intake lies on disk, one file a concept; importing this declares every table."""

from __future__ import annotations

from services.intake.tables.base import metadata
from services.intake.tables.contact_views import contact_views
from services.intake.tables.customers import customers
from services.intake.tables.orders import FIXED, IS_OPEN, order_keys, orders
from services.intake.tables.policies import policies
from services.intake.tables.returns import returns
from services.intake.tables.timeline import timeline

__all__ = [
    "FIXED",
    "IS_OPEN",
    "contact_views",
    "customers",
    "metadata",
    "order_keys",
    "orders",
    "policies",
    "returns",
    "timeline",
]
