"""A process that starts an embedded server and says so: what the kill tests kill. `python -m … FOLDER [BIN]`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from shared.embedded import EmbeddedPostgres, EmbeddedPostgresError


def main() -> None:
    bin_folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    server = EmbeddedPostgres(Path(sys.argv[1]), bin_folder=bin_folder)
    try:
        server.start()
    except EmbeddedPostgresError as problem:
        print(problem.code, problem.text.say("en", problem.context), flush=True)  # noqa: T201 - the test reads it
        sys.exit(1)
    print("ready", flush=True)  # noqa: T201
    time.sleep(600)


if __name__ == "__main__":
    main()
