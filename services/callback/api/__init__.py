"""HTTP door of callback: the agents' work list, the calls they enter, and the policy behind both."""

from __future__ import annotations

from fastapi import APIRouter

from services.callback.api import plans, policy

router = APIRouter()
router.include_router(plans.router)
router.include_router(policy.router)
