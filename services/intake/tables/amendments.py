"""Corrections of times: what stood there, what stands there now, who said so and why."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table, Text, Uuid

from services.intake.tables.base import metadata

amendments = Table(
    "amendments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("field", Text, nullable=False),
    Column("old", DateTime(timezone=True), nullable=False),
    Column("new", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("amended_by", Text, nullable=False),
    Column("amended_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("old <> new", name="something_changed"),
)
"""Written once; the database refuses to change or delete a row."""
Index("amendments_order", amendments.c.order_id, amendments.c.id)
