"""The HTTP door of sla."""

from __future__ import annotations

from fastapi import APIRouter

from services.sla.api import clocks, indicators

router = APIRouter()
router.include_router(indicators.router)
router.include_router(clocks.router)
