"""How promises, records, clocks and facts lie on disk. Everything that grows is cut by month on a UUIDv7 key."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData(schema="sla")

promises = Table(
    "promises",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("per", Text, nullable=False),
    Column("starts", Text, nullable=False),
    Column("stops", ARRAY(Text), nullable=False),
    # Minutes by area type; the key "any" holds for every area that is not named.
    Column("limit_minutes", JSONB, nullable=False),
    Column("warn_at", Float, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_to", DateTime(timezone=True)),
    Column("source", Text, nullable=False),
    UniqueConstraint("code", "valid_from"),
    CheckConstraint("layer IN ('INT', 'EXT', 'REG')", name="layer_is_known"),
    CheckConstraint("per IN ('order', 'errand', 'trip')", name="per_is_known"),
    CheckConstraint("calendar IN ('24x7')", name="calendar_is_known"),
    CheckConstraint("warn_at > 0 AND warn_at < 1", name="warn_at_is_a_fraction"),
)

order_records = Table(
    "order_records",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("business_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("area_type", Text, nullable=False),
    Column("created_area_type", Text, nullable=False),
    Column("station_code", Text),
    Column("created_station_code", Text),
    Column("origin", Text),
    Column("origin_no", Text),
    Column("is_late_entry", Boolean, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("declined_at", DateTime(timezone=True)),
    Column("merged_at", DateTime(timezone=True)),
    Column("main_order_id", Uuid),
    Column("dispatched_at", DateTime(timezone=True)),
    Column("arrived_at", DateTime(timezone=True)),
    Column("restored_at", DateTime(timezone=True)),
    Column("called_back_at", DateTime(timezone=True)),
    Column("satisfaction", Text),
    Column("unreachable_at", DateTime(timezone=True)),
    Column("archived_at", DateTime(timezone=True)),
    Column("national_return_count", Integer, nullable=False),
    Column("province_return_count", Integer, nullable=False),
    # The marks that all of the above is read off: a set that grows, see domain/records.py.
    Column("history", JSONB, nullable=False),
    postgresql_partition_by="RANGE (id)",
)
for _name in ("received_at", "arrived_at", "restored_at", "called_back_at", "unreachable_at", "archived_at"):
    _column = order_records.c[_name]
    Index(f"order_records_{_name}", _column, postgresql_where=_column.is_not(None) if _column.nullable else None)
Index("order_records_origin", order_records.c.origin, postgresql_where=order_records.c.origin.is_not(None))

clocks = Table(
    "clocks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("promise_id", Uuid, nullable=False),
    Column("promise", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("due_alarm_at", DateTime(timezone=True), nullable=False),
    Column("stopped_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("status", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("warned_at", DateTime(timezone=True)),
    Column("next_alarm_at", DateTime(timezone=True)),
    CheckConstraint("status IN ('open', 'met', 'breached', 'cancelled')", name="status_is_known"),
    CheckConstraint("(status = 'open') = (next_alarm_at IS NOT NULL)", name="only_open_clocks_wait"),
    CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="only_open_clocks_are_undecided"),
    postgresql_partition_by="RANGE (id)",
)
Index("clocks_by_status", clocks.c.status, clocks.c.due_at, clocks.c.id)
Index("clocks_order", clocks.c.order_id)
Index("clocks_alarm", clocks.c.next_alarm_at, postgresql_where=text("next_alarm_at IS NOT NULL"))
Index("clocks_decided", clocks.c.decided_at, postgresql_where=text("decided_at IS NOT NULL"))

facts = Table(
    "facts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("order_id", Uuid, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("data", JSONB, nullable=False),
    postgresql_partition_by="RANGE (id)",
)
Index("facts_order", facts.c.order_id, facts.c.id)

extents = Table(
    "extents",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("occurred_at", DateTime(timezone=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("customers", Integer, nullable=False),
    postgresql_partition_by="RANGE (order_id)",
)

PARTITIONED = ("order_records", "clocks", "facts", "extents")
