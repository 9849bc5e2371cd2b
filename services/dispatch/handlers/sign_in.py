"""Signing in, for crews and staff alike: an attempt is counted before it is tried, so parallel guesses gain nothing.

Checking a secret costs about 50 ms of a core on purpose: it runs in a thread, outside every transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, select, update

from services.dispatch import tables
from services.dispatch.domain import sign_in as rules
from shared.auth import REFRESH_TOKEN_LIFE, Actor, Role, Tokens, hash_secret, is_secret
from shared.clock import format_z
from shared.db import Database, Session

_NOBODYS = hash_secret("nobody has this secret; it is checked so that a wrong name takes as long as a wrong secret")


@dataclass(frozen=True)
class Door:
    """One kind of account: its table, and the columns of its name and its hash."""

    table: Table
    name: Column[Any]
    secret: Column[Any]


CREW = Door(tables.crews, tables.crews.c.code, tables.crews.c.secret_hash)
STAFF = Door(tables.staff_accounts, tables.staff_accounts.c.login, tables.staff_accounts.c.password_hash)


@dataclass(frozen=True)
class Pass:
    """A pair of tokens: one to work with, one to get the next pair."""

    access_token: str
    refresh_token: str


async def check_in(database: Database, door: Door, name: str, secret: str, *, now: datetime) -> Mapping[str, Any]:
    """Return the account whose secret this is; raises Unauthenticated, or TooMany while it is locked."""
    account = await _count_attempt(database, door, name, now=now)
    known = account["secret"] if account else None
    is_right = await asyncio.to_thread(is_secret, known or _NOBODYS, secret)
    if account is None or known is None or not is_right:
        raise rules.wrong()
    async with database.transaction(now=now) as session:
        fresh = {"failed_attempts": 0, "locked_until": None}
        await session.execute(update(door.table).where(door.name == name).values(fresh))
    return account


async def _count_attempt(database: Database, door: Door, name: str, *, now: datetime) -> Mapping[str, Any] | None:
    t = door.table
    async with database.transaction(now=now) as session:
        statement = select(t, door.secret.label("secret")).where(door.name == name).with_for_update()
        found = (await session.execute(statement)).mappings().first()
        account = dict(found) if found else None
        if account is None or account.get("disabled_at"):
            return None
        locked_until = account["locked_until"]
        if locked_until and locked_until > now:
            raise rules.locked(format_z(locked_until))
        # A lock that is over leaves five fresh attempts.
        attempts = 1 if locked_until else account["failed_attempts"] + 1
        counted = {"failed_attempts": attempts, "locked_until": rules.lock_until(attempts, now=now)}
        await session.execute(update(t).where(door.name == name).values(counted))
    return account


async def note_clock(session: Session, crew_code: str, *, device_time: datetime, now: datetime) -> timedelta:
    """Remember by how much a crew's phone runs ahead of us (behind, if negative), and return it."""
    offset = device_time - now
    t = tables.crews
    milliseconds = max(-_MOST_MS, min(_MOST_MS, round(offset.total_seconds() * 1000)))
    await session.execute(update(t).where(t.c.code == crew_code).values(clock_offset_ms=milliseconds))
    return timedelta(milliseconds=milliseconds)


_MOST_MS = 2_000_000_000


async def clock_offset(session: Session, crew_code: str) -> timedelta:
    """Return by how much a crew's phone ran ahead of us when it was last measured."""
    t = tables.crews
    found = (await session.execute(select(t.c.clock_offset_ms).where(t.c.code == crew_code))).scalar()
    return timedelta(milliseconds=found or 0)


def issue(tokens: Tokens, actor: Actor, *, now: datetime) -> Pass:
    """Make a pair of tokens for somebody."""
    refresh = tokens.issue(actor, now=now, life=REFRESH_TOKEN_LIFE, use="refresh")
    return Pass(tokens.issue(actor, now=now), refresh)


async def refresh_crew(session: Session, tokens: Tokens, token: str, *, now: datetime) -> Pass:
    """Make the next pair for a crew that still exists; raises Unauthenticated."""
    actor = tokens.read(token, now=now, use="refresh")
    t = tables.crews
    found = await session.execute(select(t.c.code).where(t.c.code == actor.id, t.c.secret_hash.is_not(None)))
    if actor.roles != {Role.CREW} or found.first() is None:
        raise rules.wrong()
    return issue(tokens, actor, now=now)


async def refresh_staff(session: Session, tokens: Tokens, token: str, *, now: datetime) -> Pass:
    """Make the next pair for an account that still stands, with the roles that it has now; raises Unauthenticated."""
    actor = tokens.read(token, now=now, use="refresh")
    t = tables.staff_accounts
    statement = select(t.c.roles).where(t.c.login == actor.id, t.c.disabled_at.is_(None))
    roles = (await session.execute(statement)).scalar()
    if Role.CREW in actor.roles or roles is None:
        raise rules.wrong()
    return issue(tokens, Actor(actor.id, frozenset(Role(r) for r in roles)), now=now)
