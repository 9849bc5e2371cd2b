"""How the PostgreSQL bus lies on disk: topics, their log, and how far each group has read."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid, func

SCHEMA = "bus"

metadata = MetaData(schema=SCHEMA)

topics = Table(
    "topics",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("last_position", BigInteger, nullable=False),
    # One row per topic, rewritten by every publish: room on the page keeps those updates there (HOT).
    postgresql_with={"fillfactor": 10},
)

log = Table(
    "log",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("appended_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("trace", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

offsets = Table(
    "offsets",
    metadata,
    Column("group_name", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("slot", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    postgresql_with={"fillfactor": 50},
)
