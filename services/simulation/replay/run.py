"""The whole replay: read, upload the station, send, wait until all is counted, and say what the system counted."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from services.simulation.clients import Origin, SignedIn
from services.simulation.progress import show_progress
from services.simulation.replay.books import BookFile, Books
from services.simulation.replay.mapping import count_arrivals, make_facts
from services.simulation.replay.outages import Outage, origin_of, read_outages
from services.simulation.replay.pipeline import Pipeline
from services.simulation.replay.senders import Phones, Senders
from services.simulation.replay.station import crew_codes, upload_station

ORACLE_KEYS = (
    "outages",
    "arrivals_per_day",
    "arrivals_peak_hour",
    "peak_concurrent_outages_gaps_ignored",
    "first_onsite_within_min_of_first_seen",
    "customer_minutes_first_seen_to_gone",
)
"""What sla counts of a replay, under the names that the data's own oracle gives."""

SETTLES_WITHIN = 900.0
LOOK_EVERY = 1.0
STILL = 3
"""So many looks in a row without a change, and as many orders and arrivals as were sent: everything is counted."""

STUCK = 60
"""So many looks in a row without a change, and not as many: what is missing does not come."""


@dataclass(frozen=True)
class Replay:
    """What to play, where, how fast (`speed` seconds of the data in a real one; None: max), and who plays."""

    file: Path
    base_url: str
    ops: SignedIn
    speed: float | None = None
    books_folder: Path | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class Report:
    """The six figures that sla counted; how many facts were sent in how many seconds, and what was refused."""

    indicators: Mapping[str, Any]
    facts: int
    seconds: float
    refused: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            **{key: self.indicators.get(key) for key in ORACLE_KEYS},
            "facts": self.facts,
            "seconds": round(self.seconds, 1),
            "refused": dict(self.refused),
        }


async def replay(what: Replay) -> Report:
    """Play a file; afterwards sla has counted all of it. Playing it again doubles nothing."""
    outages = read_outages(what.file)
    if not outages:
        return Report({}, 0, 0.0, {})
    started = monotonic()
    async with Origin(what.base_url) as door:
        sent = await _send(door, what, outages)
        indicators = await _settle(door, what, orders=len(sent.orders), arrivals=count_arrivals(outages))
    return Report(indicators, sent.done, monotonic() - started, dict(sent.refused))


async def _send(door: Origin, what: Replay, outages: Sequence[Outage]) -> Books:
    origin = origin_of(what.file)
    codes = crew_codes(origin)
    facts = make_facts(outages, origin=origin, crew_codes=codes)
    phones = await upload_station(door, what.ops, origin=origin, outages=outages)
    file = BookFile(what.books_folder / f"{origin}.jsonl" if what.books_folder else None)
    books = file.open(replay=_identity(what), total=len(facts))
    if books.done and not await _is_known(door, what.ops, books):
        file.close()  # the books are of another database
        books = file.open(replay=_identity(what), total=len(facts))
    senders = Senders(door, Phones(what.ops, dict(zip(codes, phones, strict=True))), books)
    with show_progress(origin, len(facts), is_quiet=what.is_quiet) as progress:
        progress.move_to(books.done)
        await Pipeline(senders, books, file, progress).send_all(facts, speed=what.speed)
    file.close()
    return books


def _identity(what: Replay) -> dict[str, Any]:
    """Return what makes two replays the same: the content of the file, and the system that it is played to."""
    return {"sha256": hashlib.sha256(what.file.read_bytes()).hexdigest(), "url": what.base_url}


async def _is_known(door: Origin, ops: SignedIn, books: Books) -> bool:
    """Say whether the system has the orders that the books speak of."""
    first = next(iter(books.orders.values()), None)
    if first is None:
        return False
    return await door.finds(f"/intake/orders/{first}", ops)


async def _settle(door: Origin, what: Replay, *, orders: int, arrivals: int) -> dict[str, Any]:
    """Ask sla until it has counted what was sent and its figures stand still; after a bounded time, what it has."""
    origin, until = origin_of(what.file), monotonic() + SETTLES_WITHIN
    counted: dict[str, Any] = {}
    still = 0
    while monotonic() < until and still < STUCK:
        before, counted = counted, dict(await door.get("/sla/indicators/outages", what.ops, origin=origin))
        still = still + 1 if counted == before else 0
        if still >= STILL and _has(counted, orders=orders, arrivals=arrivals):
            break
        await asyncio.sleep(LOOK_EVERY)
    return counted


def _has(counted: Mapping[str, Any], *, orders: int, arrivals: int) -> bool:
    on_site: Mapping[str, Sequence[int]] = counted["first_onsite_within_min_of_first_seen"]
    return counted["outages"] == orders and all(of == arrivals for _, of in on_site.values())


def differences(report: Report, oracle: Mapping[str, Any]) -> list[str]:
    """Return in which figures a replay and an oracle's part differ; empty when they are equal."""
    counted = json.loads(json.dumps(report.as_dict()))
    return [
        f"{key}: oracle {json.dumps(oracle[key])}, counted {json.dumps(counted[key])}"
        for key in ORACLE_KEYS
        if key in oracle and oracle[key] != counted[key]
    ]


def part_of(oracle: Mapping[str, Any], origin: str) -> Mapping[str, Any]:
    """Return the part of an oracle file that speaks of an origin; a file of one part is that part."""
    part = oracle.get(origin, oracle)
    return part if isinstance(part, Mapping) else {}
