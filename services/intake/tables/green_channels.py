"""Orders that go first, each with the leader who took it in hand (requirement 000-010)."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from services.intake.tables.base import metadata

green_channels = Table(
    "green_channels",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("leader", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("opened_by", Text, nullable=False),
)
