"""What the system has ready for the platform, compared with what happened: each order's messages, in their order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from services.simulation.upstream.city import City
from services.simulation.upstream.ledger import Ledger
from services.simulation.upstream.plan import Plan

PAGE = 200


async def check_told(city: City, ledger: Ledger, told: Mapping[str, Plan], *, since: str | None) -> int:
    """Compare the messages of all orders that came to their end; return how many messages there are."""
    types: dict[str, list[str]] = {order_id: [] for order_id in told}
    async for message in _messages(city, since):
        if message["order_id"] in types:
            types[message["order_id"]].append(message["type"])
    for order_id, plan in told.items():
        wanted = list(_expected(plan))
        found = [kind for kind in types[order_id] if kind in wanted]
        if found != wanted:
            ledger.complain("told to the platform", f"{plan.business_type} {order_id}", wanted, types[order_id])
    return sum(map(len, types.values()))


async def find_last(city: City) -> str | None:
    """Return where the messages end now: those of a simulation come after."""
    last = None
    async for page in _pages(city, None):
        last = page["next_cursor"] or last
    return last


async def _messages(city: City, since: str | None) -> AsyncIterator[dict[str, Any]]:
    async for page in _pages(city, since):
        for message in page["items"]:
            yield message


async def _pages(city: City, since: str | None) -> AsyncIterator[dict[str, Any]]:
    cursor = since
    while True:
        query = {"limit": PAGE} | ({"cursor": cursor} if cursor else {})
        page = await city.get("/intake/platform-messages", **query)
        yield page
        cursor = page["next_cursor"]
        if not cursor:
            return


def _expected(plan: Plan) -> Iterator[str]:
    """Yield what the platform must be told of an order's own life; what crews do meanwhile may stand between."""
    yield "order.accepted"
    if plan.has_statement:
        yield "order.statement_submitted"
        return
    if plan.business_type == "fault_repair":
        for _ in range(1 + plan.is_dark_once + len(plan.returns)):
            yield "order.restored"
            yield "order.replied"
        return
    returned = sum(reason is not None for reason in plan.province)
    for _ in range(1 + returned + len(plan.returns)):
        yield "order.replied"
