"""The `relight` command as people start it: a process with an environment of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from services.cli import main

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "services.cli"]
PATIENCE = 60.0


def environment(**settings: object) -> dict[str, str]:
    """Return an environment that knows only these `RELIGHT_*` settings, given without the prefix."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RELIGHT_")}
    ours = {f"RELIGHT_{name.upper()}": str(value) for name, value in settings.items()}
    return {**clean, "PYTHONPATH": str(ROOT), **ours}


def relight(*words: str, say: str = "", cwd: Path = ROOT, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run one verb to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        input=say,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(**settings),
        timeout=PATIENCE,
        check=False,
    )


def relight_here(*words: str, say: str = "", **settings: object) -> subprocess.CompletedProcess[str]:
    """Run one verb to its end here, in a thread with a loop of its own: quicker, and the same but for that."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run_main, words, say, environment(**settings)).result(PATIENCE)


def _run_main(words: tuple[str, ...], say: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, env, clear=True))
        stack.enter_context(patch.object(sys, "argv", ["relight", *words]))
        stack.enter_context(patch.object(sys, "stdin", io.StringIO(say)))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(words, int(str(status or 0)), out.getvalue(), err.getvalue())


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *, status: int, words: str) -> None:
    """Assert that a verb ended with one line in both languages, and no traceback."""
    assert done.returncode == status, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("relight: "), done.stderr
    assert " | " in lines[0]
    assert words in lines[0]
