"""How times are read and written: one zone for calendars and displays, UTC with `Z` for everything that leaves."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Calendars and display only; everything inside is aware UTC (decision 3)."""


def format_z(moment: datetime) -> str:
    """Write an aware instant as ISO 8601 with `Z`, as every answer of ours does."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
