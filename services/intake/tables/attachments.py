"""Files beside orders; what they hold lies outside the database, under its hash."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Index, Integer, Table, Text, Uuid, text

from services.intake.domain.attachments import AttachmentKind
from services.intake.tables.base import is_one_of, metadata, time
from shared.files import LARGEST

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("round", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_third_party", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    time("keep_until"),
    time("removed_at"),
    is_one_of("kind", AttachmentKind),
    CheckConstraint(f"size_bytes BETWEEN 1 AND {LARGEST}", name="size_is_allowed"),
)
"""One row a file of an order. `removed_at`: its time was up, and its content is gone; the row stays."""
Index("attachments_same", attachments.c.order_id, attachments.c.content_hash, attachments.c.kind, unique=True)
Index("attachments_content", attachments.c.content_hash)
Index(
    "attachments_ending",
    attachments.c.keep_until,
    postgresql_where=text("keep_until IS NOT NULL AND removed_at IS NULL"),
)

file_folder = Table("file_folder", metadata, Column("id", Uuid, primary_key=True))
"""One row: the id by which the folder of the files knows these books, so that no others sweep it."""
