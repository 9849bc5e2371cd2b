"""How a moment is written where people and phones read it: ISO 8601 in UTC with `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def write_z(moment: datetime) -> str:
    """Write an aware instant."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
