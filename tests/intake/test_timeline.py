"""Everything that happened to an order, by whichever room, in one call and in the order of its happening."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.intake.tables import timeline
from shared.auth import Role
from tests.intake.handling import CONTACT, Matter, make_matter, make_reply
from tests.intake.office import Office


@pytest.mark.requirement("000-002")
async def test_the_whole_life_of_a_matter_stands_in_one_call(office: Office) -> None:
    received = await office.call("POST", "/orders", json=make_matter())
    matter = Matter(office, received.json())
    await matter.go("forward", unit="界首供电所")
    await matter.go("contacts", **CONTACT)
    await matter.press("urges", role=Role.AGENT, text="客户催办", source="customer")
    await matter.go("investigate")
    await matter.go("reply", **make_reply(office))
    lines = await office.timeline(matter.id)

    kinds = [line["kind"] for line in lines]
    expected = [
        "order-created",
        "order-accepted",
        "order-forwarded",
        "customer-contacted",
        "order-urged",
        "investigation-started",
        "reply-drafted",
    ]
    assert [kind for kind in kinds if kind in expected] == expected
    assert [line["occurred_at"] for line in lines] == sorted(line["occurred_at"] for line in lines)
    assert all(line["actor"] and line["recorded_at"] for line in lines)


async def test_a_line_that_was_written_late_stands_where_it_happened(office: Office) -> None:
    order = await office.receive()
    events = await office.facts(order["id"])
    lines = await office.timeline(order["id"])

    assert len(lines) == 2 + len(events)
    assert {UUID(line["id"]) for line in lines} == {
        row.id for row in await office.rows(select(timeline.c.id).where(timeline.c.order_id == UUID(order["id"])))
    }


async def test_reading_a_timeline_leaves_no_trace(office: Office) -> None:
    order = await office.receive()
    count = select(func.count()).select_from(timeline).where(timeline.c.order_id == UUID(order["id"]))
    before = (await office.rows(count))[0][0]
    office.clock.moment += timedelta(minutes=1)
    await office.timeline(order["id"])

    assert (await office.rows(count))[0][0] == before
