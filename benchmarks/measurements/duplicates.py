"""How well duplicates are recognised: invented calls about real outages, one after another through the real service.

Each caller rings from a phone that the register knows; whoever has a fault on the own drop says that only one home is
out, everybody else that more is (the one question of requirement 003-016). Nobody is sent, and light comes back when
the truth says so. Precision: of the calls that were linked, how many to an outage that the caller was in at that time
(a storm lays one outage over another: then it is in two). Recall: of the calls about an outage that an earlier caller
had told of, how many were linked; once of those that the same customer or the same transformer gives away, once of all
(a line with many transformers is one outage, and intake sees no line).
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import TextIO, cast
from uuid import UUID

from sqlalchemy import text

from benchmarks.figures import Figure, Row, Target, skipped
from benchmarks.grounds import Ground, service_login
from services.intake.domain.customers import Customer
from services.intake.domain.new_order import NewOrder
from services.intake.handlers.receiving import Received, receive_orders
from services.intake.repository.customers import upsert_customers
from shared.clock import SystemClock
from shared.db import Database
from shared.glossary import BusinessType, Channel, OutageScope

NAME = "duplicates"
COMMAND = "make bench ARGS=duplicates"
PARTS = {"ieee8500_calm": "ieee8500", "ieee8500_storm": "ieee8500", "simbench_mv1_storm": "simbench_mv1_101"}
"""Each part of the calls, and the feeder that it hangs on."""

LEAST_PRECISION, LEAST_RECALL = 0.9, 0.95
"""In a low-voltage network with several branches out at once, a transformer area is not always one outage."""

_RESTORE = text(
    "UPDATE intake.orders SET status = 'restored', power_restored_at = :at WHERE id = ANY(CAST(:ids AS uuid[]))"
    " AND status <> 'consultation_linked'"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what is true of it."""

    at: datetime
    customer: str
    transformer: str | None
    outage: str
    kind: str
    device: str
    ends_at: datetime
    upstream: frozenset[str]
    """What lies between the customer and the source: if one of these fails, it is in the dark."""

    def is_in(self, other: Call) -> bool:
        """Say whether this caller is in the dark by what the other one told of."""
        return self.outage == other.outage or other.device in self.upstream


@dataclass
class Score:
    """What became of the calls of one part."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    missed_by_far: int = 0
    new: int = 0
    seconds: float = 0.0
    told: dict[str, list[tuple[str, str | None]]] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        """Of what was linked, what was rightly."""
        return self.right / (self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of what the customer or the transformer gives away, what was linked."""
        return self.right / (self.right + self.missed)

    @property
    def recall_of_all(self) -> float:
        """Of all calls about an outage that was told of before, what was linked."""
        return self.right / (self.right + self.missed + self.missed_by_far)


async def measure(ground: Ground) -> list[Row]:
    """Let every part of the calls come in, each into books of its own."""
    folder = ground.data_folder.parent
    if not (folder / "calls_synthetic").is_dir():
        return [skipped("duplicates", why=f"no calls_synthetic in {folder}", command=COMMAND)]
    rows: list[Row] = []
    for part, feeder in list(PARTS.items())[: 1 if ground.is_quick else None]:
        calls = read_calls(folder, part, feeder)
        rows += _rows(part, await _take(await ground.make_database(), calls), len(calls))
    return rows


def read_calls(folder: Path, part: str, feeder: str) -> list[Call]:
    """Read one part, in the order of the calls."""
    truth = folder / "calls_synthetic" / part
    outages = {row["outage"]: row for row in _rows_of(truth / "truth_outages.csv")}
    outage_of = {row["call"]: row["outage"] for row in _rows_of(truth / "truth_calls.csv.gz")}
    customers = {row["customer"]: row for row in _rows_of(folder / "feeders" / feeder / "customers.csv.gz")}
    calls = []
    with _open(truth / "calls.jsonl.gz") as lines:
        for line in lines:
            call = json.loads(line)
            outage, customer = outages[outage_of[call["call"]]], customers[call["customer"]]
            calls.append(
                Call(
                    at=datetime.fromisoformat(call["at"]),
                    customer=call["customer"],
                    transformer=customer["transformer"] or None,
                    outage=outage["outage"],
                    kind=outage["kind"],
                    device=outage["device"],
                    ends_at=datetime.fromisoformat(outage["end"]),
                    upstream=frozenset((f"service:{call['customer']}", *customer["upstream_devices"].split("|"))),
                )
            )
    return sorted(calls, key=lambda call: call.at)


