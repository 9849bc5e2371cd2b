"""Calls at the hotline desk, and what the desk knows of callers. Cut by month, like orders."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, SmallInteger, Table, Text, Uuid, text

from services.intake.domain.calls import CallerFlag, Disposition
from services.intake.tables.base import is_one_of, metadata, time

calls = Table(
    "calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("caller_phone", Text, nullable=False),
    Column("first_agent", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("rang_at", DateTime(timezone=True), nullable=False),
    time("answered_at"),
    Column("language", Text),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("disposition", Text),
    time("ended_at"),
    Column("order_id", Uuid),
    Column("service_request_id", Uuid),
    Column("note", Text),
    time("ring_back_by"),
    Column("ring_back_attempts", SmallInteger, nullable=False, server_default="0"),
    time("rung_back_at"),
    time("ring_back_given_up_at"),
    time("escalated_at"),
    Column("escalated_to", Text),
    time("reassigned_at"),
    is_one_of("disposition", Disposition),
    postgresql_partition_by="RANGE (id)",
)
WAITS_FOR_RING_BACK = "ring_back_by IS NOT NULL AND rung_back_at IS NULL AND ring_back_given_up_at IS NULL"
Index("calls_agent", calls.c.agent, calls.c.id)
Index("calls_phone", calls.c.caller_phone, calls.c.id)
Index("calls_order", calls.c.order_id, postgresql_where=text("order_id IS NOT NULL"))
Index("calls_ring_back", calls.c.ring_back_by, postgresql_where=text(WAITS_FOR_RING_BACK))

caller_flags = Table(
    "caller_flags",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("phone", Text, nullable=False),
    Column("flag", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    time("lifted_at"),
    Column("lifted_by", Text),
    Column("lift_reason", Text),
    is_one_of("flag", CallerFlag),
)
Index(
    "caller_flags_in_force",
    caller_flags.c.phone,
    caller_flags.c.flag,
    unique=True,
    postgresql_where=text("lifted_at IS NULL"),
)
"""A flag warns; it refuses nobody (requirement 003-043)."""
