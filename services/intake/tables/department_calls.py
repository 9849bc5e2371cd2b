"""Calls to the department that a complaint concerns: they come before the six roles are told (requirement 001-069)."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, text

from services.intake.tables.base import metadata

department_calls = Table(
    "department_calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("unit", Text, nullable=False),
    Column("spoke_with", Text),
    Column("is_reached", Boolean, nullable=False),
    Column("note", Text),
    Column("called_at", DateTime(timezone=True), nullable=False),
    Column("called_by", Text, nullable=False),
    Column("is_roles_told", Boolean, nullable=False),
)
"""Each call; `is_roles_told` marks the one after which the unit's six roles were told: once an order and unit."""
Index("department_calls_order", department_calls.c.order_id, department_calls.c.id)
Index(
    "department_calls_told_once",
    department_calls.c.order_id,
    department_calls.c.unit,
    unique=True,
    postgresql_where=text("is_roles_told"),
)
