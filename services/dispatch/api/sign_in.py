"""Signing in, for crews with their device secret and staff with their password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from services.dispatch.handlers import sign_in as handlers
from services.dispatch.handlers.sign_in import CREW, STAFF, Pass, check_in
from shared.auth import ACCESS_TOKEN_LIFE, Actor, Role
from shared.web import Answer, Change, Moment, Strict, runtime_of

router = APIRouter()


class CrewSignIn(Strict):
    """A crew's phone, with its clock so that late reports can be put right."""

    crew_code: Annotated[str, Field(min_length=1, max_length=64, examples=["C-0101"])]
    device_secret: Annotated[str, Field(min_length=1, max_length=256, examples=["a-long-device-secret"])]
    device_time: Moment | None = None


class StaffSignIn(Strict):
    """A member of staff."""

    login: Annotated[str, Field(min_length=1, max_length=64, examples=["dispatcher"])]
    password: Annotated[str, Field(min_length=1, max_length=256, examples=["a-long-password"])]


class Refresh(Strict):
    """The refresh token of an earlier sign-in."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=4096, examples=["eyJhbGciOi…"])]


class Tokens(Answer):
    """What to call with (`Authorization: Bearer …`) and what to get the next pair with."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int = int(ACCESS_TOKEN_LIFE.total_seconds())
    clock_offset_ms: int | None = None


@router.post("/mobile/sign-in", summary="A crew signs in with its device secret")
async def crew_sign_in(request: Request, body: CrewSignIn) -> Tokens:
    """Return tokens for the crew and measure its phone's clock; five wrong secrets lock for 15 minutes (429)."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    await check_in(runtime.database, CREW, body.crew_code, body.device_secret, now=now)
    offset: int | None = None
    if body.device_time:
        async with runtime.database.transaction(now=now) as session:
            measured = await handlers.note_clock(session, body.crew_code, device_time=body.device_time, now=now)
            offset = round(measured.total_seconds() * 1000)
    return _tokens(handlers.issue(runtime.tokens, Actor(body.crew_code, frozenset({Role.CREW})), now=now), offset)


@router.post("/mobile/refresh", summary="A crew gets its next tokens")
async def crew_refresh(door: Change, body: Refresh) -> Tokens:
    """Return the next pair of tokens for a crew that still exists."""
    tokens = runtime_of(door.request).tokens
    return _tokens(await handlers.refresh_crew(door.session, tokens, body.refresh_token, now=door.now))


@router.post("/staff/sign-in", summary="A member of staff signs in with a local account")
async def staff_sign_in(request: Request, body: StaffSignIn) -> Tokens:
    """Return tokens with the account's roles; five wrong passwords lock for 15 minutes (429)."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    account = await check_in(runtime.database, STAFF, body.login, body.password, now=now)
    roles = frozenset(Role(role) for role in account["roles"])
    return _tokens(handlers.issue(runtime.tokens, Actor(body.login, roles), now=now))


@router.post("/staff/refresh", summary="A member of staff gets the next tokens")
async def staff_refresh(door: Change, body: Refresh) -> Tokens:
    """Return the next pair of tokens, with the roles that the account has now."""
    tokens = runtime_of(door.request).tokens
    return _tokens(await handlers.refresh_staff(door.session, tokens, body.refresh_token, now=door.now))


def _tokens(given: Pass, offset: int | None = None) -> Tokens:
    return Tokens(access_token=given.access_token, refresh_token=given.refresh_token, clock_offset_ms=offset)
