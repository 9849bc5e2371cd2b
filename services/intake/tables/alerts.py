"""What people are alerted to: the first responder for as long as the order lives, whoever answers for it, a desk."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, Table, Text, Uuid, text

from services.intake.tables.base import metadata, time

alerts = Table(
    "alerts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid),
    Column("person", Text),
    Column("role", Text),
    Column("kind", Text, nullable=False),
    Column("note", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    time("seen_at"),
    Column("seen_by", Text),
    CheckConstraint("(person IS NULL) <> (role IS NULL)", name="somebody_is_alerted"),
    postgresql_partition_by="RANGE (id)",
)
"""One row for each person, or for a desk as a whole (`role`), that must know."""
Index("alerts_person", alerts.c.person, alerts.c.id, postgresql_where=text("person IS NOT NULL"))
Index("alerts_role", alerts.c.role, alerts.c.id, postgresql_where=text("role IS NOT NULL"))
