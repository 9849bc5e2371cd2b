"""The HTTP door of dispatch, a file for each kind of caller."""

from fastapi import APIRouter

from services.dispatch.api import desk, mobile, observations, organisation, sign_in, stream

router = APIRouter()
for part in (sign_in, mobile, stream, organisation, desk, observations):
    router.include_router(part.router)
