"""People ring: those of the local number reach an agent, who writes the order down at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.simulation.storm.stage import Stage
from services.simulation.storm.weather import Call
from shared.clock import format_z


async def ring(stage: Stage, calls: list[Call]) -> None:
    """Let everybody of the local number ring at their minute."""
    async with asyncio.TaskGroup() as together:
        for call in calls:
            if not call.is_national:
                together.create_task(_ring(stage, call))


async def _ring(stage: Stage, call: Call) -> None:
    await stage.wait_until(stage.at(call.minute))
    body = {"channel": "local_hotline", **order_of(stage, call)}

    async def write_down() -> None:
        answer = await stage.origin.post("/intake/orders", stage.people.agent, body, key=call_key(stage, call))
        stage.journal.note(answer["id"])

    await stage.try_to("order", write_down())


def call_key(stage: Stage, call: Call) -> str:
    """Return the key under which a call is one order, however often it is told."""
    return str(uuid5(NAMESPACE_URL, f"storm/{stage.seed}/{stage.started_at.isoformat()}/{call.number}"))


def order_of(stage: Stage, call: Call) -> dict[str, Any]:
    """Return what a caller tells, as both doors take it."""
    one = call.customer
    order: dict[str, Any] = {
        "business_type": call.business_type,
        "reported_at": format_z(stage.clock.now()),
        "content": call.content,
        "customer": {
            "no": one.no,
            "name": one.name,
            "phone": one.phone,
            "address": one.address,
            "lon": one.place.lon,
            "lat": one.place.lat,
        },
    }
    if call.outage_minute is not None:
        order |= {
            "outage_scope": call.scope,
            "outage_started_at": format_z(stage.at(call.outage_minute)),
            "surroundings": call.surroundings,
            "voltage_level": call.voltage_level,
        }
    return order
