"""What can go wrong on the command line, each as one clear line in both languages and an exit status: the one place.

Status 2: something about the setup or the call has to be changed first. Status 1: what was asked for failed.
`RELIGHT_DEBUG=1` shows the traceback too.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError

    from shared.errors import RelightError

SETUP = 2
FAILED = 1

_SETUP_CODES = ("embedded.", "setup.")


class SetupProblem(Exception):
    """Something about the call or the machine has to be changed first; `zh` and `en` say what."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class Failure(Exception):
    """What was asked for was tried and failed; `zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def port_taken(host: str, port: int) -> SetupProblem:
    """Make the line for a port that somebody else listens on."""
    return SetupProblem(
        f"端口 {host}:{port} 已被占用。请停止占用它的程序，或用 --port（RELIGHT_PORT）另选端口。",
        f"Port {host}:{port} is taken. Stop what listens there, or choose another with --port (RELIGHT_PORT).",
    )


def clear_line_for(problem: BaseException) -> int:
    """Print the problem as one line on standard error and return the exit status."""
    if os.environ.get("RELIGHT_DEBUG", "") not in {"", "0"}:
        traceback.print_exception(problem)
    zh, en, status = in_words(problem)
    line = f"relight: {zh} | {en}".replace("\n", " ")
    sys.stderr.write(line + "\n")
    return status


def in_words(problem: BaseException) -> tuple[str, str, int]:
    """Return the problem in Chinese and in English, and the exit status that it means."""
    found = _of_ours(problem) or _of_libraries(problem) or _of_the_system(problem)
    if found:
        return found
    what = f"{type(problem).__name__}: {problem}".splitlines()[0]
    return (
        f"内部错误（{what}）。设置 RELIGHT_DEBUG=1 可查看详情。",
        f"Something broke ({what}). RELIGHT_DEBUG=1 shows where.",
        FAILED,
    )


def _of_ours(problem: BaseException) -> tuple[str, str, int] | None:
    if isinstance(problem, SetupProblem):
        return problem.zh, problem.en, SETUP
    if isinstance(problem, Failure):
        return problem.zh, problem.en, FAILED
    from shared.errors import RelightError

    return _of_relight(problem) if isinstance(problem, RelightError) else None


def _of_relight(problem: RelightError) -> tuple[str, str, int]:
    status = SETUP if problem.code.startswith(_SETUP_CODES) else FAILED
    zh, en = problem.text.say("zh-CN", problem.context), problem.text.say("en", problem.context)
    for field in problem.fields:
        zh += f"；{field.field}：{field.text.zh}"
        en += f"; {field.field} {field.text.en}"
    return zh, en, status


def _of_libraries(problem: BaseException) -> tuple[str, str, int] | None:
    import asyncpg
    from alembic.util.exc import CommandError
    from pydantic import ValidationError
    from sqlalchemy.exc import ArgumentError, DBAPIError

    if isinstance(problem, ValidationError):
        return _of_settings(problem)
    if isinstance(problem, ArgumentError):
        return "RELIGHT_DATABASE_URL 不是有效的地址。", "RELIGHT_DATABASE_URL is not an address.", SETUP
    if isinstance(problem, CommandError):
        why = str(problem).splitlines()[0]
        return (
            f"数据库由更新的版本迁移过，本程序不认识（{why}）。请使用同版本或更新的程序。",
            f"The database was migrated by a newer version ({why}). Use that version or a newer one.",
            SETUP,
        )
    cause = problem
    while isinstance(problem, DBAPIError) and cause.__cause__ is not None:
        cause = cause.__cause__  # what the server said lies under two wrappings
    if isinstance(cause, asyncpg.UndefinedTableError | asyncpg.InvalidSchemaNameError):
        return (
            "数据库尚未迁移，请先运行 relight migrate。",
            "The database is not migrated yet, run: relight migrate",
            SETUP,
        )
    if isinstance(cause, asyncpg.PostgresError) or isinstance(problem, DBAPIError):
        why = str(cause or problem).splitlines()[0]
        return f"数据库拒绝：{why}。", f"The database refused: {why}.", FAILED
    return None


def _of_settings(problem: ValidationError) -> tuple[str, str, int]:
    wrong = [f"RELIGHT_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in problem.errors(include_input=False)]
    listed = "; ".join(wrong).replace("RELIGHT_RELIGHT_", "RELIGHT_")
    return f"配置有误：{listed}。", f"These settings are wrong: {listed}.", SETUP


def _of_the_system(problem: BaseException) -> tuple[str, str, int] | None:
    if not isinstance(problem, OSError):
        return None
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "磁盘已满，请清理空间后重试。", "The disk is full: free some space and try again.", SETUP
    if isinstance(problem, ConnectionError | TimeoutError):
        why = str(problem) or type(problem).__name__
        return f"无法连接：{why}。", f"No connection: {why}.", FAILED
    where = f" {problem.filename}" if problem.filename else ""
    why = f"{problem.strerror or problem}{where}"
    return f"操作系统拒绝：{why}。", f"The system refused: {why}.", SETUP
