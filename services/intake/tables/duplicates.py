"""By what a later report is known to be about the same: keys of open reports, links between orders, callers' trails."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, Table, Text, Uuid

from services.intake.domain.duplicates import Basis, LinkKind
from services.intake.tables.base import is_one_of, metadata

report_keys = Table(
    "report_keys",
    metadata,
    Column("key", BigInteger, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("touched_at", DateTime(timezone=True), nullable=False),
)
"""The latest order that leads under each key, which is a hash. Whoever writes one holds it until the commit: two calls
about the same wait for each other here, wherever they came in. What nobody touched for long leaves."""

order_links = Table(
    "order_links",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("lead_order_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("linked_by", Text, nullable=False),
    is_one_of("kind", LinkKind),
    is_one_of("basis", Basis),
    postgresql_partition_by="RANGE (order_id)",
)
"""An order that is about another, and what its caller was told of it."""
Index("order_links_lead", order_links.c.lead_order_id)

caller_contacts = Table(
    "caller_contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("caller", BigInteger, nullable=False),
    Column("trail_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    postgresql_partition_by="RANGE (id)",
)
"""Each contact of a caller (a hash of the customer number or phone) and how-manieth of its trail it was: an order's
own, under the order's id, or an urge of another one.
"""
Index("caller_contacts_caller", caller_contacts.c.caller, caller_contacts.c.received_at)
