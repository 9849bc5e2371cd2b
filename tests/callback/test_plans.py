"""When an order is sent its customer is to be called; when it comes back nobody calls."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from services.callback.app import SERVICE
from services.callback.tables import contact_views, open_plans, plans
from shared.auth import Role
from shared.events.intake import OrderCancelled, OrderReopened, OrderReturned
from shared.glossary import ReturnLevel
from shared.ids import new_id
from shared.migrate import find_drift
from tests.callback.desk import SENT_AT, Desk, answered, make_sent


async def test_the_migrations_lead_to_the_declared_tables(desk: Desk) -> None:
    assert await find_drift(desk.url, [SERVICE.history]) == []


@pytest.mark.requirement("003-022")
async def test_a_local_repair_that_was_sent_is_to_be_called_within_a_day(desk: Desk) -> None:
    order_id = await desk.order_sent()

    plan = await desk.plan_of(order_id)

    assert (plan["plan"], plan["status"], plan["attempts"]) == ("repair_local", "scheduled", 0)
    assert datetime.fromisoformat(plan["due_at"]) == SENT_AT + timedelta(hours=24)
    (told,) = await desk.told(order_id)
    assert told[0] == "callback-planned"
    assert datetime.fromisoformat(told[1]["due_at"]) == SENT_AT + timedelta(hours=24)


async def test_a_national_order_gets_no_local_plan_because_the_national_centre_calls(desk: Desk) -> None:
    order_id = await desk.order_sent(is_national=True)

    assert (await desk.call("GET", f"/plans?order_id={order_id}")).json()["items"] == []
    assert await desk.told(order_id) == []


async def test_the_same_sending_told_twice_plans_one_call(desk: Desk) -> None:
    order_id = new_id()
    await desk.hear(make_sent(order_id), make_sent(order_id))
    await desk.order_sent(order_id)

    assert len(await desk.told(order_id)) == 1


@pytest.mark.parametrize("how", ["returned", "reopened", "cancelled"])
async def test_nobody_is_called_about_an_order_that_came_back(desk: Desk, how: str) -> None:
    order_id = await desk.order_sent()
    at = SENT_AT + timedelta(minutes=30)
    returned = OrderReturned(
        order_id=order_id, level=ReturnLevel.NATIONAL, reason_code="not_solved", reason="-", returned_at=at, round=2
    )
    happened = {
        "returned": returned,
        "reopened": OrderReopened(order_id=order_id, reopened_at=at, reason="no power"),
        "cancelled": OrderCancelled(order_id=order_id, cancelled_at=at, reason="false alarm"),
    }[how]

    await desk.hear(happened)

    plan = await desk.plan_of(order_id)
    assert (plan["status"], plan["reason"]) == ("cancelled", f"order-{how}")
    assert [name for name, _ in await desk.told(order_id)] == ["callback-planned", "callback-cancelled"]
    refused = await desk.attempt(order_id, **answered())
    assert (refused.status_code, refused.json()["code"]) == (409, "callback.plan_closed")


async def test_an_order_sent_anew_is_called_about_its_new_round_only(desk: Desk) -> None:
    order_id = await desk.order_sent()
    again = SENT_AT + timedelta(hours=3)
    returned = OrderReturned(
        order_id=order_id, level=ReturnLevel.PROVINCE, reason_code="-", reason="-", returned_at=again, round=2
    )

    await desk.hear(returned, make_sent(order_id, sent_at=again, round=2))

    rows = await desk.rows(
        select(plans.c.round, plans.c.status).where(plans.c.order_id == order_id).order_by(plans.c.id)
    )
    assert [tuple(row) for row in rows] == [(1, "cancelled"), (2, "scheduled")]
    assert len(await desk.rows(select(open_plans).where(open_plans.c.order_id == order_id))) == 1


async def test_an_order_that_was_sent_and_cancelled_in_one_batch_leaves_no_open_plan(desk: Desk) -> None:
    order_id = new_id()
    cancelled = OrderCancelled(order_id=order_id, cancelled_at=SENT_AT, reason="false alarm")

    await desk.hear(make_sent(order_id), cancelled)

    assert (await desk.plan_of(order_id))["status"] == "cancelled"
    assert await desk.rows(select(open_plans).where(open_plans.c.order_id == order_id)) == []


async def test_the_clock_marks_what_is_due_soon_and_then_what_is_overdue(own_desk: Desk) -> None:
    order_id = await own_desk.order_sent()

    seen = []
    for hours in (17, 18, 24, 25):
        own_desk.clock.moment = SENT_AT + timedelta(hours=hours)
        await own_desk.run_clock_door()
        plan = await own_desk.plan_of(order_id)
        seen.append((hours, plan["status"], plan["is_overdue"]))

    assert seen == [(17, "scheduled", False), (18, "due_soon", False), (24, "due_soon", False), (25, "overdue", True)]
    assert (await own_desk.attempt(order_id, **answered())).json()["status"] == "completed"  # overdue, still done


async def test_operations_see_how_many_calls_are_due_and_how_many_overdue(own_desk: Desk) -> None:
    await own_desk.order_sent()
    await own_desk.order_sent(sent_at=SENT_AT - timedelta(hours=25))
    done = await own_desk.order_sent()
    await own_desk.attempt(done, **answered())
    async with own_desk.runtime.database.transaction(now=own_desk.clock.now()) as session:
        assert SERVICE.observe
        await SERVICE.observe(session)

    metrics = (await own_desk.client.get("/metrics")).text

    assert 'relight_callbacks_due{plan="repair_local"} 2.0' in metrics
    assert 'relight_callbacks_overdue{plan="repair_local"} 1.0' in metrics


async def test_the_lists_page_through_plans_by_due_time_and_filter_them(own_desk: Desk) -> None:
    ages = {"overdue": 25, "soon": 20, "fresh": 1}
    orders = {
        name: await own_desk.order_sent(sent_at=own_desk.clock.now() - timedelta(hours=age))
        for name, age in ages.items()
    }
    names = {str(order_id): name for name, order_id in orders.items()}

    async def listed(query: str) -> list[str]:
        answer = (await own_desk.call("GET", f"/plans?{query}")).json()
        items = answer["items"]
        if answer["next_cursor"]:
            more = await own_desk.call("GET", f"/plans?{query}&cursor={answer['next_cursor']}")
            items += more.json()["items"]
        return [names[item["order_id"]] for item in items]

    assert await listed("limit=2") == ["overdue", "soon", "fresh"]
    assert await listed("due=overdue") == ["overdue"]
    assert await listed("due=soon") == ["soon"]
    assert await listed("due=now") == ["overdue", "soon", "fresh"]
    assert await listed("status=completed&status=cancelled") == []
    own_desk.clock.moment = SENT_AT.replace(hour=14)  # 22:00 in Shanghai
    assert await listed("due=now") == []
    wrong = await own_desk.call("GET", "/plans?cursor=WzEsMl0")
    assert (wrong.status_code, wrong.json()["fields"][0]["field"]) == (422, "cursor")


async def test_lists_mask_the_customer_and_an_agent_who_opens_a_plan_is_noted(desk: Desk) -> None:
    order_id = await desk.order_sent()
    plan = await desk.plan_of(order_id)
    assert plan["customer"]["phone"] == "138****5678"
    assert plan["customer"]["name"] == "张**"

    opened = (await desk.call("GET", f"/plans/{plan['id']}")).json()
    looked_at = (await desk.call("GET", f"/plans/{plan['id']}", role=Role.SUPERVISOR)).json()

    assert opened["customer"]["phone"] == "13812345678"
    assert [question["field"] for question in opened["questionnaire"]["questions"]][:2] == [
        "is_power_restored",
        "satisfaction",
    ]
    assert looked_at["customer"]["phone"] == "138****5678"
    views = await desk.rows(select(contact_views.c.by).where(contact_views.c.plan_id == plan["id"]))
    assert [row.by for row in views] == ["test-agent"]
    assert (await desk.call("GET", f"/plans/{new_id()}")).status_code == 404


async def test_who_handled_the_order_cannot_enter_what_the_customer_said(desk: Desk) -> None:
    order_id = await desk.order_sent()
    plan = await desk.plan_of(order_id)

    for role in (Role.CREW, Role.DISPATCHER, Role.REVIEWER):
        refused = await desk.call("POST", f"/plans/{plan['id']}/attempts", role=role, json=answered())
        assert refused.status_code == 403, role


async def test_five_hundred_sendings_cost_a_handful_of_statements(own_desk: Desk) -> None:
    statements: list[str] = []
    engine = own_desk.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    await own_desk.hear(*(make_sent(new_id()) for _ in range(500)))

    assert (await own_desk.rows(select(func.count()).select_from(plans)))[0][0] == 500
    assert len(statements) < 12, statements
