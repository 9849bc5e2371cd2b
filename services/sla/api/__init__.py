"""The HTTP door of sla."""

from __future__ import annotations

from fastapi import APIRouter

from services.sla.api import clocks, indicators
from shared.web import add_routes

router = APIRouter()
add_routes(router, [indicators.router, clocks.router])
