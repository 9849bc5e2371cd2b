"""Orders that go by the green channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_green = sa.Column("is_green_channel", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("job_orders", is_green, schema="dispatch")


def downgrade() -> None:
    op.drop_column("job_orders", "is_green_channel", schema="dispatch")
