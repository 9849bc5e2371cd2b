"""What happened to calls and service requests: written once, cut by month."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.tables.base import metadata

desk_log = Table(
    "desk_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    postgresql_partition_by="RANGE (id)",
)
Index("desk_log_subject", desk_log.c.subject_id, desk_log.c.id)
