"""Identifiers are UUIDv7 made by us: they sort by time, so tables can be cut by time on their primary key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make a fresh identifier, later than every one that this process made before."""
    return uuid7()


def first_id_at(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 of an instant: the bound of a time-cut table. `moment` must be aware."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
