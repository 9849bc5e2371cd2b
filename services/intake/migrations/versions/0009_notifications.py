"""Who has to be told, who was, each attempt; who holds which role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
PARTITIONED = ("notifications", "notification_attempts")

ATTEMPTS_ARE_APPEND_ONLY = """
CREATE TRIGGER notification_attempts_are_append_only BEFORE UPDATE OR DELETE ON intake.notification_attempts
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')
"""


def upgrade() -> None:
    _create_notifications()
    _create_notification_attempts()
    _create_notification_contacts()
    for table in PARTITIONED:
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    op.execute(ATTEMPTS_ARE_APPEND_ONLY)


def _create_notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("unit", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("means", sa.Text),
        sa.Column("address", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempt_count", sa.SmallInteger, server_default="0", nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("delivered_at", TIME),
        sa.Column("given_up_at", TIME),
        sa.Column("failure", sa.Text),
        sa.Column("settled_by", sa.Text),
        sa.CheckConstraint(
            "kind IN ('complaint', 'complaint_call_missing', 'misconduct_report', 'important_customer', "
            "'green_channel', 'supervision', 'repeat_caller', 'outage_notice', 'knowledge_review', 'other')",
            name="kind_is_known",
        ),
        sa.CheckConstraint("means IN ('sms', 'mail', 'webhook', 'file')", name="means_is_known"),
        sa.CheckConstraint(
            "role IN ('bureau_chief', 'business_deputy_manager', 'marketing_director', 'service_specialist', "
            "'maintenance_supervisor', 'production_engineer', 'duty_supervisor', 'duty_leader', "
            "'liaison_officer', 'supervision_office')",
            name="role_is_known",
        ),
        sa.CheckConstraint("status IN ('pending', 'delivered', 'given_up', 'dismissed')", name="status_is_known"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "notifications_due",
        "notifications",
        ["due_at"],
        schema="intake",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "notifications_given_up",
        "notifications",
        ["id"],
        schema="intake",
        postgresql_where=sa.text("status = 'given_up'"),
    )
    op.create_index("notifications_order", "notifications", ["order_id", "id"], schema="intake")


def _create_notification_attempts() -> None:
    op.create_table(
        "notification_attempts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("notification_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("attempted_at", TIME, nullable=False),
        sa.CheckConstraint("outcome IN ('delivered', 'failed', 'refused')", name="outcome_is_known"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "notification_attempts_notification", "notification_attempts", ["notification_id", "number"], schema="intake"
    )


def _create_notification_contacts() -> None:
    op.create_table(
        "notification_contacts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("means", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("valid_from", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.CheckConstraint("means IN ('sms', 'mail', 'webhook', 'file')", name="means_is_known"),
        sa.CheckConstraint(
            "role IN ('bureau_chief', 'business_deputy_manager', 'marketing_director', 'service_specialist', "
            "'maintenance_supervisor', 'production_engineer', 'duty_supervisor', 'duty_leader', "
            "'liaison_officer', 'supervision_office')",
            name="role_is_known",
        ),
        schema="intake",
    )
    op.create_index("notification_contacts_place", "notification_contacts", ["unit", "role"], schema="intake")


def downgrade() -> None:
    for table in ("notification_contacts", "notification_attempts", "notifications"):
        op.drop_table(table, schema="intake")
