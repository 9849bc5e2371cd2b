"""The register of customers, who stands behind the important ones, and how far a file was read into it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.domain.customers import ContactRole
from services.intake.tables.base import is_one_of, metadata, time
from shared.glossary import AreaType, CustomerClass, SpecialNeed

NO = text("false")

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
    Column("is_vip", Boolean, nullable=False, server_default=NO),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("is_dual_supply", Boolean, nullable=False, server_default=NO),
    Column("is_sensitive", Boolean, nullable=False, server_default=NO),
    Column("is_green_channel", Boolean, nullable=False, server_default=NO),
    Column("dialect", Text),
    is_one_of("area_type", AreaType),
    is_one_of("customer_class", CustomerClass),
    is_one_of("special_need", SpecialNeed),
)
Index("customers_phone", customers.c.phone)
Index("customers_transformer_area", customers.c.transformer_area)
Index("customers_feeder", customers.c.feeder)
Index(
    "customers_special_need",
    customers.c.special_need,
    customers.c.customer_no,
    postgresql_where=text("special_need <> 'none'"),
)

customer_contacts = Table(
    "customer_contacts",
    metadata,
    Column("customer_no", Text, ForeignKey(customers.c.customer_no)),
    Column("role", Text),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    PrimaryKeyConstraint("customer_no", "role"),
    is_one_of("role", ContactRole),
)

customer_views = Table(
    "customer_views",
    metadata,
    Column("customer_no", Text),
    Column("actor", Text),
    Column("viewed_on", Date),
    Column("viewed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("customer_no", "actor", "viewed_on"),
)
"""Who saw a customer's contact in full: one row a day, however often they look."""

customer_visits = Table(
    "customer_visits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_no", Text, ForeignKey(customers.c.customer_no), nullable=False),
    Column("visited_at", DateTime(timezone=True), nullable=False),
    Column("visitor", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
Index("customer_visits_of", customer_visits.c.customer_no, customer_visits.c.visited_at)

customer_imports = Table(
    "customer_imports",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("rows_done", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_good", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_changed", BigInteger, nullable=False, server_default=text("0")),
    Column("rows_bad", BigInteger, nullable=False, server_default=text("0")),
    Column("report_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("moved_at", DateTime(timezone=True), nullable=False),
    time("finished_at"),
)
"""One row for each file, known by what it holds; `rows_done` of it stand in the register, or in the report."""
