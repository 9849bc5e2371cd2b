"""The command: `python -m benchmarks [name …] [--quick] [--json FILE]`."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from benchmarks.figures import Row, as_json, failed
from benchmarks.grounds import Ground
from benchmarks.machine import describe_machine, load_average
from benchmarks.servers import PROJECT
from benchmarks.table import list_notes, make_table
from services.cli.installation import POSTGRES_OPTIONS
from shared.clock import SystemClock, format_z
from shared.embedded import EmbeddedPostgres

NAMES = (
    "orders_single",
    "orders_batch",
    "order_to_crew",
    "life_cycles",
    "timer",
    "memory",
    "replay",
    "customer_import",
    "knowledge_search",
    "duplicates",
    "order_search",
    "reply_quality",
)
RESULTS = PROJECT / "benchmarks" / "results"
DATA = PROJECT.parent / "shared" / "data" / "outages"

console = Console(width=None if sys.stdout.isatty() else 160)
app = typer.Typer(add_completion=False)


@app.command()
def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Which of: {', '.join(NAMES)}. All when left out.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Short and small: to look, not to keep.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the results go.")] = None,
    data: Annotated[Path, typer.Option(help="Folder of the outage maps that the replay reads.")] = DATA,
) -> None:
    """Measure this machine, each figure beside a limit or a peer of the same run."""
    unknown = sorted(set(names or ()) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    started_at, machine = format_z(SystemClock().now()), describe_machine()
    rows = run([name for name in NAMES if not names or name in names], is_quick=quick, data_folder=data)
    title = f"{machine['cores']} cores, {machine['processor']}; load before {machine['load_average'][0]}"
    console.print(make_table(rows, title=title))
    for line in list_notes(rows):
        console.print(f"  {line}", style="dim")
    file = json_file or RESULTS / f"{started_at.replace(':', '')}.json"
    write(file, rows, about={"started_at": started_at, "is_quick": quick, "machine": machine})
    console.print(f"  {file}")


def run(names: Sequence[str], *, is_quick: bool, data_folder: Path) -> list[Row]:
    """Measure by name, one after the other, each on a PostgreSQL of its own; one that fails spoils no other."""
    rows: list[Row] = []
    for name in names:
        started = perf_counter()
        load = load_average()[0]
        with console.status(f"{name} …"), ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relight-bench-")))
            postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", options=POSTGRES_OPTIONS))
            rows += uvloop.run(_measure(name, Ground(folder, postgres, is_quick, data_folder)))
        console.print(f"{name}: {perf_counter() - started:.0f} s, load average before {load}", style="dim")
    return rows


async def _measure(name: str, ground: Ground) -> list[Row]:
    measure: Callable[[Ground], Awaitable[list[Row]]]
    measure = importlib.import_module(f"benchmarks.measurements.{name}").measure
    try:
        return await measure(ground)
    except (TimeoutError, RuntimeError, OSError) as error:
        console.print(f"{name}: {error}", style="red", markup=False)
        return [failed(name, why=str(error)[:300], command=f"make bench ARGS={name}")]


def write(file: Path, rows: Sequence[Row], *, about: dict[str, Any]) -> None:
    """Keep the results."""
    file.parent.mkdir(parents=True, exist_ok=True)
    results = {**about, "load_average_after": load_average(), "rows": [as_json(row) for row in rows]}
    file.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
