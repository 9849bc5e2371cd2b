"""Policies by the date from which they hold."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.tables.base import metadata

policies = Table(
    "policies",
    metadata,
    Column("name", Text),
    Column("valid_from", DateTime(timezone=True)),
    Column("value", JSONB, nullable=False),
    Column("set_by", Text, nullable=False),
    PrimaryKeyConstraint("name", "valid_from"),
)
