"""The two rows that peers write: an order and its outbox row, as wide as Relight's, in a schema of their own."""

from __future__ import annotations

import asyncpg

SCHEMA = """
CREATE SCHEMA peer;
CREATE TABLE peer.orders (
    id uuid PRIMARY KEY, order_no text NOT NULL UNIQUE, status text NOT NULL, business_type text NOT NULL,
    channel text NOT NULL, reported_at timestamptz NOT NULL, received_at timestamptz NOT NULL,
    accept_by timestamptz NOT NULL, accepted_at timestamptz NOT NULL, content text NOT NULL, name text NOT NULL,
    phone text NOT NULL, address text NOT NULL, lon float8, lat float8, outage_scope text,
    outage_started_at timestamptz, surroundings text, voltage_level text, area_type text
);
CREATE TABLE peer.outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL, topic text NOT NULL, type text NOT NULL,
    key text NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL, data bytea NOT NULL,
    trace text NOT NULL DEFAULT '', published_at timestamptz
);
CREATE INDEX ON peer.outbox (position) WHERE published_at IS NULL;
"""


async def make_tables(database_url: str) -> None:
    """Make the peers' tables in a fresh database."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(SCHEMA)
    finally:
        await connection.close()
