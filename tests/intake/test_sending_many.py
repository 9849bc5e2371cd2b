"""Many replies of what is no repair are sent at once: each on its own merits, none with queries of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select, update

from services.intake.tables import attachments, handlings
from shared.auth import Role
from tests.intake.handling import Matter, make_reply, take
from tests.intake.office import Office


async def test_many_replies_are_checked_and_sent_without_a_query_for_each(office: Office) -> None:
    counts = []
    for size in (1, 4):
        matters = [await (await take(office, is_national=i % 2 == 0)).reviewed() for i in range(size)]
        said, lines = await send(office, matters)
        assert {line["order"]["status"] for line in lines} <= {"sent", "province_review"}
        counts.append(len(said))

    assert counts[0] == counts[1]


async def test_a_bad_reply_holds_up_no_other_and_each_is_told_what_stands_against_it(office: Office) -> None:
    good, bad, unwritten = [await take(office) for _ in range(3)]
    await good.reviewed()
    await bad.reviewed()
    of_bad = update(attachments).where(attachments.c.order_id == bad.id)
    await office.rows(of_bad.values(removed_at=office.clock.now()).returning(attachments.c.id))
    await unwritten.investigating()
    _, lines = await send(office, [good, bad, unwritten])

    assert lines[0]["order"]["status"] == "sent"
    assert [field["code"] for field in lines[1]["problem"]["fields"]] == ["reply.missing_basis"]
    assert lines[2]["problem"]["code"] == "order.transition_illegal"


async def test_what_is_refused_before_anybody_handled_it_leaves_no_empty_handling(office: Office) -> None:
    matters = [await take(office) for _ in range(2)]
    _, lines = await send(office, matters)
    await matters[0].press("reply", **make_reply(office))
    rows = await office.rows(select(handlings.c.id).where(handlings.c.id.in_([matter.id for matter in matters])))

    assert [line["problem"]["code"] for line in lines] == ["order.transition_illegal"] * 2
    assert rows == []


async def send(office: Office, matters: list[Matter]) -> tuple[list[str], list[dict[str, Any]]]:
    """Send all of them in one request; return the statements that it took and its lines."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = office.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    body = {"orders": [{"order_id": matter.id} for matter in matters]}
    try:
        answer = await office.call("POST", "/orders/send/batch", role=Role.REVIEWER, json=body)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return said, answer.json()["results"]
