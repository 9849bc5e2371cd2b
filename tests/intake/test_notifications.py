"""The notification port: written with the fact, delivered by real senders, tried again, and an alarm at the end."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
from collections.abc import Sequence
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text
from standardwebhooks import Webhook

from services.intake.app import SERVICE
from services.intake.domain.delivery import Due
from services.intake.domain.notifying import MOST_ATTEMPTS, Contact, Means, NotificationKind, NotifiedRole, Recipient
from services.intake.handlers.delivery import AT_ONCE, LEASE, claim_due, record_sent, send_claimed
from services.intake.handlers.notifying import notify
from services.intake.metrics import observe
from services.intake.tables import notifications
from shared.auth import Role
from shared.host import Errand
from shared.settings import Settings
from tests.intake.office import Office
from tests.intake.people import answer, ask, misconduct, take
from tests.intake.receivers import hook, mail_server

SECRET = "whsec_" + base64.b64encode(os.urandom(24)).decode()


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_folder=folder, _env_file=None, **more)


async def tell(
    office: Office, to: Recipient, *, order_id: Any = None, unit: str | None = None, text: str = "请处理"
) -> None:
    now = office.clock.now()
    async with office.runtime.database.transaction(now=now) as session:
        await notify(
            session,
            order_id=order_id,
            role_or_contact=to,
            subject="投诉工单",
            text=text,
            kind=NotificationKind.COMPLAINT,
            now=now,
            unit=unit,
        )


async def claim(office: Office) -> list[Due]:
    async with office.runtime.database.transaction(now=office.clock.now()) as session:
        return await claim_due(session, now=office.clock.now())


async def deliver(office: Office, known: Settings) -> int:
    """Do the errand once, as the service's clock does it."""
    claimed = await claim(office)
    if claimed:
        done = await send_claimed(claimed, now=office.clock.now(), settings=known)
        async with office.runtime.database.transaction(now=office.clock.now()) as session:
            await record_sent(session, done)
    return len(claimed)


async def rows(office: Office) -> Sequence[Any]:
    return await office.rows(select(notifications).order_by(notifications.c.id))


async def log_of(office: Office, notification_id: Any) -> dict[str, Any]:
    return await answer(office, "boss", "GET", f"/notifications/{notification_id}", role=Role.SUPERVISOR)


async def set_contacts(office: Office, unit: str, *contacts: tuple[str, str, str, str]) -> None:
    listed = [{"role": role, "name": name, "means": means, "address": to} for role, name, means, to in contacts]
    body = {"unit": unit, "contacts": listed}
    await answer(office, "ops", "PUT", "/notification-contacts", role=Role.OPS, json=body)


async def test_without_any_gateway_everything_reaches_the_drop_folder(own_office: Office, tmp_path: Path) -> None:
    for means, address in ((Means.SMS, "13800001111"), (Means.MAIL, "a@b.cn"), (Means.FILE, "own.jsonl")):
        await tell(own_office, Contact("赵主任", means, address))

    assert await deliver(own_office, settings(tmp_path)) == 3

    folder = tmp_path / "notifications"
    day = folder / "2026-11-23.jsonl"
    lines = [json.loads(line) for line in day.read_text().splitlines()]
    assert sorted(line["to"] for line in lines) == ["13800001111", "a@b.cn"]
    assert json.loads((folder / "own.jsonl").read_text())["text"] == "请处理"
    assert stat.S_IMODE(day.stat().st_mode) == 0o600, "people's numbers are in it"
    assert {row.status for row in await rows(own_office)} == {"delivered"}
    assert await deliver(own_office, settings(tmp_path)) == 0


async def test_mail_goes_through_the_installations_server(own_office: Office, tmp_path: Path) -> None:
    await tell(own_office, Contact("李专责", Means.MAIL, "li@example.cn"), text="【投诉】客户反映停电频繁")
    async with mail_server() as server:
        known = settings(tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False)
        assert await deliver(own_office, known) == 1

    (row,) = await rows(own_office)
    mail = message_from_bytes(server.mails[0], policy=default)
    assert (mail["to"], mail["subject"]) == ("li@example.cn", "投诉工单")
    assert mail["message-id"] == f"<{row.id}@relight>"
    assert "客户反映停电频繁" in mail.get_content()
    log = await log_of(own_office, row.id)
    assert [(a["number"], a["sender"], a["outcome"]) for a in log["attempts"]] == [(1, "smtp", "delivered")]


