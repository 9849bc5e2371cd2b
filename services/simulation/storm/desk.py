"""The city's desk: accepts what was not accepted by itself, permits work, reviews replies, and calls customers back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.simulation.clients import SignedIn
from services.simulation.storm.stage import Stage
from shared.clock import format_z

LOOK_EVERY = 0.5
"""Seconds between two looks at a work list."""

PAGE = 200
REWORKS = 0.05
SATISFIED = 0.90
DISSATISFIED = 0.03
STILL_DARK = 0.03
NOT_REACHED = 0.08
ARCHIVES_AFTER = timedelta(minutes=10)
CHECKLIST = ("isolated", "voltage_tested", "earthed", "signs_and_barriers", "supervisor_named")
"""What the grid dispatcher ticks off before anybody works (requirement 000-087)."""

Look = Callable[[], Awaitable[None]]


async def keep_looking(stage: Stage, name: str, look: Look) -> None:
    """Look at a work list again and again until the evening is over."""
    while not stage.is_over:
        await stage.try_to(name, look())
        await asyncio.sleep(LOOK_EVERY)


async def list_orders(stage: Stage, **query: Any) -> list[dict[str, Any]]:
    """Return the first page of orders that fit."""
    page = await stage.origin.get("/intake/orders", stage.people.supervisor, limit=PAGE, **query)
    return list(page["items"])


# -- acceptance --------------------------------------------------------------------------------------------------------


async def accept_orders(stage: Stage) -> None:
    """Press accept for what waits; by default the system does so itself, and then there is nothing here."""

    async def look() -> None:
        for order in await list_orders(stage, status="received", business_type="fault_repair"):
            path = f"/intake/orders/{order['id']}/accept"
            await stage.try_to("accept", _post(stage, path, stage.people.dispatcher, {}))

    await keep_looking(stage, "look at what waits for acceptance", look)


# -- permits -----------------------------------------------------------------------------------------------------------


async def permit_work(stage: Stage) -> None:
    """The grid dispatcher: has the switches opened that crews wait for, goes through every checklist, then permits."""
    permit, none = {"checklist": dict.fromkeys(CHECKLIST, True)}, dict[str, bool]()

    async def look() -> None:
        answer = await stage.origin.get("/dispatch/permits", stage.people.dispatcher, limit=PAGE)
        for task in answer["items"]:
            path = f"/dispatch/tasks/{task['task_id']}"
            if task["status"] == "awaiting_switching":
                doing = _post(stage, f"{path}/switching-done", stage.people.dispatcher, none)
                await stage.try_to("switching", doing)
            else:
                await stage.try_to("permit", _post(stage, f"{path}/permit", stage.people.dispatcher, permit))

    await keep_looking(stage, "look at what waits for the grid dispatcher", look)


# -- review ------------------------------------------------------------------------------------------------------------


async def review_replies(stage: Stage) -> None:
    """Read every reply; most are sent on, a few go back to their crew once."""
    dice, reworked = stage.dice("reviewer"), set[str]()

    async def look() -> None:
        good = []
        for order in await list_orders(stage, status="replied"):
            is_crews_own = order["main_order_id"] is None  # a child's reply is its main order's
            if is_crews_own and order["id"] not in reworked and dice.random() < REWORKS:
                reworked.add(order["id"])
                await stage.try_to("rework", _rework(stage, order))
            else:
                good.append({"order_id": order["id"]})
        if good:
            body = {"orders": good}
            answer = await stage.origin.post("/intake/orders/send/batch", stage.people.reviewer, body)
            note_results(stage, "send", answer)

    await keep_looking(stage, "look at replies", look)


async def _rework(stage: Stage, order: dict[str, Any]) -> None:
    reason = {"reason": "回单内容未说明故障原因，请补充"}
    await _post(stage, f"/intake/orders/{order['id']}/rework", stage.people.reviewer, reason)


async def _post(stage: Stage, path: str, who: SignedIn, body: Any) -> None:
    await stage.origin.post(path, who, body)


# -- callbacks ---------------------------------------------------------------------------------------------------------


async def call_back(stage: Stage) -> None:
    """Agents ring everybody who may be rung now, and enter what they heard."""
    dice, dark = stage.dice("callback agents"), set[str]()

    async def look() -> None:
        page = await stage.origin.get("/callback/plans", stage.people.agent, due="now", limit=PAGE)
        attempts = [_attempt(stage, dice, plan, dark) for plan in page["items"]]
        if attempts:
            body = {"attempts": attempts}
            answer = await stage.origin.post("/callback/attempts/batch", stage.people.agent, body)
            note_results(stage, "callback attempt", answer)

    await keep_looking(stage, "look at callbacks", look)


def _attempt(stage: Stage, dice: Random, plan: dict[str, Any], dark: set[str]) -> dict[str, Any]:
    attempt: dict[str, Any] = {"plan_id": plan["id"], "called_at": format_z(stage.clock.now())}
    if dice.random() < NOT_REACHED:
        return {**attempt, "outcome": dice.choice(("no_answer", "busy"))}
    attempt |= {"outcome": "answered", **said(dice)}
    if plan["order_id"] not in dark and dice.random() < STILL_DARK:
        dark.add(plan["order_id"])
        attempt |= {"is_power_restored": False, "opinion": "家中仍然没有电"}
    return attempt


def said(dice: Random) -> dict[str, Any]:
    """Return what a customer answers to the two questions."""
    rolled = dice.random()
    word = "satisfied" if rolled < SATISFIED else "dissatisfied" if rolled < SATISFIED + DISSATISFIED else "neutral"
    answers = {"is_power_restored": True, "satisfaction": word, "service_satisfaction": word}
    return {**answers, "opinion": "停电时间太长，来得太慢"} if word == "dissatisfied" else answers


# -- archive -----------------------------------------------------------------------------------------------------------


async def archive_the_rest(stage: Stage) -> None:
    """Archive what was called back and waits for somebody's word, once the platform had time to return it."""
    seen: dict[str, datetime] = {}

    async def look() -> None:
        for order in await list_orders(stage, status="called_back"):
            since = seen.setdefault(order["id"], stage.clock.now())
            if stage.clock.now() - since > ARCHIVES_AFTER:
                path = f"/intake/orders/{order['id']}/archive"
                await stage.try_to("archive", _post(stage, path, stage.people.supervisor, {}))

    await keep_looking(stage, "look at what was called back", look)


def note_results(stage: Stage, name: str, answer: Any) -> None:
    """Count the lines of a batch's answer."""
    for result in answer["results"]:
        if problem := result.get("problem"):
            stage.tally.refused[f"{name}: {problem['code']}"] += 1
        else:
            stage.tally.done[name] += 1
