"""The register of customers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Double, Index, Table, Text, text

from services.intake.tables.base import is_one_of, metadata
from shared.glossary import AreaType, CustomerClass, SpecialNeed

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
    is_one_of("area_type", AreaType),
    is_one_of("customer_class", CustomerClass),
    is_one_of("special_need", SpecialNeed),
)
Index("customers_phone", customers.c.phone)
