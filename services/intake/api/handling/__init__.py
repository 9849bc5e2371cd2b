"""What is pressed about an order that a department handles, one file a concept."""

from __future__ import annotations

from fastapi import APIRouter

from services.intake.api.handling import closing, forwarding, judging, reading, replying
from shared.web import add_routes

router = APIRouter()
add_routes(router, (part.router for part in (forwarding, replying, judging, closing, reading)))
