"""The HTTP door of sla."""

from __future__ import annotations

from services.sla.api import clocks, indicators
from shared.web import merged

router = merged([indicators.router, clocks.router])
