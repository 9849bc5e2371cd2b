"""Dispatch from nothing: the organisation, what is open now, the months of work, accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONED = ("job_orders", "incidents", "tasks", "crew_positions")


def upgrade() -> None:
    op.create_table(
        "answered_ids",
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problem", JSONB(none_as_null=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('applied', 'rejected')", name="outcome_known"),
        sa.PrimaryKeyConstraint("asked_by", "id"),
        schema="dispatch",
    )
    op.create_index("answered_ids_recorded_at", "answered_ids", ["recorded_at"], unique=False, schema="dispatch")
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("crew_code", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="dispatch",
    )
    op.create_index("attachments_same", "attachments", ["task_id", "content_hash"], unique=True, schema="dispatch")
    op.create_index("attachments_task_id", "attachments", ["task_id"], unique=False, schema="dispatch")
    op.create_table(
        "crew_positions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("crew_code", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="dispatch",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "crew_positions_crew_code", "crew_positions", ["crew_code", "observed_at"], unique=False, schema="dispatch"
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("answer", JSONB(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        schema="dispatch",
    )
    op.create_index(
        op.f("ix_dispatch_idempotency_keys_created_at"),
        "idempotency_keys",
        ["created_at"],
        unique=False,
        schema="dispatch",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        schema="dispatch",
    )
    op.create_index(op.f("ix_dispatch_inbox_taken_at"), "inbox", ["taken_at"], unique=False, schema="dispatch")
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("main_order_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("class_l1", sa.Text(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("owner_code", sa.Text(), nullable=True),
        sa.Column("is_earth_fault", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_count", sa.Integer(), nullable=False),
        sa.Column("customers_affected", sa.Integer(), nullable=True),
        sa.Column("extent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_restoration_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("power_restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "class_l1 IN ('hv_fault', 'lv_fault', 'power_quality', 'customer_internal', 'non_electric', 'metering')",
            name="class_l1_known",
        ),
        sa.CheckConstraint("status IN ('open', 'restored', 'void')", name="status_known"),
        sa.PrimaryKeyConstraint("id"),
        schema="dispatch",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("incidents_status", "incidents", ["status", "id"], unique=False, schema="dispatch")
    op.create_table(
        "job_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_late_entry", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("surroundings", sa.Text(), nullable=True),
        sa.Column("caller", JSONB(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("outage_scope", sa.Text(), nullable=True),
        sa.Column("voltage_level", sa.Text(), nullable=True),
        sa.Column("transformer_area", sa.Text(), nullable=True),
        sa.Column("feeder", sa.Text(), nullable=True),
        sa.Column("station_code", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("customers_affected", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("main_order_id", sa.Uuid(), nullable=True),
        sa.Column("owner_code", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("class_l1", sa.Text(), nullable=True),
        sa.Column("sent", JSONB(), nullable=False),
        sa.CheckConstraint(
            "status IN ('received', 'child', 'waiting', 'sent', 'restored', 'done', 'closed')", name="status_known"
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="dispatch",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("job_orders_incident_id", "job_orders", ["incident_id"], unique=False, schema="dispatch")
    op.create_table(
        "open_tasks",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("crew_code", sa.Text(), nullable=False),
        sa.Column("is_occupying", sa.Boolean(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("task_id"),
        schema="dispatch",
    )
    op.create_index("open_tasks_crew_code", "open_tasks", ["crew_code"], unique=False, schema="dispatch")
    op.create_index(
        "open_tasks_one_automatic",
        "open_tasks",
        ["crew_code"],
        unique=True,
        schema="dispatch",
        postgresql_where=sa.text("is_automatic"),
    )
    op.create_table(
        "outage_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        schema="dispatch",
    )
    op.create_index("outage_keys_incident_id", "outage_keys", ["incident_id"], unique=False, schema="dispatch")
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("position"),
        schema="dispatch",
    )
    op.create_index(
        "outbox_published_at",
        "outbox",
        ["published_at"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "outbox_unpublished",
        "outbox",
        ["position"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "parked_events",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("trace", sa.Text(), server_default="", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("position"),
        schema="dispatch",
    )
    op.create_index("parked_events_id", "parked_events", ["id"], unique=True, schema="dispatch")
    op.create_index("parked_events_key", "parked_events", ["key", "position"], unique=False, schema="dispatch")
    op.create_table(
        "staff_accounts",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login"),
        schema="dispatch",
    )
    op.create_table(
        "stations",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("neighbours", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("area_type IN ('urban', 'county_town', 'rural', 'special_remote')", name="area_type_known"),
        sa.PrimaryKeyConstraint("code"),
        schema="dispatch",
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("crew_code", sa.Text(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("is_late_entry", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_step", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported", JSONB(), nullable=False),
        sa.Column("findings", JSONB(), nullable=False),
        sa.CheckConstraint(
            "status IN ('dispatched', 'crew_accepted', 'en_route', 'arrived', 'surveyed', 'awaiting_support', "
            "'awaiting_switching', 'permit_requested', 'permitted', 'repairing', 'partially_restored', "
            "'repaired', 'ready_to_energise', 'restored', 'customer_internal', 'replied', 'refused', "
            "'withdrawn')",
            name="status_known",
        ),
        sa.CheckConstraint("tier IN ('station_alliance', 'station_crew', 'electrician_group')", name="tier_known"),
        sa.PrimaryKeyConstraint("id"),
        schema="dispatch",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("tasks_order_id", "tasks", ["order_id"], unique=False, schema="dispatch")
    op.create_index(
        "tasks_permit_requested",
        "tasks",
        ["id"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("status = 'permit_requested'"),
    )
    op.create_table(
        "waiting_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("owner_code", sa.Text(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id"),
        schema="dispatch",
    )
    op.create_index(
        "waiting_orders_turn",
        "waiting_orders",
        ["priority", "waiting_since", "order_id"],
        unique=False,
        schema="dispatch",
    )
    op.create_table(
        "crews",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("has_people", sa.Boolean(), nullable=False),
        sa.Column("has_materials", sa.Boolean(), nullable=False),
        sa.Column("has_vehicle", sa.Boolean(), nullable=False),
        sa.Column("last_lon", sa.Double(), nullable=True),
        sa.Column("last_lat", sa.Double(), nullable=True),
        sa.Column("last_accuracy_m", sa.Double(), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_hash", sa.Text(), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_offset_ms", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("tier IN ('station_alliance', 'station_crew', 'electrician_group')", name="tier_known"),
        sa.ForeignKeyConstraint(
            ["station_code"],
            ["dispatch.stations.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
        schema="dispatch",
    )
    op.create_index("crews_station_code", "crews", ["station_code"], unique=False, schema="dispatch")
    op.create_table(
        "feeders",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("voltage_level", sa.Text(), nullable=False),
        sa.CheckConstraint("voltage_level IN ('66kV', '35kV', '10kV', '0.4kV')", name="voltage_level_known"),
        sa.ForeignKeyConstraint(
            ["station_code"],
            ["dispatch.stations.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
        schema="dispatch",
    )
    op.create_table(
        "shifts",
        sa.Column("crew_code", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.ForeignKeyConstraint(
            ["crew_code"],
            ["dispatch.crews.code"],
        ),
        sa.PrimaryKeyConstraint("crew_code", "starts_at"),
        schema="dispatch",
    )
    op.create_index("shifts_ends_at", "shifts", ["crew_code", "ends_at"], unique=False, schema="dispatch")
    op.create_table(
        "transformer_areas",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("feeder_code", sa.Text(), nullable=True),
        sa.Column("station_code", sa.Text(), nullable=False),
        sa.Column("area_type", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("customers", sa.Integer(), nullable=True),
        sa.CheckConstraint("area_type IN ('urban', 'county_town', 'rural', 'special_remote')", name="area_type_known"),
        sa.ForeignKeyConstraint(
            ["feeder_code"],
            ["dispatch.feeders.code"],
        ),
        sa.ForeignKeyConstraint(
            ["station_code"],
            ["dispatch.stations.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
        schema="dispatch",
    )

    for table in PARTITIONED:
        for statement in partition_statements(f"dispatch.{table}", now=SystemClock().now()):
            op.execute(statement)


def downgrade() -> None:
    for table in (
        "transformer_areas",
        "shifts",
        "feeders",
        "crews",
        "waiting_orders",
        "tasks",
        "stations",
        "staff_accounts",
        "parked_events",
        "outbox",
        "outage_keys",
        "open_tasks",
        "job_orders",
        "incidents",
        "inbox",
        "idempotency_keys",
        "crew_positions",
        "attachments",
        "answered_ids",
    ):
        op.drop_table(table, schema="dispatch")
