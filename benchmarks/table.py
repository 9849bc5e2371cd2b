"""The table that people read: one line a row, the notes below it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.figures import Figure, Row, Target

COLOURS = {"ok": "green", "short": "bold red", "info": "dim", "skipped": "yellow"}
WORDS = {"at_least_times": "≥ {value} ×", "at_least": "≥ {value}", "at_most": "≤ {value}"}


def make_table(rows: Sequence[Row], *, title: str) -> Table:
    """Lay the rows out."""
    table = Table(title=title, show_lines=False, title_justify="left")
    for name, justify in (("what", "left"), ("figure", "right"), ("beside it", "left"), ("", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    for name in ("ratio", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        table.add_row(
            row.what,
            say_figure(row.figure),
            row.against,
            say_figure(row.beside),
            "" if row.ratio is None else f"{row.ratio:.2f}",
            say_target(row.target),
            f"[{COLOURS[row.verdict]}]{row.verdict}[/]",
        )
    return table


def say_figure(figure: Figure | None) -> str:
    """Write a figure with its unit, and its spread when there were several rounds: `1,234 /s (1,200-1,290)`."""
    if figure is None:
        return ""
    text = f"{say_number(figure.median)} {figure.unit}".strip()
    if figure.has_spread:
        text += f" ({say_number(figure.low)}-{say_number(figure.high)})"
    return text


def say_number(value: float) -> str:
    """Write three significant digits, and never an exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def say_target(target: Target | None) -> str:
    """Write a target as people say it."""
    return WORDS[target.kind].format(value=say_number(target.value)) if target else ""


def list_notes(rows: Sequence[Row]) -> list[str]:
    """Return what a reader must know, a line for each row that says something."""
    return [f"{row.what}: {row.note}" for row in rows if row.note]
