"""What the national platform has to be told of its orders, in order, ready for delivery."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.tables.base import metadata, time

platform_messages = Table(
    "platform_messages",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("national_order_no", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("data", JSONB, nullable=False),
    time("delivered_at"),
)
"""One row a message; `id` is its webhook-id. Written under the lock of its order, so `position` is the order in which
one work order's messages must arrive (interfaces, section 1).
"""
Index("platform_messages_id", platform_messages.c.id, unique=True)
Index("platform_messages_order", platform_messages.c.order_id, platform_messages.c.position)
Index(
    "platform_messages_pending",
    platform_messages.c.position,
    postgresql_where=text("delivered_at IS NULL"),
)
