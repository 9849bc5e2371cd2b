"""Orders with their timeline and keys, customers, policies, and what every service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.clock import SystemClock
from shared.first_tables import create_first_tables, drop_first_tables
from shared.partitions import partition_statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

REFUSE_CHANGE = """
CREATE FUNCTION intake.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'intake.% is written once: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$
"""

TIMELINE_IS_APPEND_ONLY = """
CREATE TRIGGER timeline_is_append_only BEFORE UPDATE OR DELETE ON intake.timeline
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('append-only')
"""

FIRST_RESPONDER_STAYS = """
CREATE TRIGGER first_responder_stays BEFORE UPDATE OF first_responder ON intake.orders
FOR EACH ROW EXECUTE FUNCTION intake.refuse_change('the first responder stays')
"""

POLICIES = """
INSERT INTO intake.policies (name, valid_from, value, set_by) VALUES
    ('automatic_acceptance', '2000-01-01T00:00:00Z', '{"is_enabled": true, "stations": null}', 'system')
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE intake.order_numbers")
    _create_tables()
    for table in ("orders", "timeline"):
        for statement in partition_statements(f"intake.{table}", now=SystemClock().now()):
            op.execute(statement)
    op.execute(REFUSE_CHANGE)
    op.execute(TIMELINE_IS_APPEND_ONLY)
    op.execute(FIRST_RESPONDER_STAYS)
    op.execute(POLICIES)


