"""Shifts, hand-overs, transfers, who answers for an order; what is said of it; supervision; alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
PARTITIONED = ("accountability_moves", "alerts")

POLICIES = """
INSERT INTO intake.policies (name, valid_from, value, set_by) VALUES
    ('complaint_telling', '2000-01-01T00:00:00Z',
     '{"roles": ["bureau_chief", "business_deputy_manager", "marketing_director", "service_specialist",
                 "maintenance_supervisor", "production_engineer"],
       "calls_before_roles": 2, "call_within_minutes": 10, "track_within_hours": 24}', 'system')
"""

MOVES_ARE_APPEND_ONLY = """
CREATE TRIGGER accountability_moves_are_append_only BEFORE UPDATE OR DELETE ON intake.accountability_moves
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')
"""

IS_OPEN = (
    "status NOT IN ('archived', 'cancelled_duplicate', 'consultation_linked', 'declined', 'false_alarm', "
    "'substantiation_changed')"
)


def upgrade() -> None:
    _create_shifts()
    _create_handovers()
    _create_handover_items()
    _create_accountability_moves()
    _create_transfers()
    _create_matters()
    _create_supervisions()
    _create_supervision_reports()
    _create_alerts()
    _create_green_channels()
    _create_department_calls()
    for table in PARTITIONED:
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    op.create_index(
        "orders_accountable", "orders", ["accountable", "id"], schema="intake", postgresql_where=sa.text(IS_OPEN)
    )
    op.execute(MOVES_ARE_APPEND_ONLY)
    op.execute(POLICIES)


def _create_shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("duty_group", sa.Text, nullable=False),
        sa.Column("signed_in_at", TIME, nullable=False),
        sa.Column("signed_out_at", TIME),
        sa.CheckConstraint(
            "duty_group IN ('acceptance', 'callback', 'quality_supervision')", name="duty_group_is_known"
        ),
        schema="intake",
    )
    op.create_index(
        "shifts_open",
        "shifts",
        ["person"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("signed_out_at IS NULL"),
    )
    op.create_index("shifts_person", "shifts", ["person", "id"], schema="intake")


def _create_handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("from_person", sa.Text, nullable=False),
        sa.Column("to_person", sa.Text, nullable=False),
        sa.Column("offered_by", sa.Text, nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.CheckConstraint("from_person <> to_person", name="two_people"),
        schema="intake",
    )
    op.create_index("handovers_from", "handovers", ["from_person", "id"], schema="intake")
    op.create_index("handovers_to", "handovers", ["to_person", "id"], schema="intake")


def _create_handover_items() -> None:
    op.create_table(
        "handover_items",
        sa.Column("handover_id", sa.Uuid),
        sa.Column("order_id", sa.Uuid),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("decided_at", TIME),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint("decision IN ('confirmed', 'refused', 'closed', 'moved')", name="decision_is_known"),
        sa.PrimaryKeyConstraint("handover_id", "order_id"),
        schema="intake",
    )
    op.create_index(
        "handover_items_waiting",
        "handover_items",
        ["order_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _create_accountability_moves() -> None:
    op.create_table(
        "accountability_moves",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("first_responder", sa.Text, nullable=False),
        sa.Column("from_person", sa.Text, nullable=False),
        sa.Column("to_person", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
        sa.Column("moved_by", sa.Text, nullable=False),
        sa.CheckConstraint(
            "cause IN ('taken_on', 'handed_over', 'transferred', 'green_channel')", name="cause_is_known"
        ),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "accountability_moves_first_responder", "accountability_moves", ["first_responder", "id"], schema="intake"
    )
    op.create_index("accountability_moves_order", "accountability_moves", ["order_id", "id"], schema="intake")


def _create_transfers() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("from_unit", sa.Text),
        sa.Column("to_unit", sa.Text, nullable=False),
        sa.Column("from_person", sa.Text, nullable=False),
        sa.Column("to_person", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("transferred_at", TIME, nullable=False),
        sa.Column("transferred_by", sa.Text, nullable=False),
        sa.Column("customer_told_at", TIME),
        sa.Column("customer_told_text", sa.Text),
        schema="intake",
    )
    op.create_index(
        "transfers_customer_told_once",
        "transfers",
        ["order_id"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("customer_told_at IS NOT NULL"),
    )
    op.create_index("transfers_order", "transfers", ["order_id", "id"], schema="intake")


def _create_matters() -> None:
    op.create_table(
        "matters",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('urge', 'supplement', 'withdrawal')", name="kind_is_known"),
        sa.CheckConstraint(
            "source IN ('customer', 'national_platform', 'city_hotline', 'regulator_hotline', 'supervisor')",
            name="source_is_known",
        ),
        schema="intake",
    )
    op.create_index("matters_once", "matters", ["order_id", "kind", "fingerprint"], unique=True, schema="intake")


def _create_supervisions() -> None:
    op.create_table(
        "supervisions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("addressee", sa.Text, nullable=False),
        sa.Column("unit", sa.Text),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("overdue_told_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("closed_by", sa.Text),
        sa.Column("conclusion", sa.Text),
        sa.CheckConstraint("cause IN ('management', 'complaint_tracking', 'integrity')", name="cause_is_known"),
        schema="intake",
    )
    op.create_index(
        "supervisions_open", "supervisions", ["due_at"], schema="intake", postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index("supervisions_order", "supervisions", ["order_id", "id"], schema="intake")


def _create_supervision_reports() -> None:
    op.create_table(
        "supervision_reports",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("supervision_id", sa.Uuid, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("reported_by", sa.Text, nullable=False),
        sa.Column("reported_at", TIME, nullable=False),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_supervision_reports_supervision_id"), "supervision_reports", ["supervision_id"], schema="intake"
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid),
        sa.Column("person", sa.Text),
        sa.Column("role", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("seen_at", TIME),
        sa.Column("seen_by", sa.Text),
        sa.CheckConstraint("(person IS NULL) <> (role IS NULL)", name="somebody_is_alerted"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "alerts_person", "alerts", ["person", "id"], schema="intake", postgresql_where=sa.text("person IS NOT NULL")
    )
    op.create_index(
        "alerts_role", "alerts", ["role", "id"], schema="intake", postgresql_where=sa.text("role IS NOT NULL")
    )


def _create_green_channels() -> None:
    op.create_table(
        "green_channels",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("leader", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        schema="intake",
    )


def _create_department_calls() -> None:
    op.create_table(
        "department_calls",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("spoke_with", sa.Text),
        sa.Column("is_reached", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("called_at", TIME, nullable=False),
        sa.Column("called_by", sa.Text, nullable=False),
        sa.Column("is_roles_told", sa.Boolean, nullable=False),
        schema="intake",
    )
    op.create_index("department_calls_order", "department_calls", ["order_id", "id"], schema="intake")
    op.create_index(
        "department_calls_told_once",
        "department_calls",
        ["order_id", "unit"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("is_roles_told"),
    )


def downgrade() -> None:
    op.execute("DELETE FROM intake.policies WHERE name = 'complaint_telling'")
    op.drop_index("orders_accountable", "orders", schema="intake")
    for table in (
        "department_calls",
        "green_channels",
        "alerts",
        "supervision_reports",
        "supervisions",
        "matters",
        "transfers",
        "accountability_moves",
        "handover_items",
        "handovers",
        "shifts",
    ):
        op.drop_table(table, schema="intake")
