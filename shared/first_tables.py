"""What every service's first migration makes beside its own tables: outbox, inbox, parked events, idempotency keys.

Frozen: it is history. A later change of these tables is a step of its own here (`second_…`) and a migration in each
service that calls it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

NAMES = ("outbox", "inbox", "parked_events", "idempotency_keys")


def create_first_tables(schema: str) -> None:
    """Make the four tables in a service's schema."""
    _create_outbox(schema)
    _create_inbox(schema)
    _create_parked_events(schema)
    _create_idempotency_keys(schema)


def make_outbox_a_queue(schema: str) -> None:
    """Let rows leave the outbox when they are on the bus, instead of marking them there."""
    outbox = f'"{schema}".outbox'
    # A week of rows stands there: what waits is put aside and back, the rest goes at one stroke.
    op.execute(f"CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT * FROM {outbox} WHERE published_at IS NULL")  # noqa: S608
    op.execute(f"TRUNCATE {outbox}")
    op.execute(f"INSERT INTO {outbox} OVERRIDING SYSTEM VALUE SELECT * FROM waiting")  # noqa: S608 - our own schema
    op.execute("DROP TABLE waiting")
    op.drop_index("outbox_published_at", "outbox", schema=schema)
    op.drop_index("outbox_unpublished", "outbox", schema=schema)
    op.drop_column("outbox", "published_at", schema=schema)
    sweep_soon = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000"
    op.execute(f'ALTER TABLE "{schema}".outbox SET ({sweep_soon})')


def make_outbox_an_archive(schema: str) -> None:
    """Go back to marking."""
    op.execute(f'ALTER TABLE "{schema}".outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)')
    op.add_column("outbox", _moment("published_at", nullable=True), schema=schema)
    unpublished, published = sa.text("published_at IS NULL"), sa.text("published_at IS NOT NULL")
    op.create_index("outbox_unpublished", "outbox", ["position"], schema=schema, postgresql_where=unpublished)
    op.create_index("outbox_published_at", "outbox", ["published_at"], schema=schema, postgresql_where=published)


def drop_first_tables(schema: str) -> None:
    """Take them away again."""
    for name in NAMES:
        op.drop_table(name, schema=schema)


def _create_outbox(schema: str) -> None:
    op.create_table("outbox", *_envelope(), _moment("published_at", nullable=True), schema=schema)
    unpublished, published = sa.text("published_at IS NULL"), sa.text("published_at IS NOT NULL")
    op.create_index("outbox_unpublished", "outbox", ["position"], schema=schema, postgresql_where=unpublished)
    op.create_index("outbox_published_at", "outbox", ["published_at"], schema=schema, postgresql_where=published)


def _create_inbox(schema: str) -> None:
    key = sa.Column("event_id", sa.Uuid, primary_key=True)
    op.create_table("inbox", key, _text("type"), _moment("taken_at"), schema=schema)
    op.create_index(op.f(f"ix_{schema}_inbox_taken_at"), "inbox", ["taken_at"], schema=schema)


def _create_parked_events(schema: str) -> None:
    op.create_table(
        "parked_events",
        *_envelope(),
        _moment("parked_at"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        _moment("next_try_at", nullable=True),
        _moment("died_at", nullable=True),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        schema=schema,
    )
    op.create_index("parked_events_key", "parked_events", ["key", "position"], schema=schema)
    op.create_index("parked_events_id", "parked_events", ["id"], unique=True, schema=schema)


def _create_idempotency_keys(schema: str) -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.Text, primary_key=True),
        _text("request_hash"),
        sa.Column("answer", JSONB(none_as_null=True)),
        _moment("created_at"),
        schema=schema,
    )
    index = op.f(f"ix_{schema}_idempotency_keys_created_at")
    op.create_index(index, "idempotency_keys", ["created_at"], schema=schema)


def _envelope() -> list[sa.Column[Any]]:
    return [
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False),
        *(_text(name) for name in ("topic", "type", "key")),
        _moment("occurred_at"),
        _moment("recorded_at"),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.Text, nullable=False, server_default=""),
    ]


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
