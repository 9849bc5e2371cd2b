"""The `relight` command as people start it: a process with an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def assert_one_clear_line(done: subprocess.CompletedProcess[str], *, status: int, words: str) -> None:
    """Assert that a verb ended with one line in both languages, and no traceback."""
    assert done.returncode == status, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("relight: "), done.stderr
    assert " | " in lines[0]
    assert words in lines[0]
