"""督办: what management wants to hear of an order and by when, with the reports that answer it."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid, text

from services.intake.domain.supervision import SupervisionCause
from services.intake.tables.base import is_one_of, metadata, time

supervisions = Table(
    "supervisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("addressee", Text, nullable=False),
    Column("unit", Text),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    time("overdue_told_at"),
    time("closed_at"),
    Column("closed_by", Text),
    Column("conclusion", Text),
    is_one_of("cause", SupervisionCause),
)
Index("supervisions_order", supervisions.c.order_id, supervisions.c.id)
Index("supervisions_open", supervisions.c.due_at, postgresql_where=text("closed_at IS NULL"))

supervision_reports = Table(
    "supervision_reports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("supervision_id", Uuid, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
)
