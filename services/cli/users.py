"""`relight users`: accounts of staff on an installation that keeps its own (production signs in elsewhere)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.auth import Role
    from shared.db import Session

app = typer.Typer(no_args_is_help=True, help="Accounts of staff. | 工作人员账号。", rich_markup_mode=None)

Login = Annotated[str, typer.Argument(help="The account's name. | 账号。")]
RoleNames = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="agent, dispatcher, reviewer, supervisor, auditor, ops, inspector; may be repeated. | 角色，可多次。",
    ),
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input. | 从标准输入读取密码。")
]


@app.command("add")
def add(login: Login, *, role: RoleNames, password_stdin: FromStdin = False) -> None:
    """Make an account. | 新建账号。"""
    from shared.auth import SYSTEM

    roles, password = [_role(name) for name in role], _ask_password(password_stdin)

    async def work(session: Session) -> None:
        from services.dispatch.handlers.staff import add_staff_account

        await add_staff_account(session, login=login, password=password, roles=roles, now=session.now, actor=SYSTEM)

    _do(work)
    print(f"已新建 | added: {login} ({', '.join(roles)})")


@app.command("list")
def list_() -> None:
    """List all accounts. | 列出账号。"""

    async def work(session: Session) -> None:
        from services.dispatch.handlers.staff import list_staff_accounts

        for account in await list_staff_accounts(session):
            state = f"disabled {account.disabled_at:%Y-%m-%d %H:%MZ}" if account.disabled_at else "active"
            print(f"{account.login}\t{','.join(account.roles)}\t{state}")

    _do(work)


@app.command("disable")
def disable(login: Login) -> None:
    """Let nobody sign in with an account any more. | 停用账号。"""
    from shared.auth import SYSTEM

    async def work(session: Session) -> None:
        from services.dispatch.handlers.staff import disable_staff_account

        await disable_staff_account(session, login=login, now=session.now, actor=SYSTEM)

    _do(work)
    print(f"已停用 | disabled: {login}")


@app.command("password")
def password(login: Login, *, password_stdin: FromStdin = False) -> None:
    """Give an account another password. | 修改密码。"""
    from shared.auth import SYSTEM

    fresh = _ask_password(password_stdin)

    async def work(session: Session) -> None:
        from services.dispatch.handlers.staff import change_password

        await change_password(session, login=login, password=fresh, now=session.now, actor=SYSTEM)

    _do(work)
    print(f"已修改密码 | password changed: {login}")


def _role(name: str) -> Role:
    from services.cli.problems import SetupProblem
    from shared.auth import STAFF, Role

    if name not in STAFF:
        listed = ", ".join(sorted(STAFF))
        raise SetupProblem(f"没有角色 {name}，可选：{listed}。", f"There is no role {name}, only: {listed}.")
    return Role(name)


def _ask_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("密码 | password", hide_input=True, confirmation_prompt=True))


def _do(work: Callable[[Session], Awaitable[None]]) -> None:
    from services.cli.door import transaction_of
    from services.cli.installation import load_settings, reach_database, with_known_secrets

    settings = with_known_secrets(load_settings())

    async def run(url: str) -> None:
        async with transaction_of("dispatch", settings, url) as session:
            await work(session)

    with reach_database(settings) as url:
        asyncio.run(run(url))
