"""Callback plans, attempts, policy and questionnaires."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.clock import SystemClock
from shared.first_tables import create_first_tables, drop_first_tables
from shared.partitions import partition_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "callback"
STATUSES = "'scheduled','due_soon','overdue','calling','attempt_failed','completed','unreachable','cancelled'"
OPEN = "status IN ('attempt_failed', 'calling', 'due_soon', 'overdue', 'scheduled')"
OUTCOMES = "'answered','no_answer','busy','refused','wrong_number'"
RATINGS = "'satisfied','neutral','dissatisfied'"

QUESTIONS: list[dict[str, Any]] = [
    {
        "field": "is_power_restored",
        "kind": "yes_no",
        "zh": "您那里有电了吗？",
        "en": "Is your power back?",
        "is_required": True,
    },
    {
        "field": "satisfaction",
        "kind": "satisfaction",
        "zh": "您对这次抢修的结果满意吗？",
        "en": "Are you satisfied with the result of the repair?",
        "is_required": True,
    },
    {
        "field": "service_satisfaction",
        "kind": "satisfaction",
        "zh": "您对我们的抢修服务质量满意吗？",
        "en": "Are you satisfied with the quality of our service?",
        "is_required": True,
    },
    {
        "field": "opinion",
        "kind": "text",
        "zh": "请问您有什么意见或建议？（不满意时必须详细记录）",
        "en": "What would you like to tell us? (to be recorded in detail when dissatisfied)",
        "is_required": False,
    },
]


def upgrade() -> None:
    _make_plans()
    _make_attempts()
    _make_policy()
    create_first_tables(SCHEMA)
    now = SystemClock().now()
    for table in ("plans", "attempts", "contact_views"):
        for statement in partition_statements(f"{SCHEMA}.{table}", now=now):
            op.execute(statement)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _make_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        _text("order_no"),
        _text("plan"),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("rules_id", sa.Uuid, nullable=False),
        _text("name"),
        _text("phone"),
        _text("address"),
        _text("customer_no", nullable=True),
        _moment("sent_at"),
        _moment("warn_at"),
        _moment("due_at"),
        _moment("call_from"),
        _text("status"),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        _moment("last_called_at", nullable=True),
        _text("last_outcome", nullable=True),
        _moment("closed_at", nullable=True),
        _text("reason", nullable=True),
        sa.CheckConstraint(f"status IN ({STATUSES})", name="status_known"),
        sa.CheckConstraint(f"last_outcome IN ({OUTCOMES})", name="last_outcome_known"),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("plans_open", "plans", ["due_at", "id"], schema=SCHEMA, postgresql_where=sa.text(OPEN))
    unwarned = sa.text("status = 'scheduled'")
    op.create_index("plans_unwarned", "plans", ["warn_at"], schema=SCHEMA, postgresql_where=unwarned)
    op.create_index("plans_by_status", "plans", ["status", "due_at", "id"], schema=SCHEMA)
    op.create_index("plans_by_order", "plans", ["order_id"], schema=SCHEMA)
    op.create_table(
        "open_plans",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("plan", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Uuid, nullable=False),
        schema=SCHEMA,
    )


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("plan_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        _moment("called_at"),
        _moment("recorded_at"),
        _text("outcome"),
        sa.Column("is_power_restored", sa.Boolean),
        _text("satisfaction", nullable=True),
        _text("service_satisfaction", nullable=True),
        _text("opinion", nullable=True),
        sa.Column("at_customers_request", sa.Boolean, nullable=False),
        _text("by"),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name="outcome_known"),
        sa.CheckConstraint(f"satisfaction IN ({RATINGS})", name="satisfaction_known"),
        sa.CheckConstraint(f"service_satisfaction IN ({RATINGS})", name="service_satisfaction_known"),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("attempts_by_plan", "attempts", ["plan_id"], schema=SCHEMA)
    op.create_table(
        "contact_views",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("plan_id", sa.Uuid, nullable=False),
        _text("by"),
        _moment("viewed_at"),
        schema=SCHEMA,
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("contact_views_by_plan", "contact_views", ["plan_id"], schema=SCHEMA)


def _make_policy() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("plan"),
        _moment("valid_from"),
        sa.Column("due_after", sa.Interval, nullable=False),
        sa.Column("warn_before", sa.Interval, nullable=False),
        sa.Column("quiet_from", sa.Time, nullable=False),
        sa.Column("quiet_until", sa.Time, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("attempts_apart", sa.Interval, nullable=False),
        sa.UniqueConstraint("plan", "valid_from", name="policies_versions"),
        schema=SCHEMA,
    )
    op.create_table(
        "questionnaires",
        sa.Column("id", sa.Uuid, primary_key=True),
        _text("plan"),
        sa.Column("version", sa.Integer, nullable=False),
        _moment("valid_from"),
        sa.Column("questions", JSONB, nullable=False),
        sa.UniqueConstraint("plan", "version", name="questionnaires_versions"),
        schema=SCHEMA,
    )
    # 24 h after sending is our policy: the sources name no time for the local call (decision 7). Quiet hours, three
    # attempts and two hours between them are `callback_window` of the SLA catalogue; the warning comes at 75 %.
    op.execute(
        "INSERT INTO callback.policies VALUES ('019300c0-0000-7000-8000-000000000001', 'repair_local',"
        " '2000-01-01T00:00:00+08:00', '24 hours', '6 hours', '21:00', '08:00', 3, '2 hours')"
    )
    op.execute(
        sa.text(
            "INSERT INTO callback.questionnaires VALUES ('019300c0-0000-7000-8000-000000000002', 'repair_local', 1,"
            " '2000-01-01T00:00:00+08:00', CAST(:questions AS jsonb))"
        ).bindparams(questions=json.dumps(QUESTIONS, ensure_ascii=False))
    )


def downgrade() -> None:
    drop_first_tables(SCHEMA)
    for table in ("questionnaires", "policies"):
        op.drop_table(table, schema=SCHEMA)
    for table in ("contact_views", "attempts", "open_plans", "plans"):
        op.drop_table(table, schema=SCHEMA)
