"""The same call again, and what breaks: one effect, one answer, and never an answer for what is not stored."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select, text

from services.intake.app import SERVICE
from tests.intake.office import Office, count_orders, make_body, metric


async def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(office: Office) -> None:
    headers = {"idempotency-key": "k-1"}
    body = make_body()
    first = await office.call("POST", "/orders", json=body, headers=headers)
    office.clock.moment += timedelta(minutes=1)
    again = await office.call("POST", "/orders", json=body, headers=headers)
    other = await office.call("POST", "/orders", json=make_body(content="别的"), headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


async def test_one_key_sixteen_times_at_the_same_instant_is_one_order(own_office: Office) -> None:
    calls = [
        own_office.call("POST", "/orders", json=make_body(), headers={"idempotency-key": "k-2"}) for _ in range(16)
    ]
    answers = await asyncio.gather(*calls)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count_orders(own_office) == 1


async def test_one_key_with_two_bodies_at_the_same_instant_serves_one(own_office: Office) -> None:
    headers = {"idempotency-key": "k-3"}
    calls = [
        own_office.call("POST", "/orders", json=make_body(content=content), headers=headers) for content in ("一", "二")
    ]
    answers = await asyncio.gather(*calls)

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert await count_orders(own_office) == 1


async def test_a_refused_call_leaves_its_key_free(office: Office) -> None:
    headers = {"idempotency-key": "k-4"}
    refused = await office.call("POST", "/orders", json=make_body(outage_scope=None), headers=headers)
    good = await office.call("POST", "/orders", json=make_body(), headers=headers)

    assert (refused.status_code, good.status_code) == (422, 201)


async def test_the_same_batch_again_gets_the_same_answer(own_office: Office) -> None:
    body, headers = {"orders": [make_body(), make_body()]}, {"idempotency-key": "k-5"}
    first = await own_office.call("POST", "/orders/batch", json=body, headers=headers)
    again = await own_office.call("POST", "/orders/batch", json=body, headers=headers)

    assert first.json() == again.json()
    assert await count_orders(own_office) == 2


# -- when things break -------------------------------------------------------------------------------------------------

BREAK_COMMITS = """
CREATE FUNCTION intake.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON intake.outbox DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION intake.fail();
"""


async def test_a_commit_that_fails_is_never_answered_as_received(own_office: Office) -> None:
    async with own_office.runtime.database.engine.begin() as connection:
        for statement in BREAK_COMMITS.strip().split(";\n"):
            await connection.execute(text(statement.rstrip(";")))

    before = await metric(own_office, "relight_orders_received_total")
    single = [own_office.call("POST", "/orders", json=make_body()) for _ in range(4)]
    batch = own_office.call("POST", "/orders/batch", json={"orders": [make_body()]})
    answers = await asyncio.gather(*single, batch)

    assert {answer.status_code for answer in answers} == {500}
    assert await count_orders(own_office) == 0
    assert await own_office.rows(select(SERVICE.outbox.c.id)) == []
    assert await metric(own_office, "relight_orders_received_total") == before


async def test_an_order_that_cannot_be_stored_does_not_take_others_with_it(own_office: Office) -> None:
    bad = make_body(content="坏\x00字")
    answers = await asyncio.gather(
        *(own_office.call("POST", "/orders", json=body) for body in (make_body(), bad, make_body(), make_body()))
    )

    assert [answer.status_code for answer in answers] == [201, 422, 201, 201]
    assert await count_orders(own_office) == 3


async def test_received_orders_are_counted_once(own_office: Office) -> None:
    before = await metric(own_office, "relight_orders_received_total")
    await own_office.receive()
    await own_office.call("POST", "/orders/batch", json={"orders": [make_body(), make_body()]})

    assert await metric(own_office, "relight_orders_received_total") == before + 3
