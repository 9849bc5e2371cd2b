"""The register of villages: which town each lies in, so that a name that several bear is asked about."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text

from services.intake.tables.base import metadata

villages = Table(
    "villages",
    metadata,
    Column("adcode", Text),
    Column("county", Text, nullable=False),
    Column("town", Text),
    Column("name", Text),
    PrimaryKeyConstraint("adcode", "town", "name"),
)
Index("villages_name", villages.c.name)
