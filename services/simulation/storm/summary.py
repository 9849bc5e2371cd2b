"""What the evening was, in the system's own words: from sla's and intake's pages, not from what we think we did."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from services.simulation.storm.stage import Stage, Tally
from shared.clock import SHANGHAI

PAGE = 200


@dataclass(frozen=True)
class Summary:
    """The indicators that sla counted, the orders by status as intake lists them, and what the strangers met."""

    indicators: Mapping[str, Any]
    orders_by_status: Mapping[str, int]
    told: int
    """Orders that were answered with 201."""
    missing: list[str]
    """Orders that were answered with 201 and that intake does not list: must stay empty."""
    breaches: int
    repeated: int
    """Calls that had to be made again because nobody answered or something broke."""
    tally: Tally = field(default_factory=Tally)

    def as_json(self) -> str:
        """Return all of it as one JSON object."""
        return json.dumps(
            {
                "indicators": self.indicators,
                "orders_by_status": self.orders_by_status,
                "told": self.told,
                "missing": self.missing,
                "breaches": self.breaches,
                "repeated": self.repeated,
                "done": self.tally.done,
                "refused": self.tally.refused,
                "surprises": self.tally.surprises,
            },
            ensure_ascii=False,
        )


async def ask_for_summary(stage: Stage) -> Summary:
    """Ask sla and intake what the evening was."""
    statuses, counted = await _statuses(stage), await _indicators(stage)
    return Summary(
        indicators=counted,
        orders_by_status=dict(Counter(statuses.values()).most_common()),
        told=len(stage.journal.ids),
        missing=[order_id for order_id in stage.journal.ids if order_id not in statuses],
        breaches=sum(promise["breached"] for promise in counted.get("promises", [])),
        repeated=stage.origin.repeated,
        tally=stage.tally,
    )


async def _indicators(stage: Stage) -> dict[str, Any]:
    """Ask for the days that the evening touched; sla's periods run from midnight to midnight in Shanghai."""
    first = stage.started_at.astimezone(SHANGHAI).date()
    end = stage.ends_at.astimezone(SHANGHAI).date() + timedelta(days=1)
    query = {"from": first.isoformat(), "to": end.isoformat()}
    answer = await stage.origin.call("GET", "/sla/indicators", stage.people.supervisor, query=query)
    return dict(answer["indicators"])


async def _statuses(stage: Stage) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor: str | None = None
    while True:
        query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        page = await stage.origin.get("/intake/orders", stage.people.supervisor, **query)
        found |= {order["id"]: order["status"] for order in page["items"]}
        cursor = page.get("next_cursor")
        if not cursor:
            return found


def print_summary(summary: Summary, *, console: Console | None = None) -> None:
    """Print the evening as a table, for people."""
    console = console or Console()
    counted = summary.indicators
    table = Table(title="这一晚 / the evening, as Relight counted it", show_header=False)
    for words, value in _lines(summary, counted):
        table.add_row(words, value)
    console.print(table)
    if summary.missing:
        console.print(f"[red]{len(summary.missing)} orders were answered with 201 and are not there[/red]")
    for surprise in summary.tally.surprises[:5]:
        console.print(f"[yellow]{surprise}[/yellow]")


def _lines(summary: Summary, counted: Mapping[str, Any]) -> list[tuple[str, str]]:
    on_time = counted.get("arrival_on_time_rate", {})
    lines = [
        ("工单 / orders", _number(counted.get("orders"))),
        ("合并 / merged into an outage", _number(counted.get("merged"))),
        ("内部到场及时率 / on time, internal", _rate(on_time.get("INT"))),
        ("承诺到场及时率 / on time, promised", _rate(on_time.get("EXT"))),
        ("平均到场 / mean arrival", _minutes(counted.get("mean_arrival_minutes"))),
        ("恢复送电 / restored", _number(counted.get("restorations"))),
        ("回访 / callbacks", _number(counted.get("callbacks_completed"))),
        ("归档 / archived", _number(counted.get("archived"))),
    ]
    for level, words in (("national", "国网退单率 / returned"), ("union", "合计退单率 / returned, all")):
        lines.append((words, _return_rate(counted.get("returns", {}).get(level, {}))))
    lines.append(("超时 / promises broken", _number(summary.breaches)))
    return lines


def _number(value: Any) -> str:
    return "n/a" if value is None else f"{value:,}"


def _rate(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1%}"


def _minutes(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1f} min"


def _return_rate(counted: Mapping[str, Any]) -> str:
    return (
        f"{_rate(counted.get('rate'))}  ({counted.get('returned_orders', 0)} 件 / {counted.get('return_times', 0)} 次)"
    )
