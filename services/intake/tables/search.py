"""What orders are found by, written once by a steady task, off the way of receiving; and the promises at risk."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.tables.base import metadata
from services.intake.tables.orders import orders

order_search = Table(
    "order_search",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("document", Text, nullable=False),
    Column("terms", ARRAY(Text), nullable=False),
    postgresql_partition_by="RANGE (order_id)",
)
"""One row an order, cut by month like the orders; `document` is what a word must stand in, `terms` what is indexed."""
Index("order_search_terms", order_search.c.terms, postgresql_using="gin")

promises_at_risk = Table(
    "promises_at_risk",
    metadata,
    Column("clock_id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("promise", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("is_breached", Boolean, nullable=False),
)
"""What sla told of orders whose life is not over: warned of, or broken. Kept promises leave, and so do orders."""
Index("promises_at_risk_order", promises_at_risk.c.order_id)
Index("promises_at_risk_state", promises_at_risk.c.is_breached, promises_at_risk.c.order_id)

WAS_RETURNED = "national_return_count + province_return_count > 0"
_c = orders.c
RETURNED = (_c.id, _c.station_code, _c.business_type, _c.channel, _c.area_type)
Index("orders_returned", *RETURNED, postgresql_where=text(WAS_RETURNED))
"""Only orders that came back stand in it, so receiving pays nothing for it; what they are filtered by is in it, too."""
