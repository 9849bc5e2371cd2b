"""A crew's phone: its list and the tag on it, news without asking again, sign-in, photos."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from services.dispatch import tables
from services.dispatch.handlers import add_staff_account, change_password, disable_staff_account, list_staff_accounts
from services.dispatch.news import news_of
from shared.auth import SYSTEM, Role
from shared.errors import Conflict, Invalid
from shared.files import LARGEST
from shared.glossary import SpecialNeed
from tests.dispatch.centre import Centre, County

SECRET = "a device secret of the test"
JPEG = b"\xff\xd8\xff\xe0 a photo"


async def get_list(centre: Centre, crew: str, *, wait: int = 0, tag: str = "") -> httpx.Response:
    headers = {"if-none-match": tag} if tag else {}
    return await centre.call("GET", f"/mobile/tasks?wait={wait}", crew=crew, headers=headers)


async def until_watched(centre: Centre, crew: str) -> None:
    watchers = news_of(centre.runtime)._watchers
    async with asyncio.timeout(5):
        while not watchers.get(crew):  # noqa: ASYNC110 - the test may look, nobody tells it
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)  # the list is read, and the process listens


async def test_an_unchanged_list_is_not_sent_again(centre: Centre) -> None:
    county = await centre.county(crew={})
    crew = county.code("crew")
    empty = await get_list(centre, crew)

    same = await get_list(centre, crew, tag=empty.headers["etag"])
    await county.order()
    other = await get_list(centre, crew, tag=empty.headers["etag"])

    assert (same.status_code, same.content) == (304, b"")
    assert not empty.headers["etag"].startswith("W/")
    assert other.status_code == 200
    assert other.headers["etag"] != empty.headers["etag"]


async def test_a_phone_that_waits_hears_of_a_task_as_soon_as_it_is_sent(centre: Centre) -> None:
    county = await centre.county(crew={})
    crew = county.code("crew")
    tag = (await get_list(centre, crew)).headers["etag"]
    waiting = asyncio.create_task(get_list(centre, crew, wait=25, tag=tag))
    await until_watched(centre, crew)
    loop = asyncio.get_running_loop()
    sent_at = loop.time()

    await county.order()
    answer = await asyncio.wait_for(waiting, 5)

    assert loop.time() - sent_at < 1
    assert len(answer.json()["tasks"]) == 1


async def test_a_phone_that_waited_for_nothing_is_told_so(centre: Centre) -> None:
    county = await centre.county(crew={})
    tag = (await get_list(centre, county.code("crew"))).headers["etag"]

    answer = await get_list(centre, county.code("crew"), wait=1, tag=tag)

    assert answer.status_code == 304


async def test_a_phone_that_waits_is_let_go_when_the_service_stops(centre: Centre) -> None:
    county = await centre.county(crew={})
    crew = county.code("crew")
    tag = (await get_list(centre, crew)).headers["etag"]
    waiting = asyncio.create_task(get_list(centre, crew, wait=25, tag=tag))
    await until_watched(centre, crew)

    centre.runtime.stopping.set()
    try:
        answer = await asyncio.wait_for(waiting, 1)
    finally:
        centre.runtime.stopping.clear()

    assert answer.status_code == 304


@pytest.mark.requirement("000-067")
async def test_a_crew_sees_only_its_own_and_who_it_goes_to_in_full(centre: Centre) -> None:
    county = await centre.county(one={}, two={})
    await county.order(caller={"special_need": SpecialNeed.LONE_ELDERLY})

    task = await county.task_of("one")

    assert await centre.list_of(county.code("two")) == []
    assert task["caller"] == {"name": "张伟", "phone": "13812345678"}
    assert task["hints"] == ["特殊困难客户：即使属客户产权，也请协助处理"]


async def test_the_list_is_also_a_stream_of_events_that_ends_with_the_service(centre: Centre) -> None:
    """The transport of these tests hands a stream over when it is whole: so the service stops first."""
    county = await centre.county(crew={})
    crew = county.code("crew")
    streaming = asyncio.create_task(centre.call("GET", "/mobile/stream", crew=crew))
    await until_watched(centre, crew)
    await county.order()
    await asyncio.sleep(0.3)

    centre.runtime.stopping.set()
    try:
        answer = await asyncio.wait_for(streaming, 3)
    finally:
        centre.runtime.stopping.clear()

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [part for part in answer.text.split("\n\n") if part.startswith("event: tasks")]
    assert len(events) == 2
    assert '"needs_next":["accepted"' in events[1]


async def sign_in(centre: Centre, county: County, secret: str = SECRET, **more: Any) -> httpx.Response:
    body = {"crew_code": county.code("crew"), "device_secret": secret} | more
    return await centre.client.post("/dispatch/mobile/sign-in", json=body)


async def test_a_crew_signs_in_with_its_device_secret_and_gets_the_next_tokens(centre: Centre) -> None:
    county = await centre.county(crew={"device_secret": SECRET})

    given = (await sign_in(centre, county)).json()
    renewed = await centre.client.post("/dispatch/mobile/refresh", json={"refresh_token": given["refresh_token"]})
    wrong_use = await centre.client.post("/dispatch/mobile/refresh", json={"refresh_token": given["access_token"]})

    actor = centre.runtime.tokens.read(renewed.json()["access_token"], now=centre.clock.now())
    assert (actor.id, actor.roles) == (county.code("crew"), frozenset({Role.CREW}))
    assert wrong_use.status_code == 401


async def test_five_wrong_secrets_lock_the_door_even_for_the_right_one(centre: Centre) -> None:
    county = await centre.county(crew={"device_secret": SECRET})

    wrong = [await sign_in(centre, county, "wrong") for _ in range(5)]
    locked = await sign_in(centre, county)
    centre.clock.moment += timedelta(minutes=15)
    after = await sign_in(centre, county)

    assert {(a.status_code, a.json()["code"]) for a in wrong} == {(401, "sign_in.wrong")}
    assert (locked.status_code, locked.json()["code"]) == (429, "sign_in.locked")
    assert after.status_code == 200


async def test_guessing_in_parallel_gains_nothing(centre: Centre) -> None:
    county = await centre.county(crew={"device_secret": SECRET})

    answers = await asyncio.gather(*(sign_in(centre, county, f"guess {i}") for i in range(12)))

    assert sorted(a.status_code for a in answers) == [401] * 5 + [429] * 7


async def test_a_crew_that_does_not_exist_is_refused_like_a_wrong_secret(centre: Centre) -> None:
    body = {"crew_code": "nobody", "device_secret": SECRET}

    answer = await centre.client.post("/dispatch/mobile/sign-in", json=body)

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.wrong")


async def test_the_phones_clock_is_measured_at_sign_in_and_its_reports_are_put_right(centre: Centre) -> None:
    county = await centre.county(crew={"device_secret": SECRET})
    behind = timedelta(minutes=-7)
    order_id = await county.order()
    task = await county.task_of("crew")

    given = await sign_in(centre, county, device_time=(centre.clock.now() + behind).isoformat())
    report = centre.make_report(task["task_id"], "accepted")
    report["occurred_at"] = (centre.clock.now() + behind).isoformat()
    (result,) = await centre.report(county.code("crew"), report)

    assert given.json()["clock_offset_ms"] == -420_000
    assert result["outcome"] == "applied"
    told = dict(await centre.told(order_id))
    assert told["crew-accepted"]["crew_received_at"] == "2026-11-23T02:00:00Z"


async def test_a_secret_stays_when_the_crew_is_written_without_one(centre: Centre) -> None:
    county = await centre.county(crew={"device_secret": SECRET})

    await county.add_crew("crew", has_vehicle=False)

    assert (await sign_in(centre, county)).status_code == 200


async def test_staff_accounts_are_made_used_and_disabled(centre: Centre) -> None:
    database, now = centre.runtime.database, centre.clock.now()
    make: dict[str, Any] = {"login": "li", "password": "long enough", "now": now, "actor": SYSTEM}
    async with database.transaction(now=now) as session:
        await add_staff_account(session, roles=[Role.DISPATCHER, Role.AGENT], **make)
        with pytest.raises(Conflict):
            await add_staff_account(session, roles=[Role.AGENT], **make)
        with pytest.raises(Invalid):
            await add_staff_account(session, roles=[Role.CREW], **(make | {"login": "crew"}))
        with pytest.raises(Invalid):
            await add_staff_account(session, roles=[Role.AGENT], **(make | {"login": "wang", "password": "short"}))

    body = {"login": "li", "password": "long enough"}
    given = (await centre.client.post("/dispatch/staff/sign-in", json=body)).json()
    actor = centre.runtime.tokens.read(given["access_token"], now=now)
    async with database.transaction(now=now) as session:
        await change_password(session, login="li", password="another long one", now=now, actor=SYSTEM)
    old = await centre.client.post("/dispatch/staff/sign-in", json=body)
    async with database.transaction(now=now) as session:
        await disable_staff_account(session, login="li", now=now, actor=SYSTEM)
        accounts = {a.login: a for a in await list_staff_accounts(session)}
    again = await centre.client.post("/dispatch/staff/refresh", json={"refresh_token": given["refresh_token"]})

    assert (actor.id, actor.roles) == ("li", frozenset({Role.DISPATCHER, Role.AGENT}))
    assert accounts["li"].disabled_at == now
    assert (old.status_code, again.status_code) == (401, 401)


async def post_photo(centre: Centre, crew: str, task_id: str, content: bytes) -> httpx.Response:
    return await centre.call("POST", f"/mobile/attachments?task_id={task_id}", crew=crew, content=content)


async def test_a_photo_is_kept_once_by_its_content(centre: Centre) -> None:
    county = await centre.county(crew={}, other={})
    await county.order()
    crew, task = county.code("crew"), await county.task_of("crew")

    first = await post_photo(centre, crew, task["task_id"], JPEG)
    again = await post_photo(centre, crew, task["task_id"], JPEG)
    other = await post_photo(centre, county.code("other"), task["task_id"], JPEG)

    kept = first.json()
    assert first.status_code == 201, first.text
    assert kept["content_type"] == "image/jpeg"
    assert kept == again.json()
    folder = centre.runtime.settings.data_folder / "attachments" / kept["content_hash"][:2]
    assert (folder / kept["content_hash"]).read_bytes() == JPEG
    assert other.status_code == 404
    t = tables.attachments
    assert len(await centre.rows(select(t).where(t.c.task_id == UUID(task["task_id"])))) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ this is a program named photo.jpg", "attachment.not_a_photo"),
        (JPEG.ljust(LARGEST + 1, b"x"), "attachment.too_large"),
    ],
)
async def test_what_is_no_photo_or_too_large_is_refused(centre: Centre, content: bytes, code: str) -> None:
    county = await centre.county(crew={})
    await county.order()
    task = await county.task_of("crew")

    answer = await post_photo(centre, county.code("crew"), task["task_id"], content)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
