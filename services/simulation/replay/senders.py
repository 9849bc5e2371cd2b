"""One sender for each door that facts go in by; each sends a chunk's facts in batches and writes the answers down."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.simulation.clients import Origin, SignedIn
from services.simulation.replay.books import Books, Page
from services.simulation.replay.mapping import Fact

BATCH = 500
REPORTS_A_CALL = 200
NOT_YET = frozenset({"order.unknown", "order.not_accepted"})
"""Dispatch hears of orders by events, so it may be a moment behind: what it does not know yet is sent again."""

PAUSE = 0.3
TRIES = 100


@dataclass(frozen=True)
class Phones:
    """Who sends: operations for the desk's facts, and each crew by its code."""

    ops: SignedIn
    crews: Mapping[str, SignedIn]


class Senders:
    """Sends facts. `books` are everybody's; what a chunk adds goes on its page."""

    def __init__(self, origin: Origin, phones: Phones, books: Books) -> None:
        self._origin, self._phones, self._books = origin, phones, books

    async def send_orders(self, facts: Sequence[Fact], page: Page) -> None:
        """Enter orders late; afterwards the books know their ids."""
        for batch in _batches(facts, BATCH):
            body = {"orders": [fact.body for fact in batch]}
            results = (await self._origin.post("/intake/orders/batch", self._phones.ops, body))["results"]
            for result in results:
                fact = batch[result["index"]]
                if problem := result.get("problem"):
                    page.refused[_code(problem)] += 1
                else:
                    order = result["order"]
                    page.orders[fact.outage_id] = self._books.orders[fact.outage_id] = order["id"]

    async def send_assignments(self, facts: Sequence[Fact], page: Page) -> None:
        """Enter which crew went; afterwards the books know its task."""
        known = self._with_order(facts, page)
        for batch in _batches(known, BATCH):
            items = [{"order_id": self._books.orders[fact.outage_id], **fact.body} for fact in batch]
            results = await self._send_until_known(
                "/dispatch/assignments/batch", "assignments", items, self._phones.ops
            )
            for fact, result in zip(batch, results, strict=True):
                if problem := result.get("problem"):
                    page.refused[_code(problem)] += 1
                else:
                    page.tasks[fact.outage_id] = self._books.tasks[fact.outage_id] = result["task_id"]

    async def send_reports(self, facts: Sequence[Fact], page: Page) -> None:
        """Let the crews report: all crews at once, each crew's in order."""
        by_crew: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for fact in facts:
            task_id = self._books.tasks.get(fact.outage_id)
            if task_id is None:
                page.refused["replay.without_task"] += 1
                continue
            report = {key: value for key, value in fact.body.items() if key != "crew_code"}
            by_crew[fact.body["crew_code"]].append({"task_id": task_id, **report})
        async with asyncio.TaskGroup() as together:
            for crew_code, reports in by_crew.items():
                together.create_task(self._report(crew_code, reports, page))

    async def send_observations(self, facts: Sequence[Fact], page: Page) -> None:
        """Enter what the grid showed."""
        known = self._with_order(facts, page)
        for batch in _batches(known, BATCH):
            items = [{"order_id": self._books.orders[fact.outage_id], **fact.body} for fact in batch]
            for result in await self._send_until_known(
                "/dispatch/outages/observations", "observations", items, self._phones.ops
            ):
                _note(result, page)

    async def _report(self, crew_code: str, reports: Sequence[dict[str, Any]], page: Page) -> None:
        for batch in _batches(reports, REPORTS_A_CALL):
            answer = await self._origin.post(
                "/dispatch/mobile/reports", self._phones.crews[crew_code], {"reports": list(batch)}
            )
            for result in answer["results"]:
                _note(result, page)

    def _with_order(self, facts: Sequence[Fact], page: Page) -> list[Fact]:
        """Leave out what belongs to an order that was refused; it is counted."""
        known = [fact for fact in facts if fact.outage_id in self._books.orders]
        if len(known) < len(facts):
            page.refused["replay.without_order"] += len(facts) - len(known)
        return known

    async def _send_until_known(
        self, path: str, name: str, items: Sequence[dict[str, Any]], who: SignedIn
    ) -> list[dict[str, Any]]:
        """Return one result an item, in the items' order; those that speak of what is not known yet are sent again."""
        results: list[dict[str, Any]] = [{} for _ in items]
        waiting = list(range(len(items)))
        for _ in range(TRIES):
            answer = await self._origin.post(path, who, {name: [items[number] for number in waiting]})
            for number, result in zip(waiting, answer["results"], strict=True):
                results[number] = result
            waiting = [number for number in waiting if _code(results[number].get("problem")) in NOT_YET]
            if not waiting:
                break
            await asyncio.sleep(PAUSE)
        return results


def _note(result: Mapping[str, Any], page: Page) -> None:
    """Count one line of an answer; a duplicate of a refusal is a refusal."""
    if result["outcome"] == "duplicate":
        page.duplicates += 1
    if problem := result.get("problem"):
        page.refused[_code(problem)] += 1


def _code(problem: Mapping[str, Any] | None) -> str:
    return str(problem["code"]) if problem else ""


def _batches(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
