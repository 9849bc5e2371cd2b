"""How intake lies on disk. Orders and timeline are cut by month on their UUIDv7 key; what must be unique across months
stands in `order_keys`, which also finds an order by any of its numbers.
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
    MetaData,
    PrimaryKeyConstraint,
    Sequence,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.domain.lifecycle import TERMINAL, Status
from shared.glossary import AreaType, BusinessType, Channel, CustomerClass, SpecialNeed, Word

metadata = MetaData(schema="intake")

order_numbers = Sequence("order_numbers", metadata=metadata)
"""Our own numbers count on; the last eight digits stand in the order number."""


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _is_one_of(column: str, words: type[Word]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


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
    _time("outage_started_at"),
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
    _time("accept_by"),
    # What changes from here on.
    Column("status", Text, nullable=False),
    Column("round", SmallInteger, nullable=False, server_default="1"),
    Column("accountable", Text, nullable=False),
    _time("declined_at"),
    Column("decline_reason", Text),
    _time("accepted_at"),
    _time("merged_at"),
    Column("main_order_id", Uuid),
    _time("resolved_at"),
    _time("assessed_at"),
    Column("incident_id", Uuid),
    Column("class_l1", Text),
    Column("asset_ownership", Text, nullable=False, server_default="unknown"),
    _time("dispatched_at"),
    Column("task_id", Uuid),
    Column("crew_code", Text),
    Column("tier", Text),
    _time("crew_received_at"),
    _time("departed_at"),
    _time("arrived_at"),
    _time("arrival_recorded_at"),
    _time("surveyed_at"),
    Column("first_report", Text),
    _time("customer_internal_found_at"),
    Column("onsite_explanation", Text),
    _time("estimated_restoration_at"),
    _time("estimate_changed_at"),
    _time("support_requested_at"),
    _time("switching_requested_at"),
    _time("switching_done_at"),
    _time("work_permitted_at"),
    _time("work_started_at"),
    _time("trunk_restored_at"),
    _time("repaired_at"),
    _time("ready_to_energise_at"),
    _time("power_restored_at"),
    Column("is_restoration_observed", Boolean, nullable=False, server_default=text("false")),
    _time("replied_at"),
    Column("reply_process", Text),
    Column("reply_result", Text),
    Column("customer_opinion", Text),
    Column("reply_cause", Text),
    Column("is_standard_statement", Boolean, nullable=False, server_default=text("false")),
    _time("rework_at"),
    _time("reviewed_at"),
    _time("sent_at"),
    _time("callback_given_up_at"),
    _time("called_back_at"),
    Column("is_power_restored_confirmed", Boolean),
    Column("satisfaction", Text),
    Column("callback_opinion", Text),
    _time("reopened_at"),
    _time("returned_at"),
    Column("national_return_count", SmallInteger, nullable=False, server_default="0"),
    Column("province_return_count", SmallInteger, nullable=False, server_default="0"),
    _time("archived_at"),
    _time("cancelled_at"),
    _is_one_of("status", Status),
    _is_one_of("business_type", BusinessType),
    _is_one_of("channel", Channel),
    _is_one_of("area_type", AreaType),
    postgresql_partition_by="RANGE (id)",
)
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
    CheckConstraint("kind IN ('order_no', 'national_order_no', 'origin')", name="kind_is_known"),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    postgresql_partition_by="RANGE (id)",
)
Index("timeline_order", timeline.c.order_id, timeline.c.id)

returns = Table(
    "returns",
    metadata,
    Column("order_id", Uuid),
    Column("level", Text),
    Column("round", SmallInteger),
    Column("reason_code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("returned_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("order_id", "level", "round"),
    CheckConstraint("level IN ('national', 'province')", name="level_is_known"),
)
"""One row for each return (次); `round` is the one that came back."""

customers = Table(
    "customers",
    metadata,
    Column("customer_no", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("area_type", Text),
    Column("transformer_area", Text),
    Column("feeder", Text),
    Column("station_code", Text),
    Column("lon", Double),
    Column("lat", Double),
    Column("customer_class", Text, nullable=False, server_default="ordinary"),
    Column("special_need", Text, nullable=False, server_default="none"),
    Column("is_vip", Boolean, nullable=False, server_default=text("false")),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    _is_one_of("area_type", AreaType),
    _is_one_of("customer_class", CustomerClass),
    _is_one_of("special_need", SpecialNeed),
)
Index("customers_phone", customers.c.phone)

contact_views = Table(
    "contact_views",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False, index=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("viewed_at", DateTime(timezone=True), nullable=False),
)
"""Who saw a caller's full contact, and why."""

policies = Table(
    "policies",
    metadata,
    Column("name", Text),
    Column("valid_from", DateTime(timezone=True)),
    Column("value", JSONB, nullable=False),
    Column("set_by", Text, nullable=False),
    PrimaryKeyConstraint("name", "valid_from"),
)
