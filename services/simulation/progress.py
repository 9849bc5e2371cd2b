"""How far it is: a bar on a terminal, a plain line now and then everywhere else. Always on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

LINES = 10
"""How many plain lines a whole run is told in."""


class Progress(Protocol):
    """Something that is told how far it is."""

    def move_to(self, done: float, words: str = "") -> None:
        """Say that `done` of the total is behind us."""
        ...


class Quiet:
    """Tells nobody."""

    def move_to(self, done: float, words: str = "") -> None:
        """Say nothing."""


class PlainLines:
    """A line at every tenth of the way, for logs."""

    def __init__(self, console: Console, *, title: str, total: float) -> None:
        self._console, self._title, self._total = console, title, max(total, 1)
        self._told = -1

    def move_to(self, done: float, words: str = "") -> None:
        """Print a line if another tenth is behind us."""
        tenth = int(done / self._total * LINES)
        if tenth > self._told:
            self._told = tenth
            self._console.print(f"{self._title}: {done:,.0f}/{self._total:,.0f} {words}".rstrip(), highlight=False)


class Bar:
    """A moving bar, for people."""

    def __init__(self, rich: RichProgress, *, title: str, total: float) -> None:
        self._rich = rich
        self._task = rich.add_task(title, total=total, words="")

    def move_to(self, done: float, words: str = "") -> None:
        """Move the bar."""
        self._rich.update(self._task, completed=done, words=words)


@contextmanager
def show_progress(title: str, total: float, *, is_quiet: bool = False) -> Iterator[Progress]:
    """Show a bar while inside, plain lines where no terminal listens, nothing when quiet."""
    console = Console(stderr=True)
    if is_quiet:
        yield Quiet()
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}"),
        )
        with RichProgress(*columns, console=console) as rich:
            yield Bar(rich, title=title, total=total)
    else:
        yield PlainLines(console, title=title, total=total)
