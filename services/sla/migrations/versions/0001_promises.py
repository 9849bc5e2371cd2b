"""Promises with their first versions, order records, clocks, facts and extents."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.clock import SystemClock
from shared.first_tables import create_first_tables, drop_first_tables
from shared.partitions import partition_statements
from shared.zone import SHANGHAI

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "sla"
FROM_THE_BEGINNING = datetime(2000, 1, 1, tzinfo=SHANGHAI)

# Limits in minutes. County towns: 30 minutes internally (source 000), and to the customer the 45 of the city: source
# 001 knows no county town, and our own target may not be looser than what the customer was promised.
FIRST_VERSIONS: list[tuple[str, str, str, str, list[str], dict[str, int], str]] = [
    (
        "repair_accept_or_return",
        "INT",
        "order",
        "received_at",
        ["accepted_at", "declined_at"],
        {"any": 3},
        "001: 地市配抢3分钟内接单或退单",
    ),
    (
        "repair_departure",
        "INT",
        "trip",
        "dispatched_at",
        ["departed_at"],
        {"any": 5},
        "000: 5分钟内必须派出抢修车出大门",
    ),
    (
        "repair_arrival_internal",
        "INT",
        "errand",
        "dispatched_at",
        ["arrived_at"],
        {"urban": 30, "county_town": 30, "rural": 90, "special_remote": 120},
        "000: 县城30分钟、农村地区90分钟、特殊偏远山区2小时内到现场",
    ),
    (
        "repair_arrival_commitment",
        "EXT",
        "errand",
        "crew_received_at",
        ["arrived_at"],
        {"urban": 45, "county_town": 45, "rural": 90, "special_remote": 120},
        "001: 接到报修单后城区不超过45分钟到达现场; rural and special_remote: current public promises",
    ),
    (
        "repair_arrival_record",
        "INT",
        "trip",
        "arrived_at",
        ["arrival_recorded_at"],
        {"any": 5},
        "001: 5分钟内将到达现场时间录入系统",
    ),
    ("repair_reply", "INT", "trip", "repaired_at", ["replied_at"], {"any": 5}, "001: 抢修完毕后5分钟内填单回复"),
]


def upgrade() -> None:
    _make_promises()
    _make_records()
    _make_clocks()
    _make_facts()
    create_first_tables(SCHEMA)
    now = SystemClock().now()
    for table in ("order_records", "clocks", "facts", "extents"):
        for statement in partition_statements(f"{SCHEMA}.{table}", now=now):
            op.execute(statement)


def downgrade() -> None:
    for table in (
        "promises",
        "order_records",
        "clocks",
        "facts",
        "extents",
    ):
        op.drop_table(table, schema=SCHEMA)
    drop_first_tables(SCHEMA)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _make_promises() -> None:
    promises = op.create_table(
        "promises",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("code"),
        _text("layer"),
        _text("per"),
        _text("starts"),
        sa.Column("stops", ARRAY(sa.Text), nullable=False),
        sa.Column("limit_minutes", JSONB, nullable=False),
        sa.Column("warn_at", sa.Float, nullable=False),
        _text("calendar"),
        _moment("valid_from"),
        _moment("valid_to", nullable=True),
        _text("source"),
        sa.UniqueConstraint("code", "valid_from"),
        sa.CheckConstraint("layer IN ('INT', 'EXT', 'REG')", name="layer_is_known"),
        sa.CheckConstraint("per IN ('order', 'errand', 'trip')", name="per_is_known"),
        sa.CheckConstraint("calendar IN ('24x7')", name="calendar_is_known"),
        sa.CheckConstraint("warn_at > 0 AND warn_at < 1", name="warn_at_is_a_fraction"),
        schema=SCHEMA,
    )
    names = ("code", "layer", "per", "starts", "stops", "limit_minutes", "source")
    rest = {"warn_at": 0.8, "calendar": "24x7", "valid_from": FROM_THE_BEGINNING, "valid_to": None}
    op.bulk_insert(
        promises,
        [
            {"id": UUID(int=(7 << 76) | (2 << 62) | number), **dict(zip(names, version, strict=True)), **rest}
            for number, version in enumerate(FIRST_VERSIONS, start=1)
        ],
    )


def _make_records() -> None:
    op.create_table(
        "order_records",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("business_type"),
        _text("channel"),
        _text("area_type"),
        _text("created_area_type"),
        _text("station_code", nullable=True),
        _text("created_station_code", nullable=True),
        _text("origin", nullable=True),
        _text("origin_no", nullable=True),
        sa.Column("is_late_entry", sa.Boolean, nullable=False),
        _moment("reported_at"),
        _moment("received_at"),
        _moment("recorded_at"),
        _moment("declined_at", nullable=True),
        _moment("merged_at", nullable=True),
        sa.Column("main_order_id", sa.Uuid),
        _moment("dispatched_at", nullable=True),
        _moment("arrived_at", nullable=True),
        _moment("restored_at", nullable=True),
        _moment("called_back_at", nullable=True),
        _text("satisfaction", nullable=True),
        _moment("unreachable_at", nullable=True),
        _moment("archived_at", nullable=True),
        sa.Column("national_return_count", sa.Integer, nullable=False),
        sa.Column("province_return_count", sa.Integer, nullable=False),
        sa.Column("history", JSONB, nullable=False),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("order_records_received_at", "order_records", ["received_at"], schema=SCHEMA)
    for name in ("arrived_at", "restored_at", "called_back_at", "unreachable_at", "archived_at", "origin"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"order_records_{name}", "order_records", [name], schema=SCHEMA, postgresql_where=there)


def _make_clocks() -> None:
    op.create_table(
        "clocks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("promise_id", sa.Uuid, nullable=False),
        _text("promise"),
        _text("layer"),
        _text("subject"),
        _moment("started_at"),
        _moment("due_at"),
        _moment("due_alarm_at"),
        _moment("stopped_at", nullable=True),
        _moment("cancelled_at", nullable=True),
        _text("status"),
        _moment("decided_at", nullable=True),
        _moment("warned_at", nullable=True),
        _moment("next_alarm_at", nullable=True),
        sa.CheckConstraint("status IN ('open', 'met', 'breached', 'cancelled')", name="status_is_known"),
        sa.CheckConstraint("(status = 'open') = (next_alarm_at IS NOT NULL)", name="only_open_clocks_wait"),
        sa.CheckConstraint("(status = 'open') = (decided_at IS NULL)", name="only_open_clocks_are_undecided"),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("clocks_by_status", "clocks", ["status", "due_at", "id"], schema=SCHEMA)
    op.create_index("clocks_order", "clocks", ["order_id"], schema=SCHEMA)
    waiting, decided = sa.text("next_alarm_at IS NOT NULL"), sa.text("decided_at IS NOT NULL")
    op.create_index("clocks_alarm", "clocks", ["next_alarm_at"], schema=SCHEMA, postgresql_where=waiting)
    op.create_index("clocks_decided", "clocks", ["decided_at"], schema=SCHEMA, postgresql_where=decided)


def _make_facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("name"),
        sa.Column("order_id", sa.Uuid, nullable=False),
        _moment("occurred_at"),
        _moment("recorded_at"),
        sa.Column("data", JSONB, nullable=False),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("facts_order", "facts", ["order_id", "id"], schema=SCHEMA)
    op.create_table(
        "extents",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("customers", sa.Integer, nullable=False),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (order_id)",
    )
