"""Chunks, speed and books: what a replay remembers, and when a fact is due."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.simulation.replay.books import BookFile, Page
from services.simulation.replay.mapping import Fact, FactKind
from services.simulation.replay.pipeline import CHUNK, due_chunks
from services.simulation.replay.run import ORACLE_KEYS, Report, differences, part_of

START = datetime(2021, 3, 4, 5, 0, tzinfo=UTC)
REPLAY = {"sha256": "made-up", "url": "http://relight.test"}


def make_facts(count: int, *, apart: timedelta = timedelta(seconds=1)) -> list[Fact]:
    return [Fact(START + apart * number, FactKind.ORDER, str(number), {}) for number in range(count)]


async def test_at_most_speed_every_fact_goes_once_and_in_order() -> None:
    facts = make_facts(CHUNK * 2 + 1)
    chunks = [chunk async for chunk in due_chunks(facts, speed=None)]
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 1]
    assert [fact for chunk in chunks for fact in chunk] == facts


async def test_at_a_speed_a_fact_waits_until_its_time_has_come() -> None:
    facts = make_facts(3, apart=timedelta(minutes=10))
    chunks = [chunk async for chunk in due_chunks(facts, speed=1_500)]
    assert [fact for chunk in chunks for fact in chunk] == facts
    assert len(chunks) == 3


def test_books_go_on_where_they_ended(tmp_path: Path) -> None:
    file = BookFile(tmp_path / "books.jsonl")
    file.open(replay=REPLAY, total=10)
    file.append(Page(facts=4, orders={"a": "1"}, tasks={"a": "2"}, refused=Counter({"report.already_reported": 3})))
    file.append(Page(facts=2, orders={"b": "3"}))
    books = BookFile(tmp_path / "books.jsonl").open(replay=REPLAY, total=10)
    assert (books.done, books.orders, books.tasks) == (6, {"a": "1", "b": "3"}, {"a": "2"})
    assert books.refused == {"report.already_reported": 3}


def test_a_torn_last_line_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    BookFile(path).open(replay=REPLAY, total=10)
    BookFile(path).append(Page(facts=4))
    with path.open("a") as file:
        file.write('{"facts": 3, "ord')
    assert BookFile(path).open(replay=REPLAY, total=10).done == 4


def test_books_of_another_file_are_not_gone_on_with(tmp_path: Path) -> None:
    file = BookFile(tmp_path / "books.jsonl")
    file.open(replay=REPLAY, total=10)
    file.append(Page(facts=4))
    assert file.open(replay={**REPLAY, "sha256": "other"}, total=10).done == 0


def test_says_in_which_figures_a_replay_differs() -> None:
    oracle = {"made_up": {"outages": 2, "arrivals_peak_hour": ["2021-03-04T05", 2], "customers_max_sum": 9}}
    counted = dict.fromkeys(ORACLE_KEYS) | {"outages": 2, "arrivals_peak_hour": ("2021-03-04T05", 1)}
    report = Report(counted, facts=9, seconds=1.0, refused={})
    (difference,) = differences(report, part_of(oracle, "made_up"))
    assert difference.startswith("arrivals_peak_hour")
