"""HTTP door of callback: the agents' work list, the calls they enter, and the policy behind both."""

from __future__ import annotations

from fastapi import APIRouter

from services.callback.api import plans, policy
from shared.web import add_routes

router = APIRouter()
add_routes(router, [plans.router, policy.router])
