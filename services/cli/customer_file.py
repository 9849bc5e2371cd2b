"""A CSV file of customers as it lies on disk: what it holds, in which encoding, and the report of its bad rows."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from services.cli.problems import SetupProblem

if TYPE_CHECKING:
    from services.intake.domain.customers.file import Layout
    from shared.errors import BadField

BLOCK = 1 << 20
ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheets write here: tried in this order on the whole file."""

REPORT_HEADER = ("line", "customer_no", "field", "rule", "问题", "problem")
LONGEST_SHOWN = 40


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: where it stands, whose it is as far as that can be read, and what is wrong."""

    line: int
    customer_no: str
    fields: tuple[BadField, ...]


@dataclass(frozen=True)
class Rows:
    """Some rows of the file, in its order: the good ones as (line, values …), and the bad ones."""

    good: list[tuple[Any, ...]]
    bad: list[BadRow]
    is_last: bool


class CustomerFile:
    """One file, read from its beginning; `sha256` is the name that it goes by in the books."""

    def __init__(self, path: Path, *, encoding: str = "auto") -> None:
        self.path = path
        self.size = path.stat().st_size
        candidates = ENCODINGS if encoding == "auto" else (encoding,)
        self.sha256, self._encoding = _inspect(path, candidates)
        self._raw: BinaryIO | None = None

    @property
    def bytes_read(self) -> int:
        """How far the file has been read."""
        return self._raw.tell() if self._raw and not self._raw.closed else self.size

    def headings(self) -> list[str]:
        """Return the cells of the first row; an empty file has none."""
        with self.path.open(encoding=self._encoding, newline="") as text:
            return next(csv.reader(text), [])

    def read(self, layout: Layout, *, skip: int, size: int) -> Iterator[Rows]:
        """Yield the rows after the first `skip`, at most `size` at a time; the last ones say so."""
        with self.path.open("rb") as raw, TextIOWrapper(raw, self._encoding, newline="") as text:
            self._raw = raw
            reader = csv.reader(text)
            next(reader, None)
            rows = islice(_non_empty(reader), skip, None)
            while True:
                found = _sort_out(layout, islice(rows, size))
                is_last = len(found.good) + len(found.bad) < size
                yield Rows(found.good, found.bad, is_last)
                if is_last:
                    return


def _sort_out(layout: Layout, rows: Iterator[tuple[int, list[str]]]) -> Rows:
    good: list[tuple[Any, ...]] = []
    bad: list[BadRow] = []
    for line, cells in rows:
        row = layout.read(cells)
        if row.bad:
            number = cells[layout.number_at] if layout.number_at < len(cells) else ""
            bad.append(BadRow(line, number[:LONGEST_SHOWN], row.bad))
        else:
            good.append((line, *row.values))
    return Rows(good, bad, is_last=False)


def _non_empty(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield every row that has anything in it, with the line it ends on; a row that cannot be read at all is empty."""
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = ["?"]
        if cells:
            yield reader.line_num, cells


class Report:
    """The file of bad rows beside the data; grows with each chunk, and is cut back to what the books know of."""

    def __init__(self, path: Path, *, known_bytes: int) -> None:
        self.path = path
        self.bytes = known_bytes
        _must_be_a_report(path)
        if known_bytes == 0:
            path.unlink(missing_ok=True)
        elif path.exists():
            with path.open("r+b") as file:
                file.truncate(known_bytes)
        else:
            self.bytes = 0  # somebody took it away: what follows is reported anew

    def add(self, rows: Sequence[BadRow]) -> None:
        """Write these rows, a line for each field that breaks a rule."""
        if not rows:
            return
        with self.path.open("a", encoding="utf-8" if self.bytes else "utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            if not self.bytes:
                writer.writerow(REPORT_HEADER)
            writer.writerows(
                (row.line, row.customer_no, bad.field, bad.code, bad.text.zh, bad.text.en)
                for row in rows
                for bad in row.fields
            )
            file.flush()
            self.bytes = file.tell()


def _must_be_a_report(path: Path) -> None:
    """Raise SetupProblem if something else lies there: it may be the data itself, and would be overwritten."""
    if not path.exists():
        return
    with path.open("rb") as file:
        start = file.read(BLOCK)
    if start and not start.decode("utf-8-sig", "replace").startswith(",".join(REPORT_HEADER)):
        raise SetupProblem(f"{path} 已存在且不是错误行报告。", f"{path} is there already and is no report of ours.")


def _inspect(path: Path, encodings: Sequence[str]) -> tuple[str, str]:
    """Return the content's hash, and the first of `encodings` that the whole file can be read in."""
    digest = hashlib.sha256()
    decoders = {name: _decoder(name) for name in encodings}
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            _try(decoders, block)
    _try(decoders, b"", is_last=True)
    for name in encodings:
        if name in decoders:
            return digest.hexdigest(), name
    listed = ", ".join(encodings)
    raise SetupProblem(f"文件不是 {listed} 编码：{path}。", f"{path} cannot be read as {listed}.")


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Return what reads this encoding; raises SetupProblem for one that there is not, or that is none of text."""
    try:
        TextIOWrapper(BytesIO(), encoding).close()
        return codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise SetupProblem(f"没有名为 {encoding} 的编码。", f"there is no encoding named {encoding}.") from None


def _try(decoders: dict[str, codecs.IncrementalDecoder], block: bytes, *, is_last: bool = False) -> None:
    for name in list(decoders):
        try:
            decoders[name].decode(block, is_last)
        except UnicodeDecodeError:
            del decoders[name]
