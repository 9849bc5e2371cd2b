"""How dispatch lies on disk.

Job orders, incidents, tasks and positions grow for ever and are cut by month on their UUIDv7 key. What must be unique
or quick across months stands in small tables of what is open now: `outage_keys`, `open_tasks`, `waiting_orders`.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.dispatch.domain.incidents import IncidentStatus
from services.dispatch.domain.orders import JobStatus
from services.dispatch.domain.steps import TaskStatus
from shared.glossary import AreaType, FaultClass, Tier, VoltageLevel

metadata = MetaData(schema="dispatch")

PARTITIONED = ("job_orders", "incidents", "tasks", "crew_positions")


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """Hold a text column to a closed list of words."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def instant(name: str, *, nullable: bool = True) -> Column[object]:
    """Declare a time of day and date, with its offset."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


stations = Table(
    "stations",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("area_type", Text, nullable=False),
    Column("neighbours", ARRAY(Text), nullable=False),
    one_of("area_type", AreaType),
)

crews = Table(
    "crews",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("station_code", Text, ForeignKey(stations.c.code), nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("has_people", Boolean, nullable=False),
    Column("has_materials", Boolean, nullable=False),
    Column("has_vehicle", Boolean, nullable=False),
    Column("last_lon", Double),
    Column("last_lat", Double),
    Column("last_accuracy_m", Double),
    instant("last_seen_at"),
    Column("secret_hash", Text),
    Column("failed_attempts", Integer, nullable=False, server_default="0"),
    instant("locked_until"),
    Column("clock_offset_ms", Integer, nullable=False, server_default="0"),
    one_of("tier", Tier),
    Index("crews_station_code", "station_code"),
)

shifts = Table(
    "shifts",
    metadata,
    Column("crew_code", Text, ForeignKey(crews.c.code), primary_key=True),
    Column("starts_at", DateTime(timezone=True), primary_key=True),
    instant("ends_at", nullable=False),
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    Index("shifts_ends_at", "crew_code", "ends_at"),
)

feeders = Table(
    "feeders",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("station_code", Text, ForeignKey(stations.c.code), nullable=False),
    Column("voltage_level", Text, nullable=False),
    one_of("voltage_level", VoltageLevel),
)

transformer_areas = Table(
    "transformer_areas",
    metadata,
    Column("code", Text, primary_key=True),
    Column("feeder_code", Text, ForeignKey(feeders.c.code)),
    Column("station_code", Text, ForeignKey(stations.c.code), nullable=False),
    Column("area_type", Text, nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("customers", Integer),
    one_of("area_type", AreaType),
)

job_orders = Table(
    "job_orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_no", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("round", SmallInteger, nullable=False),
    instant("reported_at", nullable=False),
    instant("received_at", nullable=False),
    instant("accepted_at"),
    Column("is_late_entry", Boolean, nullable=False),
    Column("content", Text, nullable=False),
    Column("surroundings", Text),
    Column("caller", JSONB, nullable=False),
    Column("area_type", Text, nullable=False),
    Column("outage_scope", Text),
    Column("voltage_level", Text),
    Column("transformer_area", Text),
    Column("feeder", Text),
    Column("station_code", Text),
    Column("lon", Double),
    Column("lat", Double),
    Column("customers_affected", Integer),
    Column("incident_id", Uuid),
    Column("main_order_id", Uuid),
    Column("owner_code", Text),
    Column("tier", Text),
    Column("class_l1", Text),
    Column("sent", JSONB, nullable=False),
    Column("is_green_channel", Boolean, nullable=False, server_default=text("false")),
    one_of("status", JobStatus),
    Index("job_orders_incident_id", "incident_id"),
    postgresql_partition_by="RANGE (id)",
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("main_order_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("keys", ARRAY(Text), nullable=False),
    Column("class_l1", Text, nullable=False),
    Column("area_type", Text, nullable=False),
    Column("owner_code", Text),
    Column("is_earth_fault", Boolean, nullable=False),
    instant("reported_at", nullable=False),
    instant("opened_at", nullable=False),
    Column("order_count", Integer, nullable=False),
    Column("customers_affected", Integer),
    instant("extent_at"),
    instant("estimated_restoration_at"),
    instant("estimated_at"),
    instant("power_restored_at"),
    one_of("status", IncidentStatus),
    one_of("class_l1", FaultClass),
    Index("incidents_status", "status", "id"),
    postgresql_partition_by="RANGE (id)",
)

outage_keys = Table(
    "outage_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("incident_id", Uuid, nullable=False),
    instant("opened_at", nullable=False),
    Index("outage_keys_incident_id", "incident_id"),
)
"""Which open incident a further order of a transformer area or feeder belongs to; its key makes two impossible."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("incident_id", Uuid, nullable=False),
    Column("crew_code", Text, nullable=False),
    Column("station_code", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("is_lead", Boolean, nullable=False),
    Column("is_late_entry", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    instant("dispatched_at", nullable=False),
    Column("distance_m", Integer),
    Column("reason", Text, nullable=False),
    Column("last_step", Text, nullable=False),
    instant("last_at", nullable=False),
    Column("reported", JSONB, nullable=False),
    Column("findings", JSONB, nullable=False),
    one_of("status", TaskStatus),
    one_of("tier", Tier),
    Index("tasks_order_id", "order_id"),
    Index("tasks_permit_requested", "id", postgresql_where=text("status = 'permit_requested'")),
    postgresql_partition_by="RANGE (id)",
)

open_tasks = Table(
    "open_tasks",
    metadata,
    Column("task_id", Uuid, primary_key=True),
    Column("crew_code", Text, nullable=False),
    Column("is_occupying", Boolean, nullable=False),
    Column("is_automatic", Boolean, nullable=False),
    Index("open_tasks_crew_code", "crew_code"),
    Index("open_tasks_one_automatic", "crew_code", unique=True, postgresql_where=text("is_automatic")),
)
"""The tasks that crews have now. The partial unique index: no crew is ever sent to two orders by the machine."""

waiting_orders = Table(
    "waiting_orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("owner_code", Text),
    Column("priority", SmallInteger, nullable=False),
    instant("waiting_since", nullable=False),
    Index("waiting_orders_turn", "priority", "waiting_since", "order_id"),
)

answered_ids = Table(
    "answered_ids",
    metadata,
    Column("asked_by", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("problem", JSONB(none_as_null=True)),
    instant("recorded_at", nullable=False),
    CheckConstraint("outcome IN ('applied', 'rejected')", name="outcome_known"),
    Index("answered_ids_recorded_at", "recorded_at"),
)
"""What a phone or a monitor was told about each of its ids, so that the same id again gets the same answer."""

crew_positions = Table(
    "crew_positions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("crew_code", Text, nullable=False),
    Column("lon", Double, nullable=False),
    Column("lat", Double, nullable=False),
    Column("accuracy_m", Double, nullable=False),
    instant("observed_at", nullable=False),
    instant("recorded_at", nullable=False),
    Index("crew_positions_crew_code", "crew_code", "observed_at"),
    postgresql_partition_by="RANGE (id)",
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("task_id", Uuid, nullable=False),
    Column("crew_code", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    instant("taken_at"),
    instant("recorded_at", nullable=False),
    Index("attachments_task_id", "task_id"),
    Index("attachments_same", "task_id", "content_hash", unique=True),
)

staff_accounts = Table(
    "staff_accounts",
    metadata,
    Column("login", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("failed_attempts", Integer, nullable=False, server_default="0"),
    instant("locked_until"),
    instant("created_at", nullable=False),
    instant("disabled_at"),
)
