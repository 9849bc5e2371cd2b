"""The `relight` command, one file a verb; the only room that imports several services, and that inside the verbs."""

from __future__ import annotations

import sys

OLDEST_PYTHON = (3, 11)


def main() -> None:
    """Run the command line; whatever goes wrong is one clear line and an exit status, never a traceback."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.stderr.write(
            f"relight: 需要 Python 3.11 或更新版本（当前 {found}） | needs Python 3.11 or newer, this is {found}\n"
        )
        sys.exit(2)
    from services.cli.command import app
    from services.cli.problems import clear_line_for

    try:
        app(prog_name="relight")
    except Exception as problem:
        sys.exit(clear_line_for(problem))
    except KeyboardInterrupt:
        sys.exit(130)
