"""The command tells what it can do, at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.cli.env_example import make_env_example
from tests.cli.command import ROOT, assert_one_clear_line, environment, relight, relight_here

VERBS = ("up", "serve", "migrate", "users", "dead-letters", "replay", "access", "env-example", "asyncapi")
HEAVY = ("sqlalchemy", "asyncpg", "fastapi", "pydantic", "alembic", "httpx", "uvicorn", "aiokafka", "shared.settings")


def test_help_names_every_verb_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['relight', '--help']\n"
        "from services.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('heavy:', [name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, env=environment(), check=True
    )

    assert [verb for verb in VERBS if f"\n  {verb} " not in done.stdout] == []
    assert "heavy: []" in done.stdout


@pytest.mark.parametrize("verb", [*VERBS, "users add", "dead-letters drop"])
def test_every_verb_explains_itself(verb: str) -> None:
    done = relight_here(*verb.split(), "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: relight" in done.stdout


def test_the_committed_env_example_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == make_env_example()


def test_the_env_example_changes_nothing_when_it_is_copied() -> None:
    assert all(line.startswith("#") for line in make_env_example().splitlines() if line)
    assert "# RELIGHT_PG_BIN=\n" in make_env_example()
    assert "# RELIGHT_RETENTION_LOG=P14D\n" in make_env_example()


def test_access_prints_who_may_call_what() -> None:
    done = relight("access")

    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("callback.enter_attempt ")]
    assert line.split(maxsplit=1)[1] == "agent, supervisor"


def test_serving_without_a_database_or_a_secret_is_one_clear_line() -> None:
    assert_one_clear_line(relight("serve", "intake"), status=2, words="Set RELIGHT_DATABASE_URL")
    assert_one_clear_line(relight("serve", "billing"), status=2, words="no service billing")
    without_secret = relight("serve", "intake", database_url="postgresql://nobody@127.0.0.1:1/relight")
    assert_one_clear_line(without_secret, status=2, words="RELIGHT_TOKEN_SECRET")


def test_a_database_that_does_not_answer_is_one_clear_line() -> None:
    done = relight("migrate", database_url="postgresql://nobody@127.0.0.1:1/relight")

    assert_one_clear_line(done, status=1, words="No connection")


def test_a_wrong_setting_is_one_clear_line_that_names_it() -> None:
    done = relight("migrate", port="many")

    assert_one_clear_line(done, status=2, words="RELIGHT_PORT")


def test_debug_shows_where_it_went_wrong() -> None:
    done = relight("migrate", port="many", debug=1)

    assert done.returncode == 2
    assert "Traceback" in done.stderr
