"""Calls at the desk and how they were settled; how orders were taken; service requests; the report box."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

PARTITIONED = ("calls", "desk_log", "takings")

LOG_IS_APPEND_ONLY = """
CREATE TRIGGER desk_log_is_append_only BEFORE UPDATE OR DELETE ON intake.desk_log
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')
"""

FROM_THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
PRESENT_PROMISES = datetime(2022, 12, 31, 16, tzinfo=UTC)

WORKING_DAYS = {
    "years": [2026],
    "days_off": [
        *(f"2026-01-{day:02d}" for day in range(1, 4)),
        *(f"2026-02-{day:02d}" for day in range(15, 24)),
        *(f"2026-04-{day:02d}" for day in range(4, 7)),
        *(f"2026-05-{day:02d}" for day in range(1, 6)),
        *(f"2026-06-{day:02d}" for day in range(19, 22)),
        *(f"2026-09-{day:02d}" for day in range(25, 28)),
        *(f"2026-10-{day:02d}" for day in range(1, 8)),
    ],
    "days_on": ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
}
"""The State Council's notice of 4 November 2025; each year's notice is another version."""


def _days(number: int, calendar: str = "working_days") -> dict[str, object]:
    return {"days": number, "calendar": calendar}


ANSWER_DAYS = {
    "by_type": {
        "complaint": _days(7),
        "misconduct_report": _days(10),
        "opinion": _days(10),
        "suggestion": _days(10),
        "consultation": _days(5),
    },
    "by_subtype": {"broken_commitment": _days(10, "calendar_days")},
    "by_channel": {"report_box": _days(15, "calendar_days")},
    "arrival": {
        "urban": {"minutes": 45},
        "county_town": {"minutes": 45},
        "rural": {"minutes": 90},
        "special_remote": {"minutes": 120},
    },
    "services": {
        "reconnect": {"minutes": 1440},
        "appliance_damage": {"minutes": 1440},
        "meter_abnormal": _days(4),
        "reading_abnormal": _days(6),
        "meter_test": _days(5),
        "ev_charge_booking": {"minutes": 45},
        "other": _days(5),
    },
}
"""SLA catalogue 2.1 to 2.3: what a caller is told. A county town is promised what the city is."""

ANSWER_DAYS_NOW = ANSWER_DAYS | {"by_type": ANSWER_DAYS["by_type"] | {"complaint": _days(5)}}
"""Complaints in 5 working days (current promises); 7 were those of 2011 (decision 21)."""

SERVICE_ROUTING = {
    "station_below_kw": 50,
    "departments": {"0.4kV": "marketing", "10kV": "development", "35kV": "development", "66kV": "development"},
}

POLICIES = (
    ("working_days", FROM_THE_BEGINNING, WORKING_DAYS),
    ("answer_days", FROM_THE_BEGINNING, ANSWER_DAYS),
    ("answer_days", PRESENT_PROMISES, ANSWER_DAYS_NOW),
    ("service_routing", FROM_THE_BEGINNING, SERVICE_ROUTING),
)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE intake.service_request_numbers")
    _create_calls()
    _create_caller_flags()
    _create_desk_log()
    _create_service_requests()
    _create_report_box_days()
    _create_takings()
    for table in PARTITIONED:
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    op.execute(LOG_IS_APPEND_ONLY)
    _add_policies()


def _add_policies() -> None:
    statement = sa.text(
        "INSERT INTO intake.policies (name, valid_from, value, set_by)"
        " VALUES (:name, :valid_from, CAST(:value AS jsonb), 'system')"
    ).bindparams(sa.bindparam("valid_from", type_=TIME))
    for name, valid_from, value in POLICIES:
        op.execute(statement.bindparams(name=name, valid_from=valid_from, value=json.dumps(value)))


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("caller_phone", sa.Text, nullable=False),
        sa.Column("first_agent", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("rang_at", TIME, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("language", sa.Text),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("disposition", sa.Text),
        sa.Column("ended_at", TIME),
        sa.Column("order_id", sa.Uuid),
        sa.Column("service_request_id", sa.Uuid),
        sa.Column("note", sa.Text),
        sa.Column("ring_back_by", TIME),
        sa.Column("ring_back_attempts", sa.SmallInteger, server_default="0", nullable=False),
        sa.Column("rung_back_at", TIME),
        sa.Column("ring_back_given_up_at", TIME),
        sa.Column("escalated_at", TIME),
        sa.Column("escalated_to", sa.Text),
        sa.Column("reassigned_at", TIME),
        sa.CheckConstraint(
            "disposition IN ('answered', 'order_made', 'service_requested', 'silent', 'inaudible', 'abandoned')",
            name="disposition_is_known",
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("calls_agent", "calls", ["agent", "id"], schema="intake")
    op.create_index(
        "calls_order", "calls", ["order_id"], schema="intake", postgresql_where=sa.text("order_id IS NOT NULL")
    )
    op.create_index("calls_phone", "calls", ["caller_phone", "id"], schema="intake")
    op.create_index(
        "calls_ring_back",
        "calls",
        ["ring_back_by"],
        schema="intake",
        postgresql_where=sa.text("ring_back_by IS NOT NULL AND rung_back_at IS NULL AND ring_back_given_up_at IS NULL"),
    )


def _create_caller_flags() -> None:
    op.create_table(
        "caller_flags",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("flag", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.Column("lifted_at", TIME),
        sa.Column("lifted_by", sa.Text),
        sa.Column("lift_reason", sa.Text),
        sa.CheckConstraint("flag IN ('harassing')", name="flag_is_known"),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index(
        "caller_flags_in_force",
        "caller_flags",
        ["phone", "flag"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def _create_desk_log() -> None:
    op.create_table(
        "desk_log",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("desk_log_subject", "desk_log", ["subject_id", "id"], schema="intake")


def _create_service_requests() -> None:
    op.create_table(
        "service_requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("request_no", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("customer_no", sa.Text),
        sa.Column("caller_name", sa.Text, nullable=False),
        sa.Column("caller_phone", sa.Text, nullable=False),
        sa.Column("caller_address", sa.Text, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("call_id", sa.Uuid),
        sa.Column("capacity_kw", sa.Double),
        sa.Column("voltage_level", sa.Text),
        sa.Column("booked_at", TIME),
        sa.Column("station_code", sa.Text),
        sa.Column("taken_by", sa.Text, nullable=False),
        sa.Column("department", sa.Text),
        sa.Column("told", postgresql.ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("first_responder", sa.Text, nullable=False),
        sa.Column("reported_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("answer_by", TIME),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("handled_at", TIME),
        sa.Column("result", sa.Text),
        sa.Column("answered_at", TIME),
        sa.Column("answer", sa.Text),
        sa.Column("withdrawn_at", TIME),
        sa.CheckConstraint(
            "channel IN ('national_platform', 'local_hotline', 'city_hotline', 'regulator_hotline', 'counter', "
            "'report_box', 'grid_dispatcher', 'own_monitoring')",
            name="channel_is_known",
        ),
        sa.CheckConstraint(
            "kind IN ('reconnect', 'appliance_damage', 'meter_abnormal', 'reading_abnormal', 'meter_test', "
            "'ev_charge_booking', 'new_connection', 'capacity_increase', 'other')",
            name="kind_is_known",
        ),
        sa.CheckConstraint("status IN ('routed', 'handled', 'answered', 'withdrawn')", name="status_is_known"),
        sa.CheckConstraint("taken_by IN ('supply_station', 'customer_centre')", name="taken_by_is_known"),
        sa.CheckConstraint("voltage_level IN ('66kV', '35kV', '10kV', '0.4kV')", name="voltage_level_is_known"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_no"),
        schema="intake",
    )
    op.create_index("service_requests_kind", "service_requests", ["kind", "id"], schema="intake")
    op.create_index("service_requests_status", "service_requests", ["status", "id"], schema="intake")


def _create_report_box_days() -> None:
    op.create_table(
        "report_box_days",
        sa.Column("box_code", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("opened_at", TIME),
        sa.Column("opened_by", sa.Text),
        sa.Column("letters", sa.SmallInteger),
        sa.Column("recorded_at", TIME),
        sa.Column("alerted_at", TIME),
        sa.CheckConstraint("letters >= 0", name="letters_are_counted"),
        sa.PrimaryKeyConstraint("box_code", "day"),
        schema="intake",
    )
    op.create_index(
        "report_box_days_open",
        "report_box_days",
        ["due_at"],
        schema="intake",
        postgresql_where=sa.text("opened_at IS NULL"),
    )


def _create_takings() -> None:
    op.create_table(
        "takings",
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("subtype", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("call_id", sa.Uuid),
        sa.Column("triage", postgresql.JSONB),
        sa.Column("verdict", sa.Text),
        sa.Column("is_held", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("phone_outcome", sa.Text),
        sa.Column("told", postgresql.ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("price_code", sa.Text),
        sa.Column("paid_service_explained_at", TIME),
        sa.Column("referral_code", sa.Text),
        sa.Column("answer_by", TIME),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint(
            "phone_outcome IN ('power_back', 'customer_internal_referred')", name="phone_outcome_is_known"
        ),
        sa.CheckConstraint(
            "subtype IN ('broken_commitment', 'over_limit', 'voltage', 'frequent_outage', 'no_notice_outage', "
            "'conduct', 'repair_quality', 'billing', 'metering', 'procedure', 'outage_information', 'tariff', "
            "'theft', 'damage', 'extortion_in_service', 'designated_three', 'other')",
            name="subtype_is_known",
        ),
        sa.CheckConstraint("verdict IN ('guide_by_phone', 'dispatch')", name="verdict_is_known"),
        sa.PrimaryKeyConstraint("order_id"),
        schema="intake",
        postgresql_partition_by="RANGE (order_id)",
    )
    op.create_index("takings_held", "takings", ["recorded_at"], schema="intake", postgresql_where=sa.text("is_held"))


def downgrade() -> None:
    op.execute("DELETE FROM intake.policies WHERE name IN ('working_days', 'answer_days', 'service_routing')")
    for table in ("takings", "report_box_days", "service_requests", "desk_log", "caller_flags", "calls"):
        op.drop_table(table, schema="intake")
    op.execute("DROP SEQUENCE intake.service_request_numbers")
