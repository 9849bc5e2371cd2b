"""`relight customers import FILE`: a CSV file into the register, a chunk a transaction, bad rows in a report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.cli.customer_file import CustomerFile, Report, Rows
    from services.intake.domain.customers.file import Layout
    from services.intake.repository.customer_imports import Progress
    from services.simulation.progress import Progress as Bar
    from shared.db import Database

app = typer.Typer(no_args_is_help=True, help="The register of customers. | 客户档案。", rich_markup_mode=None)

CHUNK = 20_000
"""Rows in one transaction: enough that the sets pay, few enough that one takes a second or two."""

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file with a header. | 带表头的 CSV 文件。")
]
ReportTo = Annotated[
    Path | None, typer.Option("--report", help="Where bad rows are told; FILE.bad.csv if absent. | 错误行报告。")
]
Encoding = Annotated[str, typer.Option("--encoding", help="auto, utf-8-sig or gb18030. | 文件编码。")]
Again = Annotated[bool, typer.Option("--again", help="From the beginning, though it was read. | 从头重新导入。")]


@app.callback()
def main() -> None:
    """Keep `import` a verb of its own, however few there are."""


@app.command("import")
def import_(file: File, *, report: ReportTo = None, encoding: Encoding = "auto", again: Again = False) -> None:
    """Read customers into the register; interrupted, the same command goes on. | 导入客户档案，中断后可继续。"""
    from services.cli.customer_file import CustomerFile
    from services.cli.installation import load_settings, reach_database, with_known_secrets
    from services.cli.problems import Failure
    from services.intake.domain.customers.file import read_header

    source = CustomerFile(file, encoding=encoding)
    layout = read_header(source.headings())
    told_in = report or file.with_name(f"{file.name}.bad.csv")
    settings = with_known_secrets(load_settings())

    async def run(url: str) -> Progress:
        from services.cli.door import database_of

        async with database_of("intake", settings, url) as database:
            return await Import(source, layout, database, told_in, is_again=again).run()

    started = perf_counter()
    with reach_database(settings) as url:
        done = asyncio.run(run(url))
    print(
        f"共 {done.rows_done} 行，写入 {done.rows_good} 行（变更 {done.rows_changed}），错误 {done.rows_bad} 行"
        f" | {done.rows_done} rows: {done.rows_good} good ({done.rows_changed} changed something), {done.rows_bad} bad"
        f" ({perf_counter() - started:.1f} s)"
    )
    if done.rows_bad:
        raise Failure(f"{done.rows_bad} 行有误，见 {told_in}。", f"{done.rows_bad} rows are bad, see {told_in}.")


@dataclass
class Import:
    """One run over one file, from where the last one ended."""

    source: CustomerFile
    layout: Layout
    database: Database
    report_path: Path
    is_again: bool

    async def run(self) -> Progress:
        """Read to the end; return what the whole file came to, earlier runs included."""
        from services.cli.customer_file import Report
        from services.intake.handlers.customer_import import begin_import
        from services.simulation.progress import show_progress
        from shared.clock import SystemClock

        name, now = self.source.path.name, SystemClock().now()
        async with self.database.transaction(now=now) as session:
            progress = await begin_import(session, self.source.sha256, name, is_again=self.is_again, now=now)
        if progress.finished_at is None:
            report = Report(self.report_path, known_bytes=progress.report_bytes)
            with show_progress("导入 | import", self.source.size) as bar:
                progress = await self._go_on(progress, report, bar)
        return progress

    async def _go_on(self, progress: Progress, report: Report, bar: Bar) -> Progress:
        """Read one chunk ahead in a thread while the one before it is merged."""
        chunks = self.source.read(self.layout, skip=progress.rows_done, size=CHUNK)
        coming = asyncio.create_task(asyncio.to_thread(next, chunks))
        while True:
            rows = await coming
            if not rows.is_last:
                coming = asyncio.create_task(asyncio.to_thread(next, chunks))
            progress = await self._merge(rows, progress, report)
            bar.move_to(self.source.bytes_read, f"{progress.rows_done:,} rows, {progress.rows_bad:,} bad")
            if rows.is_last:
                return progress

    async def _merge(self, rows: Rows, progress: Progress, report: Report) -> Progress:
        """Write a chunk and how far it brings us; the report first, which the books may cut back, never miss."""
        from services.intake.handlers.customer_import import Chunk, import_chunk
        from shared.clock import SystemClock

        report.add(rows.bad)
        chunk = Chunk(rows.good, len(rows.bad), report.bytes, rows.is_last)
        now = SystemClock().now()
        async with self.database.transaction(now=now) as session:
            return await import_chunk(
                session, self.source.sha256, self.source.path.name, self.layout, chunk, after=progress, now=now
            )
