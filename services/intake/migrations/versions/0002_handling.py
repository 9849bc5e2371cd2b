"""How the six non-repair types are handled: contacts, replies, reviews, statements, appeals; and corrected times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.clock import SystemClock
from shared.partitions import partition_statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

REPAIR_STATUSES = (
    "'received', 'declined', 'accepted', 'consultation_linked', 'child_of_incident', "
    "'resolved_by_phone', 'assessed', 'dispatched', 'crew_accepted', 'en_route', 'arrived', "
    "'surveyed', 'customer_internal', 'awaiting_support', 'awaiting_switching', 'permitted', "
    "'repairing', 'partially_restored', 'repaired', 'restored', 'replied', 'crew_rework', "
    "'sent', 'callback_pending', 'called_back', 'returned', 'reopened', 'archived', "
    "'cancelled_duplicate', 'false_alarm'"
)
HANDLED_STATUSES = (
    "'answered_on_call', 'forwarded', 'customer_contacted', 'investigating', 'transferred_external', "
    "'verified', 'reply_drafted', 'city_reviewed', 'province_review', 'province_returned', "
    "'national_callback', 'national_returned', 'statement_submitted', 'statement_approved', "
    "'statement_refused', 'callback_cancelled', 'appeal_open', 'substantiation_changed'"
)
OVER = "'archived', 'cancelled_duplicate', 'consultation_linked', 'declined', 'false_alarm'"

PARTITIONED = ("handlings", "contacts", "replies", "reviews")
APPEND_ONLY = ("contacts", "replies", "reviews", "amendments")


def upgrade() -> None:
    _know_statuses(f"{REPAIR_STATUSES}, {HANDLED_STATUSES}", over=f"{OVER}, 'substantiation_changed'")
    _create_handlings()
    _create_contacts()
    _create_replies()
    _create_reviews()
    _create_statements()
    _create_appeals()
    _create_amendments()
    for table in PARTITIONED:
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON intake.{table}"
            " FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')"
        )


def _know_statuses(known: str, *, over: str) -> None:
    op.drop_constraint("status_is_known", "orders", schema="intake")
    op.create_check_constraint("status_is_known", "orders", f"status IN ({known})", schema="intake")
    op.drop_index("orders_open", "orders", schema="intake")
    op.create_index(
        "orders_open",
        "orders",
        ["business_type", "status"],
        schema="intake",
        postgresql_where=sa.text(f"status NOT IN ({over})"),
    )


def _create_handlings() -> None:
    op.create_table(
        "handlings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("is_important", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("responsible_unit", sa.Text),
        sa.Column("forwarded_at", TIME),
        sa.Column("contacted_at", TIME),
        sa.Column("contact_count", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("reached_count", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("investigation_started_at", TIME),
        sa.Column("transferred_at", TIME),
        sa.Column("transferred_external", sa.Text),
        sa.Column("reply_id", sa.Uuid),
        sa.Column("reply_drafted_at", TIME),
        sa.Column("outcome", sa.Text),
        sa.Column("is_substantiated", sa.Boolean),
        sa.Column("company_liable", sa.Boolean),
        sa.Column("answer_mode", sa.Text),
        sa.Column("answered_at", TIME),
        sa.Column("city_reviewed_at", TIME),
        sa.Column("submitted_at", TIME),
        sa.Column("province_approved_at", TIME),
        sa.Column("verified_at", TIME),
        sa.Column("is_verified", sa.Boolean),
        sa.Column("passed_on_to", sa.Text),
        sa.Column("article_id", sa.Uuid),
        sa.Column("article_version", sa.Integer),
        sa.Column("statement_submitted_at", TIME),
        sa.Column("statement_approved_at", TIME),
        sa.Column("statement_refused_at", TIME),
        sa.Column("callback_cancelled_at", TIME),
        sa.Column("conclusion", sa.Text),
        sa.Column("feedback_closed_at", TIME),
        sa.Column("appealed_at", TIME),
        sa.Column("substantiation_changed_at", TIME),
        sa.CheckConstraint("answer_mode IN ('phone', 'written', 'visit')", name="answer_mode_is_known"),
        sa.CheckConstraint("NOT company_liable OR is_substantiated", name="liable_needs_facts"),
        sa.CheckConstraint(
            "outcome IN ('settled', 'adopted', 'not_adopted', 'explained_not_acceptable')", name="outcome_is_known"
        ),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("handlings_unit", "handlings", ["responsible_unit", "id"], schema="intake")


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("contacted_at", TIME, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("means", sa.Text, nullable=False),
        sa.Column("is_reached", sa.Boolean, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("means IN ('phone', 'visit', 'message', 'letter')", name="means_is_known"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("contacts_order", "contacts", ["order_id", "id"], schema="intake")


def _create_replies() -> None:
    op.create_table(
        "replies",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("drafted_at", TIME, nullable=False),
        sa.Column("handling_time", TIME),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("customer_opinion", sa.Text, nullable=False),
        sa.Column("handlers", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("result_text", sa.Text, nullable=False),
        sa.Column("is_substantiated", sa.Boolean),
        sa.Column("company_liable", sa.Boolean),
        sa.Column("outcome", sa.Text),
        sa.Column("outcome_reason", sa.Text),
        sa.Column("rule_cited", sa.Text),
        sa.Column("answer_mode", sa.Text),
        sa.Column("answered_at", TIME),
        sa.Column("compensation_fen", sa.Integer),
        sa.Column("liable_person", sa.Text),
        sa.Column("conclusion", sa.Text),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("answer_mode IN ('phone', 'written', 'visit')", name="answer_mode_is_known"),
        sa.CheckConstraint(
            "outcome IN ('settled', 'adopted', 'not_adopted', 'explained_not_acceptable')", name="outcome_is_known"
        ),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("replies_order", "replies", ["order_id", "id"], schema="intake")


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("reply_id", sa.Uuid),
        sa.Column("findings", postgresql.JSONB),
        sa.Column("reviewed_at", TIME, nullable=False),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("level IN ('city', 'province')", name="level_is_known"),
        sa.CheckConstraint("subject IN ('reply', 'statement', 'appeal')", name="subject_is_known"),
        sa.CheckConstraint("verdict IN ('approved', 'returned')", name="verdict_is_known"),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("reviews_order", "reviews", ["order_id", "id"], schema="intake")


def _create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("signer_unit", sa.Text, nullable=False),
        sa.Column("has_seal", sa.Boolean, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("attitude", sa.Text, nullable=False),
        sa.Column("attachment_id", sa.Uuid, nullable=False),
        sa.Column("submitted_at", TIME, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("decided_at", TIME),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("claim IN ('unreasonable', 'illegal')", name="claim_is_known"),
        sa.CheckConstraint("has_seal", name="seal_is_there"),
        sa.CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="verdict_has_its_time"),
        sa.CheckConstraint("verdict IN ('approved', 'returned')", name="verdict_is_known"),
        schema="intake",
    )
    op.create_index("statements_order", "statements", ["order_id", "id"], schema="intake")


def _create_appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("attachment_id", sa.Uuid),
        sa.Column("appealed_at", TIME, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("decided_at", TIME),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="verdict_has_its_time"),
        sa.CheckConstraint("verdict IN ('approved', 'returned')", name="verdict_is_known"),
        schema="intake",
    )
    op.create_index("appeals_order", "appeals", ["order_id", "id"], schema="intake")


def _create_amendments() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("old", TIME, nullable=False),
        sa.Column("new", TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("amended_by", sa.Text, nullable=False),
        sa.Column("amended_at", TIME, nullable=False),
        sa.CheckConstraint("old <> new", name="something_changed"),
        schema="intake",
    )
    op.create_index("amendments_order", "amendments", ["order_id", "id"], schema="intake")


def downgrade() -> None:
    for table in ("amendments", "appeals", "statements", "reviews", "replies", "contacts", "handlings"):
        op.drop_table(table, schema="intake")
    _know_statuses(REPAIR_STATUSES, over=OVER)
