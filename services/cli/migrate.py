"""`relight migrate`: brings the database to what this version expects, or checks that it is there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shared.migrate import History

Check = Annotated[bool, typer.Option("--check", help="Change nothing; fail unless all is current. | 只检查，不更改。")]


def migrate(*, check: Check = False) -> None:
    """Make or update roles, schemas and tables; safe to repeat. | 创建或更新数据库结构，可重复执行。"""
    from services.cli.installation import load_settings, reach_database

    settings = load_settings()
    with reach_database(settings) as url:
        if check:
            asyncio.run(_check(url))
        else:
            asyncio.run(_migrate(url, settings.database_role_password.get_secret_value()))


async def _migrate(url: str, role_password: str) -> None:
    from services.cli.wiring import load_histories
    from shared.migrate import migrate as run

    done = await run(url, load_histories(), role_password=role_password)
    print("\n".join(done) if done else "数据库已是最新。 | The database is current.")


async def _check(url: str) -> None:
    from services.cli.problems import Failure
    from services.cli.wiring import load_histories
    from shared.migrate import find_drift

    histories = load_histories()
    lines = await _behind(url, histories) or await find_drift(url, histories)
    for line in lines:
        print(line)
    if lines:
        raise Failure(
            f"数据库与程序不一致：{len(lines)} 处。", f"The database is not what we expect: {len(lines)} lines."
        )
    print("数据库与程序一致。 | The database is what this version expects.")


async def _behind(url: str, histories: list[History]) -> list[str]:
    from sqlalchemy.ext.asyncio import create_async_engine

    from shared.db import sqlalchemy_url
    from shared.migrate import is_current

    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            return [f"{h.schema}: relight migrate" for h in histories if not await is_current(connection, h)]
    finally:
        await engine.dispose()
