"""Where calendars are read and times are shown; everything inside is aware UTC (decision 3)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""One zone for the whole country, without summer time since 1992."""
