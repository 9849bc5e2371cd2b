"""The outbox holds what waits, and nothing else."""

from __future__ import annotations

from shared.first_tables import make_outbox_a_queue, make_outbox_an_archive

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_outbox_a_queue("sla")


def downgrade() -> None:
    make_outbox_an_archive("sla")
