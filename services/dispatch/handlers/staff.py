"""Accounts of staff: made, listed and disabled by `relight users`; a password is kept as its argon2 hash only."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from services.dispatch import tables
from services.dispatch.domain.sign_in import check_password
from shared.auth import STAFF, Actor, Role, hash_secret
from shared.db import Session
from shared.errors import Conflict, Invalid, NotFound, Text, bad_field

_THERE = Text("账号 {login} 已存在", "there is an account {login} already")
_NONE = Text("没有账号 {login}", "there is no account {login}")
_ROLES = Text("只能授予工作人员角色", "only staff roles can be given")


@dataclass(frozen=True)
class StaffAccount:
    """One account, without its secret."""

    login: str
    roles: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None


async def add_staff_account(
    session: Session, *, login: str, password: str, roles: Collection[Role], now: datetime, actor: Actor
) -> StaffAccount:
    """Make an account; raises Conflict if the login is taken, Invalid for a short password or a role not of staff."""
    check_password(password)
    given = sorted(Role(role) for role in roles)
    if not given or not set(given) <= STAFF:
        raise Invalid("staff.roles", _ROLES, fields=[bad_field("roles", "staff.roles", _ROLES.zh, _ROLES.en)])
    hashed = await asyncio.to_thread(hash_secret, password)
    row = {"login": login, "password_hash": hashed, "roles": [r.value for r in given], "created_at": now}
    statement = insert(tables.staff_accounts).values(row).on_conflict_do_nothing()
    if not (await session.execute(statement)).rowcount:
        raise Conflict("staff.login_taken", _THERE, login=login)
    return StaffAccount(login, tuple(r.value for r in given), now, None)


async def list_staff_accounts(session: Session) -> Sequence[StaffAccount]:
    """List every account, by login."""
    t = tables.staff_accounts
    rows = await session.execute(select(t.c.login, t.c.roles, t.c.created_at, t.c.disabled_at).order_by(t.c.login))
    return [StaffAccount(row.login, tuple(row.roles), row.created_at, row.disabled_at) for row in rows]


async def disable_staff_account(session: Session, *, login: str, now: datetime, actor: Actor) -> None:
    """Let nobody sign in with an account any more; tokens that are out end by themselves within 15 minutes."""
    t = tables.staff_accounts
    changed = await session.execute(update(t).where(t.c.login == login).values(disabled_at=now))
    if not changed.rowcount:
        raise NotFound("staff.unknown", _NONE, login=login)


async def change_password(session: Session, *, login: str, password: str, now: datetime, actor: Actor) -> None:
    """Give an account another password and open its lock; raises NotFound, or Invalid for a short one."""
    check_password(password)
    hashed = await asyncio.to_thread(hash_secret, password)
    t = tables.staff_accounts
    fresh = {"password_hash": hashed, "failed_attempts": 0, "locked_until": None}
    changed = await session.execute(update(t).where(t.c.login == login).values(fresh))
    if not changed.rowcount:
        raise NotFound("staff.unknown", _NONE, login=login)
