"""催办, 补充, 撤诉: what is said about an order while it is open, one row each, never a new order."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid

from services.intake.domain.matters import MatterKind, MatterSource
from services.intake.tables.base import is_one_of, metadata

matters = Table(
    "matters",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("said_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("recorded_by", Text, nullable=False),
    is_one_of("kind", MatterKind),
    is_one_of("source", MatterSource),
)
Index("matters_once", matters.c.order_id, matters.c.kind, matters.c.fingerprint, unique=True)
