"""An order's own number is looked up where it stands: the sequence makes it unique, a row of its own said it twice."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KIND = "kind_is_known"


def upgrade() -> None:
    op.create_index("orders_order_no", "orders", ["order_no"], schema="intake")
    op.execute("DELETE FROM intake.order_keys WHERE kind = 'order_no'")
    _allow("kind IN ('national_order_no', 'origin')")


def downgrade() -> None:
    _allow("kind IN ('order_no', 'national_order_no', 'origin')")
    op.execute("INSERT INTO intake.order_keys (kind, key, order_id) SELECT 'order_no', order_no, id FROM intake.orders")
    op.drop_index("orders_order_no", "orders", schema="intake")


def _allow(condition: str) -> None:
    op.drop_constraint(KIND, "order_keys", schema="intake", type_="check")
    op.create_check_constraint(KIND, "order_keys", condition, schema="intake")
