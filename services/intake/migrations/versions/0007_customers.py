"""The customer register in full, outage notices, the knowledge base."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
NO = sa.text("false")
FLAGS = ("is_dual_supply", "is_sensitive", "is_green_channel")

WRITTEN_ONCE = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON intake.{table}
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')
"""
APPEND_ONLY = ("outage_notice_publications", "notification_log", "load_shedding_tables", "article_versions")

POLICIES = """
INSERT INTO intake.policies (name, valid_from, value, set_by) VALUES
    ('outage_notice_lead', '2000-01-01T00:00:00Z',
     '{"planned_hours": 168, "temporary_hours": 24, "is_whole_days": false}', 'system'),
    ('visit_every', '2000-01-01T00:00:00Z',
     '{"five_guarantees": 30, "lone_elderly": 30, "vulnerable": 90}', 'system')
"""


def upgrade() -> None:
    _widen_customers()
    _create_customer_tables()
    _create_notice_tables()
    _create_knowledge_tables()
    for table in APPEND_ONLY:
        op.execute(WRITTEN_ONCE.format(table=table))
    op.execute(POLICIES)


def _widen_customers() -> None:
    for flag in FLAGS:
        op.add_column("customers", sa.Column(flag, sa.Boolean, nullable=False, server_default=NO), schema="intake")
    op.add_column("customers", sa.Column("dialect", sa.Text), schema="intake")
    op.create_index("customers_feeder", "customers", ["feeder"], schema="intake")
    op.create_index(
        "customers_special_need",
        "customers",
        ["special_need", "customer_no"],
        schema="intake",
        postgresql_where=sa.text("special_need <> 'none'"),
    )
    op.create_index("customers_transformer_area", "customers", ["transformer_area"], schema="intake")


