"""A file of villages read line by line: what is wrong with a line is said with its number, field and rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.intake.domain.addresses.parsing import HAN
from services.intake.domain.addresses.villages import Village

COLUMNS = ("adcode", "county", "town", "village")
"""What a file must have; further columns are left alone."""

LONGEST = 40
_ADCODE = re.compile(r"\d{6}")
_NAME = re.compile(f"[{HAN}A-Za-z0-9()（）·]{{1,{LONGEST}}}")


@dataclass(frozen=True, slots=True)
class BadLine:
    """What is wrong in one line of a file."""

    line: int
    field: str
    rule: str


def find_missing_columns(header: Iterable[str] | None) -> list[str]:
    """Return the columns that a file lacks."""
    present = set(header or ())
    return [column for column in COLUMNS if column not in present]


def read_villages(rows: Iterable[Mapping[str, str | None]]) -> Iterator[Village | BadLine]:
    """Read the rows of a file, the header already taken off: a village, or each thing that is wrong with the line."""
    for number, row in enumerate(rows, 2):
        values = {column: (row.get(column) or "").strip() for column in COLUMNS}
        wrong = list(_check(values, number))
        if wrong:
            yield from wrong
        else:
            yield Village(adcode=values["adcode"], county=values["county"], town=values["town"], name=values["village"])


def _check(values: Mapping[str, str], line: int) -> Iterator[BadLine]:
    if not _ADCODE.fullmatch(values["adcode"]):
        yield BadLine(line, "adcode", "six digits | 六位行政区划代码")
    for column in COLUMNS[1:]:
        if not _NAME.fullmatch(values[column]):
            yield BadLine(line, column, f"a name of 1 to {LONGEST} characters | 1 至 {LONGEST} 字的名称")
