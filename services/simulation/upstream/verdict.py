"""The verdict in words: what was sent, what was answered, every mismatch."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from services.simulation.upstream.play import Verdict

TOLD = 20


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return all of it as plain data."""
    ledger = verdict.ledger
    return {
        "is_good": verdict.is_good,
        "orders": verdict.orders,
        "finished": dict(ledger.finished.most_common()),
        "sent": dict(ledger.sent.most_common()),
        "answered": dict(ledger.answered.most_common()),
        "messages_for_the_platform": verdict.messages,
        "repeated": verdict.repeated,
        "seconds": round(verdict.seconds, 1),
        "mismatch_count": ledger.mismatch_count,
        "mismatches": [vars(mismatch) for mismatch in ledger.mismatches],
    }


def print_verdict(verdict: Verdict, *, console: Console | None = None) -> None:
    """Print it for people."""
    console, ledger = console or Console(), verdict.ledger
    table = Table(title="国网平台与省审核 / the platform and the province", show_header=False)
    table.add_row("工单 / orders", f"{sum(ledger.finished.values()):,} of {verdict.orders:,} came to their end")
    for name, words in (("finished", "类型 / by type"), ("sent", "发出 / sent"), ("answered", "应答 / answered")):
        counted = getattr(ledger, name).most_common()
        table.add_row(words, ", ".join(f"{what} {number:,}" for what, number in counted))
    table.add_row("待发平台 / told to the platform", f"{verdict.messages:,}")
    table.add_row("用时 / took", f"{verdict.seconds:.0f} s")
    colour = "green" if verdict.is_good else "bold red"
    table.add_row("不符 / mismatches", f"[{colour}]{ledger.mismatch_count:,}[/]")
    console.print(table)
    for mismatch in ledger.mismatches[:TOLD]:
        console.print(f"{mismatch.call} {mismatch.order}", style="yellow", markup=False)
        console.print(f"  expected {mismatch.expected}\n  answered {mismatch.answered}", markup=False)
