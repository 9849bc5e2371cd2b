"""Orders that came back."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, PrimaryKeyConstraint, SmallInteger, Table, Text, Uuid

from services.intake.tables.base import metadata

returns = Table(
    "returns",
    metadata,
    Column("order_id", Uuid),
    Column("level", Text),
    Column("round", SmallInteger),
    Column("reason_code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("returned_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("order_id", "level", "round"),
    CheckConstraint("level IN ('national', 'province')", name="level_is_known"),
)
"""One row for each return (次); `round` is the one that came back."""
Index("returns_by_time", returns.c.returned_at, returns.c.order_id, returns.c.level)
