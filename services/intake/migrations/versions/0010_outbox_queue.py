"""The outbox holds what waits, and nothing else."""

from __future__ import annotations

from shared.first_tables import make_outbox_a_queue, make_outbox_an_archive

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_outbox_a_queue("intake")


def downgrade() -> None:
    make_outbox_an_archive("intake")
