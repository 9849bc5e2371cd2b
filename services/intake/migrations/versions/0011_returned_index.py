"""Orders that came back are found by what else is asked of them without looking at each."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RETURNED = text("national_return_count + province_return_count > 0")
FILTERED = ["station_code", "business_type", "channel", "area_type"]


def upgrade() -> None:
    _replace(["id", *FILTERED])


def downgrade() -> None:
    _replace(["id"])


def _replace(columns: list[str]) -> None:
    op.drop_index("orders_returned", "orders", schema="intake")
    op.create_index("orders_returned", "orders", columns, schema="intake", postgresql_where=RETURNED)
