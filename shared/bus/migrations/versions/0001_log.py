"""The bus in PostgreSQL: topics, the log and the groups' offsets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "topics",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("last_position", sa.BigInteger, nullable=False),
        schema="bus",
        postgresql_with={"fillfactor": 10},
    )
    op.create_table(
        "log",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("slot", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appended_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("trace", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        schema="bus",
    )
    op.create_table(
        "offsets",
        sa.Column("group_name", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("slot", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        schema="bus",
        postgresql_with={"fillfactor": 50},
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON bus.topics, bus.log, bus.offsets TO relight_services")


def downgrade() -> None:
    op.drop_table("offsets", schema="bus")
    op.drop_table("log", schema="bus")
    op.drop_table("topics", schema="bus")
