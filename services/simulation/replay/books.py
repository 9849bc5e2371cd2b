"""What the system answered so far: the ids that it gave, what it refused; kept in a file so that a replay can go on.

The file has one JSON line for the replay and one for each chunk that is wholly behind us. It is a comfort, not a need:
without it everything is sent again and doubles nothing, because every fact has its own id.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Books:
    """Ids by outage, and counts; `done` facts of `total` are wholly behind us."""

    total: int
    done: int = 0
    orders: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0


@dataclass
class Page:
    """What one chunk adds to the books when it is wholly behind us."""

    facts: int
    orders: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0


class BookFile:
    """The books on disk, only ever appended to; the last line may be torn and is ignored then."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def open(self, *, replay: Mapping[str, Any], total: int) -> Books:
        """Return the books of this same replay if there are any, else fresh ones."""
        books = Books(total=total)
        if self._path is None:
            return books
        lines = self._read()
        if not lines or lines[0] != dict(replay):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(dict(replay), ensure_ascii=False) + "\n", encoding="utf-8")
            return books
        for line in lines[1:]:
            enter(books, Page(**{**line, "refused": Counter(line["refused"])}))
        return books

    def append(self, page: Page) -> None:
        """Write one chunk down."""
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(vars(page), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Throw the books away: the replay is complete."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _read(self) -> list[dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return []
        found = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                break
        return found


def enter(books: Books, page: Page) -> None:
    """Add a chunk to the books."""
    books.done += page.facts
    books.orders |= page.orders
    books.tasks |= page.tasks
    books.refused.update(page.refused)
    books.duplicates += page.duplicates
