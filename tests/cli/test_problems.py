"""Whatever goes wrong is said in words that tell what to do."""

from __future__ import annotations

import errno

import asyncpg
import pytest
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError, ProgrammingError

from services.cli.problems import Failure, SetupProblem, in_words
from shared.embedded_errors import failure
from shared.errors import Conflict, Text


def from_the_database(cause: Exception) -> DBAPIError:
    problem = ProgrammingError("SELECT 1", {}, cause)
    problem.__cause__ = cause
    return problem


@pytest.mark.parametrize(
    ("problem", "words", "status"),
    [
        (SetupProblem("端口", "the port"), "the port", 2),
        (Failure("不行", "it failed"), "it failed", 1),
        (failure("disk_full", folder="/data"), "The disk is full", 2),
        (failure("other_version", folder="/data", found="17", ours="18"), "PostgreSQL 17", 2),
        (Conflict("a.b", Text("已有 {what}", "there is {what}"), what="one"), "there is one", 1),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full", 2),
        (PermissionError(errno.EACCES, "Permission denied", "/data"), "/data", 2),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "No connection", 1),
        (TimeoutError(), "No connection", 1),
        (CommandError("Can't locate revision identified by '9999'"), "newer version", 2),
        (from_the_database(asyncpg.UndefinedTableError("no table")), "relight migrate", 2),
        (asyncpg.InvalidPasswordError("password authentication failed"), "password authentication", 1),
        (ValueError("who knows"), "RELIGHT_DEBUG=1", 1),
    ],
)
def test_each_kind_of_problem_has_its_words_and_its_status(problem: Exception, words: str, status: int) -> None:
    zh, en, found = in_words(problem)

    assert words in en
    assert found == status
    assert any("\u4e00" <= letter <= "\u9fff" for letter in zh)
