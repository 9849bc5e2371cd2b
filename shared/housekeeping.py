"""Nothing grows without a stated end: what was told, seen and answered leaves in time; months are made ahead."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, delete, select

from shared.db import Session
from shared.partitions import ensure_partitions
from shared.settings import Settings
from shared.telemetry import HOUSEKEEPING_ROWS

if TYPE_CHECKING:
    from shared.host import Service

CHUNK = 5_000
"""Rows that leave in one statement: small enough that nobody waits behind it."""


async def keep_house(session: Session, service: Service, settings: Settings, *, now: datetime) -> int:
    """Make the coming months' partitions, and let a chunk of old rows of each table go; return how many went."""
    for name in service.partitioned:
        await ensure_partitions(session.connection, f"{service.name}.{name}", now=now)
    inbox, keys = service.inbox, service.idempotency
    gone = await _let_go(session, service, inbox, inbox.c.taken_at < now - settings.retention_inbox)
    gone += await _let_go(session, service, keys, keys.c.created_at < now - settings.retention_idempotency)
    return gone


async def _let_go(session: Session, service: Service, table: Table, is_over: ColumnElement[bool]) -> int:
    key = next(iter(table.primary_key.columns))
    chunk = select(key).where(is_over).limit(CHUNK)
    gone = (await session.execute(delete(table).where(key.in_(chunk)))).rowcount
    HOUSEKEEPING_ROWS.labels(service.name, table.name).inc(gone)
    return gone
