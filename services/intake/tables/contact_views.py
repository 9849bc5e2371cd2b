"""Who looked at a caller's full contact."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text, Uuid

from services.intake.tables.base import metadata

contact_views = Table(
    "contact_views",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("viewed_at", DateTime(timezone=True), nullable=False),
)
"""Who saw a caller's full contact, and why."""
