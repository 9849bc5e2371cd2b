"""Files on orders, by what they hold; returns by their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = "'photo', 'picture', 'proof', 'statement', 'audio_recording', 'video_recording'"
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("is_third_party", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("keep_until", TIME),
        sa.Column("removed_at", TIME),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind_is_known"),
        sa.CheckConstraint("size_bytes BETWEEN 1 AND 5242880", name="size_is_allowed"),
        schema="intake",
    )
    same = ["order_id", "content_hash", "kind"]
    op.create_index("attachments_same", "attachments", same, unique=True, schema="intake")
    op.create_index("attachments_content", "attachments", ["content_hash"], schema="intake")
    op.create_index(
        "attachments_ending",
        "attachments",
        ["keep_until"],
        schema="intake",
        postgresql_where=sa.text("keep_until IS NOT NULL AND removed_at IS NULL"),
    )
    op.create_table("file_folder", sa.Column("id", sa.Uuid, primary_key=True), schema="intake")
    op.execute("INSERT INTO intake.file_folder VALUES (gen_random_uuid())")
    by_time = ["returned_at", "order_id", "level"]
    op.create_index("returns_by_time", "returns", by_time, schema="intake")


def downgrade() -> None:
    op.drop_index("returns_by_time", "returns", schema="intake")
    op.drop_table("file_folder", schema="intake")
    op.drop_table("attachments", schema="intake")
