"""Accounts of staff, made by hand on an installation that keeps its own."""

from __future__ import annotations

from functools import partial

import pytest

from tests.cli.command import assert_one_clear_line, relight_here
from tests.conftest import MakeDatabase

PASSWORD = "long-enough-1"


@pytest.fixture(scope="module")
async def database(make_migrated_database: MakeDatabase) -> str:
    return await make_migrated_database()


def test_an_account_is_made_listed_changed_and_disabled(database: str) -> None:
    users = partial(relight_here, "users", database_url=database)

    added = users("add", "zhang.wei", "--role", "agent", "--role", "reviewer", "--password-stdin", say=PASSWORD + "\n")
    again = users("add", "zhang.wei", "--role", "agent", "--password-stdin", say=PASSWORD + "\n")
    listed = users("list")
    changed = users("password", "zhang.wei", "--password-stdin", say="another-long-one\n")
    disabled = users("disable", "zhang.wei")

    assert (added.returncode, changed.returncode, disabled.returncode) == (0, 0, 0), added.stderr + changed.stderr
    assert_one_clear_line(again, status=1, words="zhang.wei already")
    assert listed.stdout.strip() == "zhang.wei\tagent,reviewer\tactive"
    assert "disabled" in users("list").stdout


def test_what_cannot_be_an_account_is_refused_in_one_line(database: str) -> None:
    add = partial(relight_here, "users", "add", database_url=database)

    assert_one_clear_line(add("li", "--role", "crew", "--password-stdin", say=PASSWORD), status=2, words="no role crew")
    assert_one_clear_line(add("li", "--role", "ops", "--password-stdin", say="short"), status=1, words="password")
    nobody = relight_here("users", "disable", "nobody", database_url=database)
    assert_one_clear_line(nobody, status=1, words="no account nobody")


async def test_a_database_that_was_never_migrated_is_one_clear_line(make_database: MakeDatabase) -> None:
    done = relight_here("users", "list", database_url=await make_database())

    assert_one_clear_line(done, status=2, words="relight migrate")
