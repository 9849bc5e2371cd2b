"""Reads a file of outages: one JSON object a line, gzipped or not; its stem is the origin of all that comes of it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

LONGEST_ORIGIN = 40


class BadLine(ValueError):
    """A line of the file is not an outage; says which and why."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field of an outage took a value, as the map first showed at `at`."""

    at: datetime
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of the public map. Times are aware UTC; it began before it was seen, and ended before it was gone."""

    id: str
    started_at: datetime | None
    first_seen_at: datetime
    gone_at: datetime | None
    lon: float | None
    lat: float | None
    place: str
    changes: tuple[Change, ...]


def origin_of(path: Path) -> str:
    """Return the file's stem as an origin may be written: `pge_2020_storm.jsonl.gz` is `pge_2020_storm`."""
    return re.sub(r"[^a-z0-9_-]", "-", path.name.split(".", 1)[0].lower())[:LONGEST_ORIGIN]


def read_outages(path: Path) -> list[Outage]:
    """Read every outage of a file, in the file's order; raises BadLine for a line that is none."""
    content = path.read_bytes()
    lines = (gzip.decompress(content) if path.suffix == ".gz" else content).decode().splitlines()
    return [_parse(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _parse(line: str, number: int) -> Outage:
    try:
        return make_outage(json.loads(line))
    except (KeyError, TypeError, ValueError) as error:
        raise BadLine(f"line {number}: {type(error).__name__}: {error}") from error


def make_outage(row: Mapping[str, Any]) -> Outage:
    """Make an outage of one line's object; KeyError, TypeError or ValueError if it is none."""
    return Outage(
        id=str(row["id"]),
        started_at=parse_time(row.get("started_at")),
        first_seen_at=datetime.fromisoformat(row["first_seen_at"]),
        gone_at=parse_time(row.get("gone_at")),
        lon=row.get("lon"),
        lat=row.get("lat"),
        place=str(row.get("place") or ""),
        changes=tuple(Change(datetime.fromisoformat(at), field, value) for at, field, value in row["events"]),
    )


def parse_time(text: str | None) -> datetime | None:
    """Read an ISO 8601 time, if there is one."""
    return datetime.fromisoformat(text) if text else None
