"""The HTTP door of dispatch, a file for each kind of caller."""

from __future__ import annotations

from fastapi import APIRouter

from services.dispatch.api import desk, mobile, observations, organisation, sign_in, stream
from shared.web import add_routes

router = APIRouter()
add_routes(router, (part.router for part in (sign_in, mobile, stream, organisation, desk, observations)))
