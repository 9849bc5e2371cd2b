"""A role that nobody holds: an alarm, and told to everybody who holds it once somebody does."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from services.intake.domain.notifying import NotifiedRole
from shared.auth import Role
from tests.intake.office import Office
from tests.intake.people import alerts_of, answer, ask, take
from tests.intake.test_notifications import deliver, rows, set_contacts, settings, tell


async def test_a_role_that_nobody_holds_is_an_alarm_and_goes_on_once_somebody_does(
    own_office: Office, tmp_path: Path
) -> None:
    await tell(own_office, NotifiedRole.DUTY_LEADER)
    (row,) = await rows(own_office)
    path = f"/notifications/{row.id}/retry"

    nobody = await ask(own_office, "boss", "POST", path, role=Role.SUPERVISOR, json={})
    await set_contacts(own_office, "", ("duty_leader", "值班领导", "sms", "13800000009"))
    await answer(own_office, "boss", "POST", path, role=Role.SUPERVISOR, json={})
    await deliver(own_office, settings(tmp_path))

    assert (row.status, row.failure) == ("given_up", "no_contact")
    assert [kind for kind, _ in await alerts_of(own_office, "boss", role=Role.SUPERVISOR)] == ["notification-given-up"]
    assert nobody.json()["code"] == "notification.nobody_holds_role"
    assert [(r.name, r.status) for r in await rows(own_office)] == [("值班领导", "delivered")]


async def test_tried_anew_a_notification_that_had_nobody_reaches_everybody_who_holds_the_role(
    own_office: Office, tmp_path: Path
) -> None:
    order = await take(own_office, "wang")
    await tell(own_office, NotifiedRole.DUTY_LEADER, order_id=UUID(order["id"]))
    (row,) = await rows(own_office)
    await set_contacts(
        own_office, "", *(("duty_leader", name, "file", "leaders.jsonl") for name in ("甲领导", "乙领导", "丙领导"))
    )

    await answer(own_office, "boss", "POST", f"/notifications/{row.id}/retry", role=Role.SUPERVISOR, json={})
    again = await ask(own_office, "boss", "POST", f"/notifications/{row.id}/retry", role=Role.SUPERVISOR, json={})
    assert await deliver(own_office, settings(tmp_path)) == 3

    told = await rows(own_office)
    assert {(r.name, r.status, r.text, str(r.order_id)) for r in told} == {
        (name, "delivered", row.text, order["id"]) for name in ("甲领导", "乙领导", "丙领导")
    }
    assert (len(told), again.status_code) == (3, 409)