def _create_tables() -> None:
    _create_orders()
    _create_order_keys()
    _create_timeline()
    _create_returns()
    _create_customers()
    _create_contact_views()
    _create_policies()
    create_first_tables("intake")


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_no", sa.Text, nullable=False),
        sa.Column("national_order_no", sa.Text),
        sa.Column("business_type", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("customer_no", sa.Text),
        sa.Column("caller_name", sa.Text, nullable=False),
        sa.Column("caller_phone", sa.Text, nullable=False),
        sa.Column("caller_address", sa.Text, nullable=False),
        sa.Column("lon", sa.Double),
        sa.Column("lat", sa.Double),
        sa.Column("customer_class", sa.Text, nullable=False),
        sa.Column("special_need", sa.Text, nullable=False),
        sa.Column("is_vip", sa.Boolean, nullable=False),
        sa.Column("area_type", sa.Text, nullable=False),
        sa.Column("outage_scope", sa.Text),
        sa.Column("outage_started_at", TIME),
        sa.Column("surroundings", sa.Text),
        sa.Column("voltage_level", sa.Text),
        sa.Column("transformer_area", sa.Text),
        sa.Column("feeder", sa.Text),
        sa.Column("station_code", sa.Text),
        sa.Column("customers_affected", sa.Integer),
        sa.Column("is_late_entry", sa.Boolean, nullable=False),
        sa.Column("origin", sa.Text),
        sa.Column("origin_no", sa.Text),
        sa.Column("first_responder", sa.Text, nullable=False),
        sa.Column("reported_at", TIME, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("accept_by", TIME),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("round", sa.SmallInteger, nullable=False, server_default="1"),
        sa.Column("accountable", sa.Text, nullable=False),
        sa.Column("declined_at", TIME),
        sa.Column("decline_reason", sa.Text),
        sa.Column("accepted_at", TIME),
        sa.Column("merged_at", TIME),
        sa.Column("main_order_id", sa.Uuid),
        sa.Column("resolved_at", TIME),
        sa.Column("assessed_at", TIME),
        sa.Column("incident_id", sa.Uuid),
        sa.Column("class_l1", sa.Text),
        sa.Column("asset_ownership", sa.Text, nullable=False, server_default="unknown"),
        sa.Column("dispatched_at", TIME),
        sa.Column("task_id", sa.Uuid),
        sa.Column("crew_code", sa.Text),
        sa.Column("tier", sa.Text),
        sa.Column("crew_received_at", TIME),
        sa.Column("departed_at", TIME),
        sa.Column("arrived_at", TIME),
        sa.Column("arrival_recorded_at", TIME),
        sa.Column("surveyed_at", TIME),
        sa.Column("first_report", sa.Text),
        sa.Column("customer_internal_found_at", TIME),
        sa.Column("onsite_explanation", sa.Text),
        sa.Column("estimated_restoration_at", TIME),
        sa.Column("estimate_changed_at", TIME),
        sa.Column("support_requested_at", TIME),
        sa.Column("switching_requested_at", TIME),
        sa.Column("switching_done_at", TIME),
        sa.Column("work_permitted_at", TIME),
        sa.Column("work_started_at", TIME),
        sa.Column("trunk_restored_at", TIME),
        sa.Column("repaired_at", TIME),
        sa.Column("ready_to_energise_at", TIME),
        sa.Column("power_restored_at", TIME),
        sa.Column("is_restoration_observed", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("replied_at", TIME),
        sa.Column("reply_process", sa.Text),
        sa.Column("reply_result", sa.Text),
        sa.Column("customer_opinion", sa.Text),
        sa.Column("reply_cause", sa.Text),
        sa.Column("is_standard_statement", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("rework_at", TIME),
        sa.Column("reviewed_at", TIME),
        sa.Column("sent_at", TIME),
        sa.Column("callback_given_up_at", TIME),
        sa.Column("called_back_at", TIME),
        sa.Column("is_power_restored_confirmed", sa.Boolean),
        sa.Column("satisfaction", sa.Text),
        sa.Column("callback_opinion", sa.Text),
        sa.Column("reopened_at", TIME),
        sa.Column("returned_at", TIME),
        sa.Column("national_return_count", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("province_return_count", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("archived_at", TIME),
        sa.Column("cancelled_at", TIME),
        sa.CheckConstraint(
            "status IN ('received', 'declined', 'accepted', 'consultation_linked', 'child_of_incident', "
            "'resolved_by_phone', 'assessed', 'dispatched', 'crew_accepted', 'en_route', 'arrived', "
            "'surveyed', 'customer_internal', 'awaiting_support', 'awaiting_switching', 'permitted', "
            "'repairing', 'partially_restored', 'repaired', 'restored', 'replied', 'crew_rework', "
            "'sent', 'callback_pending', 'called_back', 'returned', 'reopened', 'archived', "
            "'cancelled_duplicate', 'false_alarm')",
            name="status_is_known",
        ),
        sa.CheckConstraint(
            "area_type IN ('urban', 'county_town', 'rural', 'special_remote')", name="area_type_is_known"
        ),
        sa.CheckConstraint(
            "channel IN ('national_platform', 'local_hotline', 'city_hotline', 'regulator_hotline', "
            "'counter', 'report_box', 'grid_dispatcher', 'own_monitoring')",
            name="channel_is_known",
        ),
        sa.CheckConstraint(
            "business_type IN ('complaint', 'misconduct_report', 'opinion', 'suggestion', "
            "'consultation', 'praise', 'fault_repair')",
            name="business_type_is_known",
        ),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("orders_business_type", "orders", ["business_type", "id"], schema="intake")
    op.create_index("orders_channel", "orders", ["channel", "id"], schema="intake")
    op.create_index("orders_first_responder", "orders", ["first_responder", "id"], schema="intake")
    op.create_index(
        "orders_followers",
        "orders",
        ["main_order_id"],
        schema="intake",
        postgresql_where=sa.text("main_order_id IS NOT NULL"),
    )
    op.create_index(
        "orders_open",
        "orders",
        ["business_type", "status"],
        schema="intake",
        postgresql_where=sa.text(
            "status NOT IN ('archived', 'cancelled_duplicate', 'consultation_linked', 'declined', 'false_alarm')"
        ),
    )
    op.create_index(
        "orders_origin", "orders", ["origin", "id"], schema="intake", postgresql_where=sa.text("origin IS NOT NULL")
    )
    op.create_index("orders_station", "orders", ["station_code", "id"], schema="intake")
    op.create_index("orders_status", "orders", ["status", "id"], schema="intake")


def _create_order_keys() -> None:
    op.create_table(
        "order_keys",
        sa.Column("kind", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
        sa.CheckConstraint("kind IN ('order_no', 'national_order_no', 'origin')", name="kind_is_known"),
        schema="intake",
    )


def _create_timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("data", postgresql.JSONB, nullable=False),
        schema="intake",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("timeline_order", "timeline", ["order_id", "id"], schema="intake")


def _create_returns() -> None:
    op.create_table(
        "returns",
        sa.Column("order_id", sa.Uuid),
        sa.Column("level", sa.Text),
        sa.Column("round", sa.SmallInteger),
        sa.Column("reason_code", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("returned_at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "level", "round"),
        sa.CheckConstraint("level IN ('national', 'province')", name="level_is_known"),
        schema="intake",
    )


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_no", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("area_type", sa.Text),
        sa.Column("transformer_area", sa.Text),
        sa.Column("feeder", sa.Text),
        sa.Column("station_code", sa.Text),
        sa.Column("lon", sa.Double),
        sa.Column("lat", sa.Double),
        sa.Column("customer_class", sa.Text, nullable=False, server_default="ordinary"),
        sa.Column("special_need", sa.Text, nullable=False, server_default="none"),
        sa.Column("is_vip", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "area_type IN ('urban', 'county_town', 'rural', 'special_remote')", name="area_type_is_known"
        ),
        sa.CheckConstraint(
            "special_need IN ('none', 'five_guarantees', 'lone_elderly', 'vulnerable')", name="special_need_is_known"
        ),
        sa.CheckConstraint(
            "customer_class IN ('ordinary', 'important_2', 'important_1', 'important_special')",
            name="customer_class_is_known",
        ),
        schema="intake",
    )
    op.create_index("customers_phone", "customers", ["phone"], schema="intake")


def _create_contact_views() -> None:
    op.create_table(
        "contact_views",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("viewed_at", TIME, nullable=False),
        schema="intake",
    )
    op.create_index("ix_intake_contact_views_order_id", "contact_views", ["order_id"], schema="intake")


def _create_policies() -> None:
    op.create_table(
        "policies",
        sa.Column("name", sa.Text),
        sa.Column("valid_from", TIME),
        sa.Column("value", postgresql.JSONB, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "valid_from"),
        schema="intake",
    )


def downgrade() -> None:
    drop_first_tables("intake")
    for table in ("policies", "contact_views", "customers", "returns", "timeline", "order_keys", "orders"):
        op.drop_table(table, schema="intake")
    op.execute("DROP FUNCTION intake.refuse_change()")
    op.execute("DROP SEQUENCE intake.order_numbers")
