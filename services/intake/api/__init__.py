"""The HTTP door of intake, one file a concept."""

from __future__ import annotations

from fastapi import APIRouter

from services.intake.api import customers, desk, orders, upstream, views

router = APIRouter()
for part in (orders, upstream, views, desk, customers):
    router.include_router(part.router)
