"""Who answers for an order: shifts, hand-overs item by item, every move of accountability, internal transfers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, Uuid, text

from services.intake.domain.handover import Decision
from services.intake.domain.responsibility import Cause
from services.intake.domain.shifts import Group
from services.intake.tables.base import is_one_of, metadata, time
from services.intake.tables.orders import IS_OPEN, orders

shifts = Table(
    "shifts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("person", Text, nullable=False),
    Column("duty_group", Text, nullable=False),
    Column("signed_in_at", DateTime(timezone=True), nullable=False),
    time("signed_out_at"),
    is_one_of("duty_group", Group),
)
Index("shifts_open", shifts.c.person, unique=True, postgresql_where=text("signed_out_at IS NULL"))
Index("shifts_person", shifts.c.person, shifts.c.id)

handovers = Table(
    "handovers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("from_person", Text, nullable=False),
    Column("to_person", Text, nullable=False),
    Column("offered_by", Text, nullable=False),
    Column("offered_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("from_person <> to_person", name="two_people"),
)
Index("handovers_from", handovers.c.from_person, handovers.c.id)
Index("handovers_to", handovers.c.to_person, handovers.c.id)

handover_items = Table(
    "handover_items",
    metadata,
    Column("handover_id", Uuid),
    Column("order_id", Uuid),
    Column("note", Text, nullable=False),
    Column("decision", Text),
    time("decided_at"),
    Column("reason", Text),
    PrimaryKeyConstraint("handover_id", "order_id"),
    is_one_of("decision", Decision),
)
"""One order that goes from hand to hand; the successor answers for each."""
Index("handover_items_waiting", handover_items.c.order_id, unique=True, postgresql_where=text("decided_at IS NULL"))

accountability_moves = Table(
    "accountability_moves",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("first_responder", Text, nullable=False),
    Column("from_person", Text, nullable=False),
    Column("to_person", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    Column("moved_by", Text, nullable=False),
    is_one_of("cause", Cause),
    postgresql_partition_by="RANGE (id)",
)
"""Every move, only ever added; who answers now stands on the order."""
Index("accountability_moves_order", accountability_moves.c.order_id, accountability_moves.c.id)
Index("accountability_moves_first_responder", accountability_moves.c.first_responder, accountability_moves.c.id)

transfers = Table(
    "transfers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("from_unit", Text),
    Column("to_unit", Text, nullable=False),
    Column("from_person", Text, nullable=False),
    Column("to_person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("transferred_at", DateTime(timezone=True), nullable=False),
    Column("transferred_by", Text, nullable=False),
    time("customer_told_at"),
    Column("customer_told_text", Text),
)
"""Hand-offs inside the company, under one order number."""
Index("transfers_order", transfers.c.order_id, transfers.c.id)
Index(
    "transfers_customer_told_once",
    transfers.c.order_id,
    unique=True,
    postgresql_where=text("customer_told_at IS NOT NULL"),
)

Index("orders_accountable", orders.c.accountable, orders.c.id, postgresql_where=text(IS_OPEN))
"""Whose hands are full: asked at every end of a shift. Open orders only, so it stays as small as the day's work."""
