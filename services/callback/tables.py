"""How callback lies on disk: plans, the calls made for them, policy and questionnaires by version, and who looked."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Interval,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.callback.domain import OPEN, Outcome, PlanStatus
from shared.glossary import Satisfaction, Word

metadata = MetaData(schema="callback")


def _one_of(column: str, words: type[Word]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


IS_OPEN = f"status IN ({', '.join(sorted(repr(str(status)) for status in OPEN))})"

plans = Table(
    "plans",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("order_id", Uuid, nullable=False),
    Column("order_no", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("round", SmallInteger, nullable=False),
    Column("rules_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("customer_no", Text),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Column("warn_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("call_from", DateTime(timezone=True), nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("last_called_at", DateTime(timezone=True)),
    Column("last_outcome", Text),
    Column("closed_at", DateTime(timezone=True)),
    Column("reason", Text),
    _one_of("status", PlanStatus),
    _one_of("last_outcome", Outcome),
    postgresql_partition_by="RANGE (id)",
)
Index("plans_open", plans.c.due_at, plans.c.id, postgresql_where=text(IS_OPEN))
Index("plans_unwarned", plans.c.warn_at, postgresql_where=text("status = 'scheduled'"))
Index("plans_by_status", plans.c.status, plans.c.due_at, plans.c.id)
Index("plans_by_order", plans.c.order_id)

open_plans = Table(
    "open_plans",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("plan", Text, primary_key=True),
    Column("plan_id", Uuid, nullable=False),
)
"""One open plan of a kind for each order: what partitions cannot promise, and the way from an order to its plan."""

attempts = Table(
    "attempts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan_id", Uuid, nullable=False),
    Column("number", SmallInteger, nullable=False),
    Column("called_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("is_power_restored", Boolean),
    Column("satisfaction", Text),
    Column("service_satisfaction", Text),
    Column("opinion", Text),
    Column("at_customers_request", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    _one_of("outcome", Outcome),
    _one_of("satisfaction", Satisfaction),
    _one_of("service_satisfaction", Satisfaction),
    postgresql_partition_by="RANGE (id)",
)
Index("attempts_by_plan", attempts.c.plan_id)

contact_views = Table(
    "contact_views",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan_id", Uuid, nullable=False),
    Column("by", Text, nullable=False),
    Column("viewed_at", DateTime(timezone=True), nullable=False),
    postgresql_partition_by="RANGE (id)",
)
"""Who saw a customer's full contact, and when."""
Index("contact_views_by_plan", contact_views.c.plan_id)

policies = Table(
    "policies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("due_after", Interval, nullable=False),
    Column("warn_before", Interval, nullable=False),
    Column("quiet_from", Time, nullable=False),
    Column("quiet_until", Time, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempts_apart", Interval, nullable=False),
    UniqueConstraint("plan", "valid_from", name="policies_versions"),
)

questionnaires = Table(
    "questionnaires",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("questions", JSONB, nullable=False),
    UniqueConstraint("plan", "version", name="questionnaires_versions"),
)