async def _take(url: str, calls: Sequence[Call]) -> Score:
    people = {customer: number for number, customer in enumerate(sorted({call.customer for call in calls}))}
    database = Database(service_login(url, "intake"), schema="intake", pool_size=2)
    try:
        async with database.transaction(now=SystemClock().now()) as session:
            area_of = {call.customer: call.transformer for call in calls}
            await upsert_customers(session, [_customer(c, n, area_of[c]) for c, n in people.items()])
        score, orders, waiting = Score(), dict[UUID, Call](), dict[UUID, Call]()
        for call in calls:
            async with database.transaction(now=call.at) as session:
                over = [order_id for order_id, one in waiting.items() if one.ends_at <= call.at]
                if over:
                    await session.execute(_RESTORE, {"ids": over, "at": call.at})
                    waiting = {order_id: one for order_id, one in waiting.items() if one.ends_at > call.at}
                started = perf_counter()
                (received,) = await receive_orders(session, [_order(call, people[call.customer])], now=call.at)
                await session.flush()
                score.seconds += perf_counter() - started
            assert isinstance(received, Received)
            orders[received.id] = waiting[received.id] = call
            _judge(score, call, received, orders)
    finally:
        await database.close()
    return score


def _judge(score: Score, call: Call, received: Received, orders: Mapping[UUID, Call]) -> None:
    before = score.told.setdefault(call.outage, [])
    if received.link is not None:
        is_right = call.is_in(orders[received.link.lead.id])
        score.right, score.wrong = score.right + is_right, score.wrong + (not is_right)
    elif any(who == call.customer or (where and where == call.transformer) for who, where in before):
        score.missed += 1
    elif before:
        score.missed_by_far += 1
    else:
        score.new += 1
    before.append((call.customer, call.transformer))


def _customer(name: str, number: int, transformer: str | None) -> Customer:
    return Customer(
        customer_no=f"C{number:06}",
        name="户" + str(number),
        phone=f"100{number:08}",
        address=f"样板路{number}号",
        transformer_area=transformer or f"own-{name}",
    )


def _order(call: Call, number: int) -> NewOrder:
    return NewOrder(
        business_type=BusinessType.FAULT_REPAIR,
        channel=Channel.LOCAL_HOTLINE,
        reported_at=call.at,
        content="停电了",
        name="户" + str(number),
        phone=f"100{number:08}",
        address=f"样板路{number}号",
        taken_by="bench-agent",
        outage_scope=OutageScope.SINGLE_HOUSEHOLD if call.kind == "service" else OutageScope.ESTATE,
        outage_started_at=call.at,
        surroundings="无",
    )


def _rows(part: str, score: Score, calls: int) -> list[Row]:
    note = (
        f"{calls} calls, {score.right + score.wrong} linked, {score.new} first ones;"
        f" recall of all {score.recall_of_all:.3f}:"
        f" {score.missed_by_far} calls from other transformers of one line stay orders of their own;"
        f" {score.seconds / calls * 1e3:.1f} ms a call"
    )
    precision, recall = Target("at_least", LEAST_PRECISION), Target("at_least", LEAST_RECALL)
    return [
        Row(
            what=f"duplicates, {part}: precision",
            figure=Figure.once(score.precision, "share"),
            target=precision,
            command=COMMAND,
            note=note,
        ),
        Row(
            what=f"duplicates, {part}: recall",
            figure=Figure.once(score.recall, "share"),
            target=recall,
            command=COMMAND,
        ),
    ]


def _rows_of(file: Path) -> Iterator[dict[str, str]]:
    with _open(file) as lines:
        yield from csv.DictReader(lines)


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return cast("TextIO", gzip.open(file, "rt", encoding="utf-8"))
    return file.open(encoding="utf-8")
