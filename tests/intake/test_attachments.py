"""Files beside orders: what is taken, where it lies, who may fetch it, and when it goes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.intake.handlers.attachments import SWEEP_EVERY_SECONDS, end_kept, sweep_files
from shared.auth import Role
from shared.file_store import OWNER, PARTS, path_of
from shared.files import LARGEST
from shared.ids import new_id
from shared.settings import Settings
from tests.intake.office import SETTINGS, Office, fields_of, make_body

JPEG = b"\xff\xd8\xff\xe0" + b"a photo"
PDF = b"%PDF-1.7 a letter"
AMR = b"#!AMR\n a voice"


@pytest.fixture(autouse=True)
def settings(office: Office, tmp_path: Path) -> Iterator[Settings]:
    """Give each test a folder of its own."""
    own = SETTINGS.model_copy(update={"attachment_folder": tmp_path / "files"})
    office.runtime.settings = own
    yield own
    office.runtime.settings = SETTINGS


@pytest.fixture
async def order_id(office: Office) -> str:
    received = await office.receive(business_type="complaint", outage_scope=None, outage_started_at=None)
    return str(received["id"])


async def add(
    office: Office, order_id: str, content: bytes, *, role: Role = Role.AGENT, **query: object
) -> httpx.Response:
    params = {"kind": "photo", "name": "现场.jpg", **query}
    return await office.call("POST", f"/orders/{order_id}/attachments", role=role, content=content, params=params)


def files_in(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.order_files.rglob("*") if path.is_file() and path.name != OWNER)


@pytest.mark.requirement("001-044", "001-045")
async def test_a_photo_is_kept_outside_the_database_under_its_hash(
    office: Office, order_id: str, settings: Settings
) -> None:
    answer = await add(office, order_id, JPEG, is_third_party=True)

    kept = answer.json()
    digest = hashlib.sha256(JPEG).hexdigest()
    assert (answer.status_code, kept["content_hash"], kept["content_type"]) == (201, digest, "image/jpeg")
    assert (kept["kind"], kept["is_third_party"], kept["size_bytes"]) == ("photo", True, len(JPEG))
    assert path_of(settings.order_files, digest).read_bytes() == JPEG
    listed = await office.call("GET", f"/orders/{order_id}/attachments", role=Role.AUDITOR)
    assert listed.json()["items"] == [kept]
    noted = [line for line in await office.timeline(order_id) if line["kind"] == "attachment-added"]
    assert [line["data"]["content_hash"] for line in noted] == [digest]


async def test_what_was_handed_in_is_fetched_as_it_was(office: Office, order_id: str) -> None:
    kept = (await add(office, order_id, PDF, kind="proof", name="证明 1.pdf")).json()

    path = f"/orders/{order_id}/attachments/{kept['id']}/content"
    fetched = await office.call("GET", path, role=Role.REVIEWER)
    assert (fetched.content, fetched.headers["content-type"]) == (PDF, "application/pdf")
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert fetched.headers["content-disposition"].startswith("attachment; filename*=utf-8''")
    elsewhere = await office.receive()
    assert (await office.call("GET", path.replace(order_id, elsewhere["id"]))).json()["code"] == "attachment.unknown"
    assert (await office.call("GET", path, role=Role.OPS)).status_code == 403


@pytest.mark.requirement("001-043")
async def test_five_mebibytes_are_taken_and_one_byte_more_is_not(
    office: Office, order_id: str, settings: Settings
) -> None:
    assert (await add(office, order_id, JPEG.ljust(LARGEST, b"x"))).status_code == 201
    refused = await add(office, order_id, JPEG.ljust(LARGEST + 1, b"x"))

    assert (refused.status_code, refused.json()["code"]) == (413, "attachment.too_large")
    assert len(files_in(settings)) == 1


async def test_the_same_file_again_is_the_same_attachment_and_one_file_serves_many_orders(
    office: Office, order_id: str, settings: Settings
) -> None:
    first, again = await add(office, order_id, JPEG), await add(office, order_id, JPEG, name="另一个名字.jpg")
    other = await office.receive()
    elsewhere = await add(office, other["id"], JPEG)

    assert (first.status_code, again.status_code, elsewhere.status_code) == (201, 200, 201)
    assert again.json() == first.json()
    assert len(files_in(settings)) == 1
    assert [line["kind"] for line in await office.timeline(order_id)].count("attachment-added") == 1


async def test_a_key_that_comes_again_answers_the_first_time_again(office: Office, order_id: str) -> None:
    async def once(content: bytes) -> httpx.Response:
        params = {"kind": "photo", "name": "a.jpg"}
        headers = {"idempotency-key": "photo-1"}
        path = f"/orders/{order_id}/attachments"
        return await office.call("POST", path, content=content, params=params, headers=headers)

    first, again, other = await once(JPEG), await once(JPEG), await once(JPEG + b"!")
    assert again.json() == first.json()
    assert other.json()["code"] == "idempotency.key_reused"


@pytest.mark.parametrize(
    ("content", "query", "bad"),
    [
        (b"MZ\x90\x00 program", {"name": "现场.jpg"}, {"body": "attachment.type_unknown"}),
        (b"", {}, {"body": "attachment.empty"}),
        (PDF, {"kind": "photo"}, {"kind": "attachment.kind_mismatch"}),
        (JPEG, {"kind": "audio_recording"}, {"kind": "attachment.kind_mismatch"}),
        (PDF, {"name": "../x"}, {"kind": "attachment.kind_mismatch", "name": "attachment.bad_name"}),
        (JPEG, {"name": " . "}, {"name": "attachment.bad_name"}),
    ],
)
async def test_a_file_is_known_by_its_content_and_everything_wrong_is_named(
    office: Office, order_id: str, content: bytes, query: dict[str, Any], bad: dict[str, str]
) -> None:
    refused = await add(office, order_id, content, **query)

    assert (refused.status_code, fields_of(refused)) == (422, bad)
    assert files_in(office.runtime.settings) == []


async def test_a_file_for_no_order_of_ours_leaves_nothing(office: Office, settings: Settings) -> None:
    refused = await add(office, str(new_id()), JPEG)

    assert (refused.status_code, refused.json()["code"]) == (404, "order.unknown")
    assert files_in(settings) == []


async def test_files_of_a_misconduct_report_are_seen_by_supervision_only(office: Office) -> None:
    body = make_body(business_type="misconduct_report", outage_scope=None, outage_started_at=None)
    received = (await office.call("POST", "/orders", json=body)).json()

    kept = await add(office, received["id"], JPEG, role=Role.INSPECTOR)
    assert kept.status_code == 201
    path = f"/orders/{received['id']}/attachments"
    for hidden in (path, f"{path}/{kept.json()['id']}/content"):
        assert (await office.call("GET", hidden, role=Role.SUPERVISOR)).json()["code"] == "order.unknown"
    assert len((await office.call("GET", path, role=Role.INSPECTOR)).json()["items"]) == 1


@pytest.mark.requirement("003-048")
async def test_a_recording_is_heard_by_those_who_judge_and_each_hearing_stands_on_record(
    office: Office, order_id: str
) -> None:
    kept = (await add(office, order_id, AMR, kind="audio_recording", name="通话.amr")).json()
    path = f"/orders/{order_id}/attachments/{kept['id']}/content"

    assert (await office.call("GET", path)).json()["code"] == "attachment.recording_closed"
    assert (await office.call("GET", path, role=Role.SUPERVISOR)).content == AMR
    heard = [line for line in await office.timeline(order_id) if line["kind"] == "recording-opened"]
    assert [(line["actor"], line["data"]["id"]) for line in heard] == [("test-supervisor", kept["id"])]


@pytest.mark.requirement("003-048")
async def test_a_recording_goes_when_its_time_is_up_and_its_order_is_over(
    own_office: Office, settings: Settings
) -> None:
    office = own_office
    office.runtime.settings = settings
    sent = await office.sent()
    for content, kind in ((AMR, "audio_recording"), (JPEG, "photo")):
        assert (await add(office, sent["id"], content, kind=kind)).status_code == 201
    office.clock.moment += settings.retention_recordings
    assert await tidy(office, settings) == (0, 0), "the order is not over"

    await office.called_back(sent["id"])
    assert await tidy(office, settings) == (1, 1)

    (recording, photo) = (await office.call("GET", f"/orders/{sent['id']}/attachments")).json()["items"]
    assert (recording["is_removed"], photo["is_removed"]) == (True, False)
    assert [path.read_bytes() for path in files_in(settings)] == [JPEG]
    path = f"/orders/{sent['id']}/attachments/{recording['id']}/content"
    assert (await office.call("GET", path, role=Role.SUPERVISOR)).json()["code"] == "attachment.removed"


async def test_the_sweep_takes_what_no_row_names_and_what_was_never_finished_and_nothing_else(
    own_office: Office, settings: Settings
) -> None:
    office = own_office
    office.runtime.settings = settings
    order = await office.receive()
    await add(office, order["id"], JPEG)
    (named,) = files_in(settings)
    for orphan in (named.with_name(named.name[:2] + "0" * 62), named.with_suffix(".1234")):
        orphan.write_bytes(b"left behind by a crash")

    assert await tidy(office, settings) == (0, 2)
    assert files_in(settings) == [named]


async def test_a_folder_of_other_books_is_left_alone(own_office: Office, settings: Settings) -> None:
    own_office.runtime.settings = settings
    order = await own_office.receive()
    await add(own_office, order["id"], JPEG)
    (settings.order_files / OWNER).write_text("another installation", encoding="utf-8")
    (named,) = files_in(settings)
    named.with_suffix(".1234").write_bytes(b"theirs, perhaps")

    assert await tidy(own_office, settings) == (0, 0)
    assert len(files_in(settings)) == 2


async def test_what_is_about_to_be_named_is_never_swept(own_office: Office, settings: Settings) -> None:
    """The file is there before its row is committed: the sweep must wait for the next time."""
    from services.intake.domain.attachments import AttachmentKind, NewAttachment
    from services.intake.handlers.attachments import add_attachment
    from shared.auth import SYSTEM

    order = await own_office.receive()
    new = NewAttachment(kind=AttachmentKind.PHOTO, is_third_party=False, name="a.jpg", content=JPEG)
    database, now = own_office.runtime.database, own_office.clock.now()
    async with database.transaction(now=now) as session:
        await add_attachment(session, order["id"], new, settings=settings, now=now, actor=SYSTEM)
        await session.flush()
        assert (await tidy(own_office, settings))[1] == 0
    assert len(files_in(settings)) == 1
    assert (await tidy(own_office, settings))[1] == 0


async def tidy(office: Office, settings: Settings) -> tuple[int, int]:
    """Let the steady tasks run through the whole folder; return how many recordings ended, and files went."""
    ended = swept = 0
    for turn in range(PARTS):
        now = office.clock.now() + turn * timedelta(seconds=SWEEP_EVERY_SECONDS)
        async with office.runtime.database.transaction(now=now) as session:
            ended += await end_kept(session, now=office.clock.now())
            swept += await sweep_files(session, now=now, settings=settings)
        if turn * 8 >= PARTS:
            break
    return ended, swept
