"""The outbox holds what waits, and nothing else."""

from __future__ import annotations

from shared.first_tables import make_outbox_a_queue, make_outbox_an_archive

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_outbox_a_queue("dispatch")


def downgrade() -> None:
    make_outbox_an_archive("dispatch")
