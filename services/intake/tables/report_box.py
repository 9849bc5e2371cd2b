"""The daily task of each report box: one row a box and day. `alerted_at`: supervision was told that it is late."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from services.intake.tables.base import metadata, time

report_box_days = Table(
    "report_box_days",
    metadata,
    Column("box_code", Text),
    Column("day", Date),
    Column("due_at", DateTime(timezone=True), nullable=False),
    time("opened_at"),
    Column("opened_by", Text),
    Column("letters", SmallInteger),
    time("recorded_at"),
    time("alerted_at"),
    PrimaryKeyConstraint("box_code", "day"),
    CheckConstraint("letters >= 0", name="letters_are_counted"),
)
Index("report_box_days_open", report_box_days.c.due_at, postgresql_where=text("opened_at IS NULL"))
