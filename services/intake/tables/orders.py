"""Orders, cut by month on their UUIDv7 key; what others number must be unique across months and stands in `order_keys`.
Our own number comes from one sequence, unique by itself.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.domain.lifecycle import TERMINAL, Status
from services.intake.tables.base import is_one_of, metadata, time
from shared.glossary import AreaType, BusinessType, Channel

order_numbers = Sequence("order_numbers", metadata=metadata)
"""Our own numbers count on; the last eight digits stand in the order number."""

IS_OPEN = "status NOT IN ({})".format(", ".join(f"'{s}'" for s in sorted(TERMINAL)))

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_no", Text, nullable=False),
    Column("national_order_no", Text),
    Column("business_type", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("customer_no", Text),
    Column("caller_name", Text, nullable=False),
    Column("caller_phone", Text, nullable=False),
    Column("caller_address", Text, nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("customer_class", Text, nullable=False),
    Column("special_need", Text, nullable=False),
    Column("is_vip", Boolean, nullable=False),
    Column("area_type", Text, nullable=False),
    Column("outage_scope", Text),
    time("outage_started_at"),
    Column("surroundings", Text),
    Column("voltage_level", Text),
    Column("transformer_area", Text),
    Column("feeder", Text),
    Column("station_code", Text),
    Column("customers_affected", Integer),
    Column("is_late_entry", Boolean, nullable=False),
    Column("origin", Text),
    Column("origin_no", Text),
    Column("first_responder", Text, nullable=False),
    Column("reported_at", DateTime(timezone=True), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    time("accept_by"),
    # What changes from here on.
    Column("status", Text, nullable=False),
    Column("round", SmallInteger, nullable=False, server_default="1"),
    Column("accountable", Text, nullable=False),
    time("declined_at"),
    Column("decline_reason", Text),
    time("accepted_at"),
    time("merged_at"),
    Column("main_order_id", Uuid),
    time("resolved_at"),
    time("assessed_at"),
    Column("incident_id", Uuid),
    Column("class_l1", Text),
    Column("asset_ownership", Text, nullable=False, server_default="unknown"),
    time("dispatched_at"),
    Column("task_id", Uuid),
    Column("crew_code", Text),
    Column("tier", Text),
    time("crew_received_at"),
    time("departed_at"),
    time("arrived_at"),
    time("arrival_recorded_at"),
    time("surveyed_at"),
    Column("first_report", Text),
    time("customer_internal_found_at"),
    Column("onsite_explanation", Text),
    time("estimated_restoration_at"),
    time("estimate_changed_at"),
    time("support_requested_at"),
    time("switching_requested_at"),
    time("switching_done_at"),
    time("work_permitted_at"),
    time("work_started_at"),
    time("trunk_restored_at"),
    time("repaired_at"),
    time("ready_to_energise_at"),
    time("power_restored_at"),
    Column("is_restoration_observed", Boolean, nullable=False, server_default=text("false")),
    time("replied_at"),
    Column("reply_process", Text),
    Column("reply_result", Text),
    Column("customer_opinion", Text),
    Column("reply_cause", Text),
    Column("is_standard_statement", Boolean, nullable=False, server_default=text("false")),
    time("rework_at"),
    time("reviewed_at"),
    time("sent_at"),
    time("callback_given_up_at"),
    time("called_back_at"),
    Column("is_power_restored_confirmed", Boolean),
    Column("satisfaction", Text),
    Column("callback_opinion", Text),
    time("reopened_at"),
    time("returned_at"),
    Column("national_return_count", SmallInteger, nullable=False, server_default="0"),
    Column("province_return_count", SmallInteger, nullable=False, server_default="0"),
    time("archived_at"),
    time("cancelled_at"),
    is_one_of("status", Status),
    is_one_of("business_type", BusinessType),
    is_one_of("channel", Channel),
    is_one_of("area_type", AreaType),
    postgresql_partition_by="RANGE (id)",
)
Index("orders_order_no", orders.c.order_no)
Index("orders_status", orders.c.status, orders.c.id)
Index("orders_business_type", orders.c.business_type, orders.c.id)
Index("orders_channel", orders.c.channel, orders.c.id)
Index("orders_station", orders.c.station_code, orders.c.id)
Index("orders_first_responder", orders.c.first_responder, orders.c.id)
Index("orders_origin", orders.c.origin, orders.c.id, postgresql_where=text("origin IS NOT NULL"))
Index("orders_followers", orders.c.main_order_id, postgresql_where=text("main_order_id IS NOT NULL"))
Index("orders_open", orders.c.business_type, orders.c.status, postgresql_where=text(IS_OPEN))

FIXED = tuple(c.name for c in orders.columns)[1 : [c.name for c in orders.columns].index("status")]
"""What an order says of itself never changes; the database refuses another first responder."""

order_keys = Table(
    "order_keys",
    metadata,
    Column("kind", Text),
    Column("key", Text),
    Column("order_id", Uuid, nullable=False),
    PrimaryKeyConstraint("kind", "key"),
    CheckConstraint("kind IN ('national_order_no', 'origin')", name="kind_is_known"),
)
