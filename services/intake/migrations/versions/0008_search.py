"""What a desk filters orders by, promises at risk, and what the platform has to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_order_search()
    _create_promises_at_risk()
    _create_platform_messages()
    returned = sa.text("national_return_count + province_return_count > 0")
    op.create_index("orders_returned", "orders", ["id"], schema="intake", postgresql_where=returned)


def _create_order_search() -> None:
    op.create_table(
        "order_search",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("terms", sa.ARRAY(sa.Text), nullable=False),
        schema="intake",
        postgresql_partition_by="RANGE (order_id)",
    )
    op.create_index("order_search_terms", "order_search", ["terms"], schema="intake", postgresql_using="gin")
    for statement in partition_statements("intake.order_search", now=SystemClock().now()):
        op.execute(statement)


def _create_promises_at_risk() -> None:
    op.create_table(
        "promises_at_risk",
        sa.Column("clock_id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("promise", sa.Text, nullable=False),
        sa.Column("layer", sa.Text, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("is_breached", sa.Boolean, nullable=False),
        schema="intake",
    )
    op.create_index("promises_at_risk_order", "promises_at_risk", ["order_id"], schema="intake")
    op.create_index("promises_at_risk_state", "promises_at_risk", ["is_breached", "order_id"], schema="intake")


def _create_platform_messages() -> None:
    op.create_table(
        "platform_messages",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("national_order_no", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        sa.Column("delivered_at", TIME),
        schema="intake",
    )
    pending = sa.text("delivered_at IS NULL")
    op.create_index("platform_messages_id", "platform_messages", ["id"], unique=True, schema="intake")
    op.create_index("platform_messages_order", "platform_messages", ["order_id", "position"], schema="intake")
    op.create_index(
        "platform_messages_pending", "platform_messages", ["position"], schema="intake", postgresql_where=pending
    )


def downgrade() -> None:
    op.drop_index("orders_returned", "orders", schema="intake")
    for table in ("platform_messages", "promises_at_risk", "order_search"):
        op.drop_table(table, schema="intake")
