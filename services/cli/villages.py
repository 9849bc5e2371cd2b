"""`relight villages import FILE`: the register of villages, by which an ambiguous address is known for one."""

from __future__ import annotations

import asyncio
import csv
import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

if TYPE_CHECKING:
    from services.intake.domain.addresses import Village

app = typer.Typer(no_args_is_help=True, help="The register of villages. | 村（社区）名录。", rich_markup_mode=None)

File = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="A CSV file (.gz too) with adcode, county, town, village. | 带表头的 CSV 文件。",
    ),
]
MOST_TOLD = 20


@app.callback()
def main() -> None:
    """Keep `import` a verb of its own, however few there are."""


@app.command("import")
def import_(file: File) -> None:
    """Let the register of each county in the file be what it says; all of it, or nothing. | 导入村（社区）名录。"""
    from services.cli.installation import load_settings, reach_database, with_known_secrets

    listed = read_file(file)
    settings = with_known_secrets(load_settings())

    async def run(url: str) -> int:
        from services.cli.door import transaction_of
        from services.intake.repository.villages import replace_counties

        async with transaction_of("intake", settings, url) as session:
            return await replace_counties(session, listed)

    with reach_database(settings) as url:
        count = asyncio.run(run(url))
    counties = len({village.adcode for village in listed})
    print(f"已导入 {count} 个村（社区），{counties} 个县区 | {count} villages of {counties} counties")


def read_file(file: Path) -> list[Village]:
    """Read a file of villages; raises SetupProblem that names every bad line (the first twenty)."""
    from services.cli.problems import SetupProblem
    from services.intake.domain.addresses.register import BadLine, find_missing_columns, read_villages

    with _open(file) as text:
        rows = csv.DictReader(text)
        if missing := find_missing_columns(rows.fieldnames):
            names = ", ".join(missing)
            raise SetupProblem(f"{file} 缺少列：{names}。", f"{file} lacks the columns {names}.")
        read = list(read_villages(rows))
    bad = [line for line in read if isinstance(line, BadLine)]
    if bad:
        for b in bad[:MOST_TOLD]:
            print(f"{file}:{b.line}: {b.field}: {b.rule}", file=sys.stderr)
        raise SetupProblem(
            f"{file} 有 {len(bad)} 处错误，未导入。", f"{file} has {len(bad)} mistakes, nothing was imported."
        )
    return [village for village in read if not isinstance(village, BadLine)]


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return cast("TextIO", gzip.open(file, "rt", encoding="utf-8-sig", newline=""))
    return file.open(encoding="utf-8-sig", newline="")
