"""A repair order's whole ordinary life, and the ways that it can take."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.intake.app import SERVICE
from shared.events.callback import CallbackCompleted
from shared.ids import new_id
from shared.migrate import find_drift
from tests.intake.office import Office


async def test_the_migration_makes_what_the_tables_declare(office: Office) -> None:
    assert await find_drift(office.url, [SERVICE.history]) == []


@pytest.mark.requirement("000-002", "003-024")
async def test_an_order_goes_from_the_call_to_the_archive(office: Office) -> None:
    received = await office.receive()
    await office.replied(received["id"])
    sent = await office.press(received["id"], "send")
    assert sent.status_code == 200, sent.text
    office.clock.moment += timedelta(hours=1)
    await office.hear(
        CallbackCompleted(
            order_id=received["id"],
            plan_id=new_id(),
            called_back_at=office.clock.now(),
            is_power_restored=True,
            satisfaction="satisfied",
            service_satisfaction="satisfied",
        )
    )

    order = await office.order(received["id"])
    assert order["status"] == "archived"
    assert await office.told_names(received["id"]) == [
        "order-created",
        "order-accepted",
        "order-sent",
        "order-called-back",
        "order-archived",
    ]
