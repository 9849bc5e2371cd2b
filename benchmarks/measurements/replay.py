"""How long the real storm of the public outage map takes at full speed, all of it counted by sla."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure, Row, at_most, skipped
from benchmarks.grounds import Ground

NAME = "replay"
COMMAND = "make bench ARGS=replay"
STORM = "pge_2020_storm.jsonl.gz"
LIMIT = 300.0
QUICK_OUTAGES = 500


async def measure(ground: Ground) -> list[Row]:
    """Play the file once into a fresh system with all services in one process."""
    file = ground.data_folder / STORM
    if not file.exists():
        return [skipped("replay of the storm", why=f"{file} is not there", command=COMMAND)]
    played = await asyncio.to_thread(_slice, file, ground.folder) if ground.is_quick else file
    url = await ground.make_database()
    async with ground.serve("all", database_url=url) as server:
        started = perf_counter()
        words = ("replay", str(played), "--speed", "max", "--url", f"http://127.0.0.1:{server.port}", "--json")
        said = await ground.run_relight(*words, database_url=url)
        took = perf_counter() - started
    report = json.loads(said.strip().splitlines()[-1])
    return [_row(took, report["facts"], report["refused"], is_whole=played == file)]


def _row(took: float, facts: int, refused: dict[str, int], *, is_whole: bool) -> Row:
    return Row(
        what="replay of the storm" if is_whole else f"replay of its first {QUICK_OUTAGES} outages",
        figure=Figure.once(took, "s"),
        against="limit",
        beside=Figure.once(LIMIT, "s"),
        target=at_most(LIMIT),
        command=COMMAND,
        note=f"{facts:,} facts, {facts / took:.0f}/s through all services; refused by name: {refused or 'none'}",
    )


def _slice(file: Path, folder: Path) -> Path:
    target = folder / "slice.jsonl"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        target.write_text("".join(itertools.islice(lines, QUICK_OUTAGES)), encoding="utf-8")
    return target
