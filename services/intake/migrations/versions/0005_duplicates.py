"""Keys of open reports, links between orders, callers' trails, the register of villages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

PARTITIONED = ("order_links", "caller_contacts")

POLICY = """
INSERT INTO intake.policies (name, valid_from, value, set_by) VALUES ('duplicates', '2000-01-01T00:00:00Z',
    '{"is_enabled": true, "same_outage_hours": 24, "same_customer_days": 7, "pause_days": 30, "alert_on": 3}', 'system')
"""


def upgrade() -> None:
    _create_keys()
    _create_links()
    _create_contacts()
    _create_villages()
    for table in PARTITIONED:
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    op.execute(POLICY)


def _create_keys() -> None:
    op.create_table(
        "report_keys",
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("touched_at", TIME, nullable=False),
        schema="intake",
    )
    # Touched again and again: room on the page keeps the index out of it.
    op.execute("ALTER TABLE intake.report_keys SET (fillfactor = 80)")


def _create_links() -> None:
    op.create_table(
        "order_links",
        sa.Column("order_id", sa.Uuid, primary_key=True),
        sa.Column("lead_order_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("linked_at", TIME, nullable=False),
        sa.Column("linked_by", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('consultation', 'child', 'urge')", name="kind_is_known"),
        sa.CheckConstraint(
            "basis IN ('customer_no', 'phone', 'address', 'transformer_area', 'feeder', 'building', 'desk')",
            name="basis_is_known",
        ),
        schema="intake",
        postgresql_partition_by="RANGE (order_id)",
    )
    op.create_index("order_links_lead", "order_links", ["lead_order_id"], schema="intake")


def _create_contacts() -> None:
    op.create_table(
        "caller_contacts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("caller", sa.BigInteger, nullable=False),
        sa.Column("trail_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("caller_contacts_caller", "caller_contacts", ["caller", "received_at"], schema="intake")


def _create_villages() -> None:
    op.create_table(
        "villages",
        sa.Column("adcode", sa.Text),
        sa.Column("county", sa.Text, nullable=False),
        sa.Column("town", sa.Text),
        sa.Column("name", sa.Text),
        sa.PrimaryKeyConstraint("adcode", "town", "name"),
        schema="intake",
    )
    op.create_index("villages_name", "villages", ["name"], schema="intake")


def downgrade() -> None:
    for table in ("villages", "caller_contacts", "order_links", "report_keys"):
        op.drop_table(table, schema="intake")
    op.execute("DELETE FROM intake.policies WHERE name = 'duplicates'")