async def test_a_recipient_that_the_mail_server_refuses_for_good_is_given_up_at_once(
    own_office: Office, tmp_path: Path
) -> None:
    await tell(own_office, Contact("李专责", Means.MAIL, "gone@example.cn"))
    async with mail_server() as server:
        server.refuses_with = 550
        await deliver(own_office, settings(tmp_path, smtp_host="127.0.0.1", smtp_port=server.port, smtp_starttls=False))

    (row,) = await rows(own_office)
    assert (row.status, row.attempt_count, row.failure) == ("given_up", 1, "recipient refused [550]")


async def test_text_messages_leave_signed_by_the_gateway(own_office: Office, tmp_path: Path) -> None:
    await tell(own_office, Contact("赵主任", Means.SMS, "13800001111"))
    async with hook() as gateway:
        known = settings(tmp_path, sms_gateway_url=gateway.url, sms_gateway_secret=SecretStr(SECRET))
        await deliver(own_office, known)

    (headers, body), (row,) = gateway.heard[0], await rows(own_office)
    said = json.loads(body)
    assert (said["to"], said["text"], said["id"]) == ("13800001111", "请处理", str(row.id))
    assert headers["webhook-id"] == str(row.id)
    stamp = own_office.clock.now()
    assert headers["webhook-signature"] == Webhook(SECRET).sign(str(row.id), stamp, body)


async def test_a_secret_that_is_none_fails_its_own_messages_and_no_others(own_office: Office, tmp_path: Path) -> None:
    await tell(own_office, Contact("甲", Means.SMS, "13800001111"))
    await tell(own_office, Contact("乙", Means.FILE, "own.jsonl"))
    known = settings(tmp_path, sms_gateway_url="http://127.0.0.1:9/x", sms_gateway_secret=SecretStr("whsec_x"))

    await deliver(own_office, known)

    assert [(row.name, row.status, row.failure) for row in await rows(own_office)] == [
        ("甲", "pending", "Error"),
        ("乙", "delivered", None),
    ]


async def test_a_gateway_that_is_down_is_tried_again_with_growing_pauses_under_the_same_id(
    own_office: Office, tmp_path: Path
) -> None:
    async with hook() as gateway:
        gateway.statuses = [503, 429, 200]
        await tell(own_office, Contact("机器人", Means.WEBHOOK, gateway.url))
        pauses: list[timedelta] = []
        for _ in range(3):
            assert await deliver(own_office, settings(tmp_path)) == 1
            (row,) = await rows(own_office)
            if row.due_at:
                pauses.append(row.due_at - own_office.clock.now())
                assert await deliver(own_office, settings(tmp_path)) == 0, "not before its time"
                own_office.clock.moment = row.due_at

    assert row.status == "delivered"
    assert timedelta(seconds=8) <= pauses[0] <= timedelta(seconds=10) < pauses[1] <= timedelta(seconds=20)
    assert {headers["webhook-id"] for headers, _ in gateway.heard} == {str(row.id)}
    log = await log_of(own_office, row.id)
    assert [a["detail"] for a in log["attempts"]] == ["status 503", "status 429", "status 200"]


async def test_what_is_given_up_on_gives_the_alarm_and_can_be_tried_anew_by_hand(
    own_office: Office, tmp_path: Path
) -> None:
    async with hook() as gateway:
        gateway.statuses = [500]
        await tell(own_office, Contact("机器人", Means.WEBHOOK, gateway.url))
        for _ in range(MOST_ATTEMPTS):
            assert await deliver(own_office, settings(tmp_path)) == 1
            own_office.clock.moment += timedelta(minutes=31)
        assert await deliver(own_office, settings(tmp_path)) == 0
        assert await gauge(own_office, "given_up") == 1
        page = await answer(own_office, "boss", "GET", "/notifications?status=given_up", role=Role.SUPERVISOR)
        (given_up,) = page["items"]
        alerts = await answer(own_office, "boss", "GET", "/alerts", role=Role.SUPERVISOR)

        gateway.statuses = [200]
        retried = await answer(
            own_office, "boss", "POST", f"/notifications/{given_up['id']}/retry", role=Role.SUPERVISOR, json={}
        )
        assert await deliver(own_office, settings(tmp_path)) == 1

    assert given_up["attempt_count"] == MOST_ATTEMPTS
    assert [a["message"] for a in alerts["items"]] == ["a notification could not be delivered: complaint: status 500"]
    assert (retried["notification"]["status"], retried["notification"]["settled_by"]) == ("pending", "boss")
    log = await log_of(own_office, given_up["id"])
    assert log["notification"]["status"] == "delivered"
    assert len(log["attempts"]) == MOST_ATTEMPTS + 1
    assert await gauge(own_office, "given_up") == 0