def _create_customer_tables() -> None:
    op.create_table(
        "customer_contacts",
        sa.Column("customer_no", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.CheckConstraint("role IN ('liaison_officer', 'manager', 'secretary')", name="role_is_known"),
        sa.ForeignKeyConstraint(["customer_no"], ["intake.customers.customer_no"]),
        sa.PrimaryKeyConstraint("customer_no", "role"),
        schema="intake",
    )
    op.create_table(
        "customer_views",
        sa.Column("customer_no", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("viewed_on", sa.Date, nullable=False),
        sa.Column("viewed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("customer_no", "actor", "viewed_on"),
        schema="intake",
    )
    op.create_table(
        "customer_visits",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("customer_no", sa.Text, nullable=False),
        sa.Column("visited_at", TIME, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["customer_no"], ["intake.customers.customer_no"]),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index("customer_visits_of", "customer_visits", ["customer_no", "visited_at"], schema="intake")
    op.create_table(
        "customer_imports",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("rows_done", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("rows_good", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("rows_changed", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("rows_bad", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("report_bytes", sa.BigInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.PrimaryKeyConstraint("sha256"),
        schema="intake",
    )


def _create_notice_tables() -> None:
    op.create_table(
        "load_shedding_tables",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.Column("announced_at", TIME, nullable=False),
        sa.Column("feeders", postgresql.JSONB, nullable=False),
        sa.Column("entered_by", sa.Text, nullable=False),
        sa.Column("entered_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("code", "version"),
        schema="intake",
    )
    op.create_table(
        "outage_notices",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("area_text", sa.Text, nullable=False),
        sa.Column("starts_at", TIME, nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sequence_table", sa.Text),
        sa.Column("sequence_version", sa.Integer),
        sa.Column("deviation_reason", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("is_late", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("late_reason", sa.Text),
        sa.Column("switched_off_at", TIME),
        sa.Column("switched_on_at", TIME),
        sa.Column("withdrawn_at", TIME),
        sa.Column("withdrawal_reason", sa.Text),
        sa.CheckConstraint("kind IN ('planned', 'temporary', 'urgent_defect', 'load_shedding')", name="kind_is_known"),
        sa.CheckConstraint(
            "status IN ('drawn_up', 'published', 'switched_off', 'switched_on', 'withdrawn')", name="status_is_known"
        ),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_starts"),
        sa.ForeignKeyConstraint(
            ["sequence_table", "sequence_version"],
            ["intake.load_shedding_tables.code", "intake.load_shedding_tables.version"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index("outage_notices_starts_at", "outage_notices", ["starts_at", "id"], schema="intake")
    op.create_table(
        "outage_notice_scopes",
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('feeder', 'transformer_area')", name="kind_is_known"),
        sa.ForeignKeyConstraint(["notice_id"], ["intake.outage_notices.id"]),
        sa.PrimaryKeyConstraint("notice_id", "kind", "code"),
        schema="intake",
    )
    op.create_index("outage_notice_scopes_code", "outage_notice_scopes", ["kind", "code"], schema="intake")
    op.create_table(
        "outage_notice_publications",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("published_at", TIME, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint(
            "channel IN ('radio', 'television', 'web', 'sms', 'app', 'newspaper', 'poster')", name="channel_is_known"
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["intake.outage_notices.id"]),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index(
        op.f("ix_intake_outage_notice_publications_notice_id"),
        "outage_notice_publications",
        ["notice_id"],
        schema="intake",
    )
    op.create_table(
        "outage_notice_recipients",
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("customer_no", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.CheckConstraint("why IN ('important', 'dual_supply', 'affected')", name="why_is_known"),
        sa.ForeignKeyConstraint(["customer_no"], ["intake.customers.customer_no"]),
        sa.ForeignKeyConstraint(["notice_id"], ["intake.outage_notices.id"]),
        sa.PrimaryKeyConstraint("notice_id", "customer_no"),
        schema="intake",
    )
    op.create_table(
        "notification_log",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("notice_id", sa.Uuid, nullable=False),
        sa.Column("customer_no", sa.Text, nullable=False),
        sa.Column("called_at", TIME, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('answered', 'delivered', 'no_answer', 'busy', 'refused', 'wrong_number')",
            name="outcome_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id", "customer_no"],
            ["intake.outage_notice_recipients.notice_id", "intake.outage_notice_recipients.customer_no"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index("notification_log_of", "notification_log", ["notice_id", "customer_no"], schema="intake")


def _create_knowledge_tables() -> None:
    op.create_table(
        "articles",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("review_on", sa.Date, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("retired_at", TIME),
        sa.Column("head_pairs", sa.Text, nullable=False),
        sa.Column("pairs", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="intake",
    )
    op.create_index(
        "articles_head_pairs",
        "articles",
        ["head_pairs"],
        schema="intake",
        postgresql_using="gin",
        postgresql_ops={"head_pairs": "gin_trgm_ops"},
    )
    op.create_index(
        "articles_pairs",
        "articles",
        ["pairs"],
        schema="intake",
        postgresql_using="gin",
        postgresql_ops={"pairs": "gin_trgm_ops"},
    )
    op.create_index("articles_review_on", "articles", ["review_on", "id"], schema="intake")
    op.create_table(
        "article_versions",
        sa.Column("article_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("keywords", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["intake.articles.id"]),
        sa.PrimaryKeyConstraint("article_id", "version"),
        schema="intake",
    )
    op.create_table(
        "article_pairs",
        sa.Column("pair", sa.Text, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("article_id", sa.Uuid, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["intake.articles.id"]),
        sa.PrimaryKeyConstraint("pair", "place", "article_id"),
        schema="intake",
    )
    op.create_index("article_pairs_of", "article_pairs", ["article_id"], schema="intake")


def downgrade() -> None:
    op.execute("DELETE FROM intake.policies WHERE name IN ('outage_notice_lead', 'visit_every')")
    for table in (
        "article_pairs",
        "article_versions",
        "articles",
        "notification_log",
        "outage_notice_recipients",
        "outage_notice_publications",
        "outage_notice_scopes",
        "outage_notices",
        "load_shedding_tables",
        "customer_imports",
        "customer_visits",
        "customer_views",
        "customer_contacts",
    ):
        op.drop_table(table, schema="intake")
    for index in ("customers_transformer_area", "customers_feeder", "customers_special_need"):
        op.drop_index(index, "customers", schema="intake")
    for column in (*FLAGS, "dialect"):
        op.drop_column("customers", column, schema="intake")