async def gauge(office: Office, status: str) -> float:
    async with office.runtime.database.reading(now=office.clock.now()) as session:
        await observe(session)
    lines = (await office.client.get("/metrics")).text.splitlines()
    return float(
        next(line for line in lines if line.startswith(f'relight_notifications{{status="{status}"}}')).split()[-1]
    )


async def test_a_message_that_the_receiver_refuses_is_not_sent_again_and_a_person_dismisses_it(
    own_office: Office, tmp_path: Path
) -> None:
    async with hook() as gateway:
        gateway.statuses = [400]
        await tell(own_office, Contact("机器人", Means.WEBHOOK, gateway.url))
        await deliver(own_office, settings(tmp_path))
    (row,) = await rows(own_office)
    path = f"/notifications/{row.id}/dismiss"
    done = await answer(own_office, "boss", "POST", path, role=Role.SUPERVISOR, json={"reason": "已当面告知"})
    again = await ask(own_office, "boss", "POST", path, role=Role.SUPERVISOR, json={"reason": "再次"})

    assert row.status == "given_up"
    assert (done["notification"]["status"], done["notification"]["failure"]) == ("dismissed", "已当面告知")
    assert (again.status_code, again.json()["code"]) == (409, "notification.not_given_up")


async def test_a_role_is_told_through_the_units_own_contacts_else_through_the_citys(
    own_office: Office, tmp_path: Path
) -> None:
    await set_contacts(own_office, "", ("service_specialist", "市专责", "sms", "13800000001"))
    await set_contacts(
        own_office,
        "S01",
        ("service_specialist", "一所专责", "sms", "13800000002"),
        ("service_specialist", "一所副专责", "file", "s01.jsonl"),
    )
    await tell(own_office, NotifiedRole.SERVICE_SPECIALIST, unit="S01")
    await tell(own_office, NotifiedRole.SERVICE_SPECIALIST, unit="S02")
    await tell(own_office, NotifiedRole.SERVICE_SPECIALIST)

    assert [row.name for row in await rows(own_office)] == ["一所专责", "一所副专责", "市专责", "市专责"]


async def test_contacts_change_from_now_on_and_who_was_before_stays_on_record(own_office: Office) -> None:
    await set_contacts(own_office, "S01", ("bureau_chief", "旧局长", "sms", "13800000001"))
    own_office.clock.moment += timedelta(days=1)
    await set_contacts(own_office, "S01", ("bureau_chief", "新局长", "sms", "13800000002"))
    await tell(own_office, NotifiedRole.BUREAU_CHIEF, unit="S01")

    page = await answer(own_office, "ops", "GET", "/notification-contacts?unit=S01", role=Role.OPS)
    kept = await own_office.rows(text("SELECT name FROM intake.notification_contacts ORDER BY id"))
    assert [contact["name"] for contact in page["items"]] == ["新局长"]
    assert [row.name for row in kept] == ["旧局长", "新局长"]
    assert [row.name for row in await rows(own_office)] == ["新局长"]


async def test_every_address_that_its_means_cannot_reach_is_named(office: Office) -> None:
    contacts = [
        {"role": "bureau_chief", "name": "甲", "means": "sms", "address": "not a number"},
        {"role": "bureau_chief", "name": "乙", "means": "mail", "address": "nobody"},
        {"role": "bureau_chief", "name": "丙", "means": "webhook", "address": "ftp://x"},
        {"role": "bureau_chief", "name": "丁", "means": "file", "address": "../../etc/passwd"},
        {"role": "bureau_chief", "name": "戊", "means": "file", "address": "fine.jsonl"},
    ]

    refused = await ask(
        office,
        "ops",
        "PUT",
        "/notification-contacts",
        role=Role.OPS,
        json={"unit": "S-bad", "contacts": contacts},
    )

    assert refused.status_code == 422
    assert [f["field"] for f in refused.json()["fields"]] == [f"contacts.{i}.address" for i in range(4)]
    page = await answer(office, "ops", "GET", "/notification-contacts?unit=S-bad", role=Role.OPS)
    assert page["items"] == []


async def test_a_notice_stands_or_falls_with_the_fact_that_it_tells_of(own_office: Office) -> None:
    now = own_office.clock.now()
    with pytest.raises(RuntimeError):
        async with own_office.runtime.database.transaction(now=now) as session:
            await notify(
                session,
                order_id=None,
                role_or_contact=Contact("赵主任", Means.FILE, "x.jsonl"),
                subject="投诉",
                text="请处理",
                kind=NotificationKind.COMPLAINT,
                now=now,
            )
            await session.flush()
            raise RuntimeError

    assert await rows(own_office) == []


async def test_two_processes_deliver_side_by_side_and_nothing_twice(own_office: Office, tmp_path: Path) -> None:
    for number in range(AT_ONCE + 5):
        await tell(own_office, Contact(f"第{number}人", Means.FILE, "all.jsonl"))

    done = await asyncio.gather(*(deliver(own_office, settings(tmp_path)) for _ in range(4)))

    lines = (tmp_path / "notifications" / "all.jsonl").read_text().splitlines()
    assert sum(done) == len(lines) == len({json.loads(line)["id"] for line in lines}) == AT_ONCE + 5


async def test_the_services_own_clock_does_the_errand(own_office: Office) -> None:
    (errand,) = [one for one in SERVICE.schedules if isinstance(one, Errand) and one.name == "notifications"]
    async with hook() as gateway:
        await tell(own_office, Contact("机器人", Means.WEBHOOK, gateway.url))
        counted = [await own_office.runtime._run_once(errand) for _ in range(2)]

    assert counted == [1, 0]
    assert len(gateway.heard) == 1
    assert [row.status for row in await rows(own_office)] == ["delivered"]


async def test_what_a_dead_process_held_is_sent_by_another_and_recorded_once(
    own_office: Office, tmp_path: Path
) -> None:
    await tell(own_office, Contact("赵主任", Means.FILE, "x.jsonl"))
    dying = await claim(own_office)
    assert await deliver(own_office, settings(tmp_path)) == 0, "it is being sent"

    own_office.clock.moment += LEASE
    assert await deliver(own_office, settings(tmp_path)) == 1
    (row,) = await rows(own_office)
    back = await send_claimed(dying, now=own_office.clock.now(), settings=settings(tmp_path / "none"))
    async with own_office.runtime.database.transaction(now=own_office.clock.now()) as session:
        await record_sent(session, back)

    assert (await rows(own_office))[0] == row, "the one that was thought dead changes nothing any more"
    assert row.status == "delivered"


async def test_the_reporter_of_a_misconduct_report_is_taken_out_of_what_is_sent(own_office: Office) -> None:
    order = await take(own_office, "wang", **misconduct())
    said = "张伟 138 1234 5678 住 兴安县界首镇大洞村12号，举报收取好处费"
    await tell(own_office, NotifiedRole.SUPERVISION_OFFICE, order_id=UUID(order["id"]), text=said)

    *_, row = await rows(own_office)
    assert row.text == "*** *** 住 ***，举报收取好处费"
    for role, status in ((Role.SUPERVISOR, 404), (Role.INSPECTOR, 200)):
        shown = await ask(own_office, "x", "GET", f"/notifications/{row.id}", role=role)
        assert shown.status_code == status
    hidden = await answer(own_office, "x", "GET", "/notifications", role=Role.SUPERVISOR)
    assert hidden["items"] == []


async def test_the_log_of_attempts_is_never_changed(own_office: Office, tmp_path: Path) -> None:
    await tell(own_office, Contact("赵主任", Means.FILE, "x.jsonl"))
    await deliver(own_office, settings(tmp_path))

    for statement in (
        "UPDATE intake.notification_attempts SET detail = ''",
        "DELETE FROM intake.notification_attempts",
    ):
        with pytest.raises(Exception, match="append-only"):
            await own_office.rows(text(f"{statement} RETURNING 1"))
