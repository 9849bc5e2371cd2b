"""The HTTP door: what it promises to whoever calls, whichever service stands behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from sqlalchemy import func, insert, select, text
from sqlalchemy.pool import QueuePool
from standardwebhooks import Webhook

from shared.auth import Actor, Role
from shared.bus.postgres import PostgresBus
from shared.clock import SystemClock
from shared.errors import Conflict, Text
from shared.host import Runtime
from shared.ids import new_id
from shared.origin import build_app
from shared.settings import Settings
from shared.web import Answer, Change, Moment, Read, Strict, decode_cursor, encode_cursor
from tests.conftest import MakeDatabase
from tests.shared.toy import Toy, toy_on

SECRETS = ["whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", "whsec_" + "enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmE="]
POLICY = {
    "toy.note": frozenset({Role.AGENT, Role.UPSTREAM}),
    "toy.count": frozenset({Role.AUDITOR}),
    "toy.refuse": frozenset({Role.PUBLIC}),
    "toy.fail_to_commit": frozenset({Role.PUBLIC}),
    "toy.break_down": frozenset({Role.PUBLIC}),
}


class Note(Strict):
    """A note."""

    reason: str
    noted_at: Moment


class Noted(Answer):
    """A note with its number."""

    id: UUID


class Count(Answer):
    """How many notes there are."""

    count: int


def make_router(effects: list[Toy]) -> APIRouter:
    """Make the toy's routes; the toy itself is in `effects` by the time that they are called."""
    router = APIRouter()

    @router.post("/notes", status_code=201)
    async def note(body: Note, door: Change) -> Noted:
        async def call() -> Noted:
            number = new_id()
            row = {"event_id": number, "order_id": number, "reason": body.reason}
            await door.session.execute(insert(effects[0].effects).values(row))
            return Noted(id=number)

        return await door.once(Noted, call)

    @router.get("/notes/count")
    async def count(door: Read) -> Count:
        found = await door.session.execute(select(func.count()).select_from(effects[0].effects))
        return Count(count=found.scalar_one())

    @router.post("/refusals")
    async def refuse(door: Change) -> None:
        raise Conflict("note.closed", Text("已关闭：{what}", "closed: {what}"), what="it")

    @router.post("/failed-commits", status_code=201)
    async def fail_to_commit(door: Change) -> None:
        deferred = "CREATE TABLE IF NOT EXISTS toy.twice (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        await door.session.execute(text(deferred))
        await door.session.execute(text("INSERT INTO toy.twice VALUES (1), (1)"))

    @router.post("/breakdowns")
    async def break_down(door: Change) -> None:
        raise ZeroDivisionError("secret detail")

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    return router


@pytest.fixture(scope="module")
async def toy(make_database: MakeDatabase) -> AsyncIterator[Toy]:
    known: list[Toy] = []
    async with toy_on(await make_database(), make_router(known)) as service:
        known.append(service)
        yield service


@pytest.fixture(scope="module")
async def http(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(token_secret=SecretStr("t" * 32), upstream_secrets=[SecretStr(s) for s in SECRETS])
    runtime = Runtime(
        toy.service,
        settings=settings,
        policy=POLICY,
        bus=PostgresBus(toy.database.url),
        database_url=toy.database.url,
        clock=SystemClock(),
    )
    await runtime.database.close()
    runtime.database = toy.database

    @asynccontextmanager
    async def start() -> AsyncIterator[dict[str, Runtime]]:
        yield {"toy": runtime}

    app = build_app([toy.service], start=start, max_body_bytes=100_000)
    app.state.runtimes = {"toy": runtime}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://relight.test") as client:
        client.runtime = runtime  # type: ignore[attr-defined]
        yield client


def token(http: httpx.AsyncClient, *roles: Role, at: datetime | None = None) -> dict[str, str]:
    """Return the headers of somebody with these roles, signed in at a time."""
    runtime: Runtime = http.runtime  # type: ignore[attr-defined]
    issued = runtime.tokens.issue(Actor("somebody", frozenset(roles)), now=at or datetime.now(UTC))
    return {"authorization": f"Bearer {issued}"}


NOTE = {"reason": "停电", "noted_at": "2026-11-22T20:00:00+08:00"}


async def counted(http: httpx.AsyncClient) -> int:
    answer = await http.get("/toy/notes/count", headers=token(http, Role.AUDITOR))
    return int(answer.json()["count"])


async def test_the_same_idempotency_key_gets_the_first_answer_again(http: httpx.AsyncClient) -> None:
    before = await counted(http)
    headers = {**token(http, Role.AGENT), "idempotency-key": "k-1"}

    first = await http.post("/toy/notes", json=NOTE, headers=headers)
    again = await http.post("/toy/notes", json=NOTE, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await counted(http) == before + 1


async def test_the_same_key_at_the_same_instant_is_done_once(http: httpx.AsyncClient) -> None:
    before = await counted(http)
    headers = {**token(http, Role.AGENT), "idempotency-key": "k-2"}

    answers = await asyncio.gather(*(http.post("/toy/notes", json=NOTE, headers=headers) for _ in range(8)))

    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert await counted(http) == before + 1


async def test_the_same_key_with_another_body_is_refused(http: httpx.AsyncClient) -> None:
    headers = {**token(http, Role.AGENT), "idempotency-key": "k-3"}
    await http.post("/toy/notes", json=NOTE, headers=headers)

    other = await http.post("/toy/notes", json={**NOTE, "reason": "别的"}, headers=headers)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


async def test_a_commit_that_fails_never_answers_201(http: httpx.AsyncClient) -> None:
    answer = await http.post("/toy/failed-commits")

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal.broken"


async def test_a_database_with_no_connection_free_asks_to_come_again(http: httpx.AsyncClient) -> None:
    runtime: Runtime = http.runtime  # type: ignore[attr-defined]
    pool = cast("QueuePool", runtime.database.engine.pool)
    patience, pool._timeout = pool._timeout, 0.05
    held = [await runtime.database.engine.connect() for _ in range(pool.size())]
    try:
        answer = await http.post("/toy/notes", json=NOTE, headers=token(http, Role.AGENT))
    finally:
        pool._timeout = patience
        for connection in held:
            await connection.close()

    assert (answer.status_code, answer.json()["code"]) == (503, "database.away")
    assert answer.headers["retry-after"] == "1"


async def test_a_fault_of_ours_is_told_without_its_trace(http: httpx.AsyncClient) -> None:
    answer = await http.post("/toy/breakdowns")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "已关闭：it"), ("en-GB,zh;q=0.5", "closed: it"), ("", "已关闭：it")]
)
async def test_a_refusal_speaks_the_callers_language(http: httpx.AsyncClient, language: str, words: str) -> None:
    answer = await http.post("/toy/refusals", headers={"accept-language": language} if language else {})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["detail"]) == ("note.closed", words)


async def test_every_bad_field_is_named_at_once_with_its_rule(http: httpx.AsyncClient) -> None:
    body = {"reason": 7, "noted_at": 0, "mood": "good"}
    answer = await http.post("/toy/notes", json=body, headers=token(http, Role.AGENT))

    fields = {f["field"]: f["detail"] for f in answer.json()["fields"]}
    assert answer.status_code == 422
    assert fields == {"reason": "必须是文本", "noted_at": "必须是 ISO 8601 时间", "mood": "不认识的字段"}


async def test_a_text_with_a_nul_in_it_is_refused_and_its_field_named(http: httpx.AsyncClient) -> None:
    answer = await http.post("/toy/notes", json={**NOTE, "reason": "a\x00b"}, headers=token(http, Role.AGENT))

    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "reason")


async def test_a_time_without_its_offset_is_refused(http: httpx.AsyncClient) -> None:
    body = {**NOTE, "noted_at": "2026-11-22T20:00:00"}
    answer = await http.post("/toy/notes", json=body, headers={**token(http, Role.AGENT), "accept-language": "en"})

    assert answer.json()["fields"] == [
        {"field": "noted_at", "code": "field.timezone_aware", "detail": "a time needs its offset"}
    ]


async def test_what_the_policy_does_not_name_is_denied_to_everybody(http: httpx.AsyncClient) -> None:
    answer = await http.get("/toy/forgotten", headers=token(http, *Role))

    assert (answer.status_code, answer.json()["code"]) == (403, "access.no_rule")


async def test_a_role_that_is_not_named_is_refused_and_nobody_at_all_must_sign_in(http: httpx.AsyncClient) -> None:
    refused = await http.post("/toy/notes", json=NOTE, headers=token(http, Role.CREW))
    unknown = await http.post("/toy/notes", json=NOTE)

    assert (refused.status_code, refused.json()["code"]) == (403, "access.role_missing")
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_token_that_is_over_is_refused(http: httpx.AsyncClient) -> None:
    old = token(http, Role.AGENT, at=datetime.now(UTC) - timedelta(hours=1))
    answer = await http.post("/toy/notes", json=NOTE, headers=old)

    assert answer.status_code == 401


def signed(secret: str, body: str, *, at: datetime | None = None, number: str = "msg-1") -> dict[str, str]:
    moment = at or datetime.now(UTC)
    signature = Webhook(secret).sign(number, moment, body)
    stamp = str(int(moment.timestamp()))
    return {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": signature}


BODY = '{"reason": "signed", "noted_at": "2026-11-22T20:00:00+08:00"}'


@pytest.mark.parametrize("secret", SECRETS)
async def test_a_call_signed_with_either_secret_is_let_in_while_keys_rotate(
    http: httpx.AsyncClient, secret: str
) -> None:
    headers = {**signed(secret, BODY, number=f"rotate-{secret[-4:]}"), "content-type": "application/json"}
    answer = await http.post("/toy/notes", content=BODY, headers=headers)

    assert answer.status_code == 201


async def test_the_same_webhook_id_gets_the_first_answer_again(http: httpx.AsyncClient) -> None:
    headers = {**signed(SECRETS[0], BODY, number="again"), "content-type": "application/json"}
    answers = [await http.post("/toy/notes", content=BODY, headers=headers) for _ in range(2)]

    assert answers[0].json() == answers[1].json()


async def test_a_wrong_or_stale_signature_stores_nothing(http: httpx.AsyncClient) -> None:
    before = await counted(http)
    wrong = signed(SECRETS[0], "another body", number="wrong")
    stale = signed(SECRETS[0], BODY, at=datetime.now(UTC) - timedelta(minutes=6), number="stale")

    for headers in (wrong, stale):
        answer = await http.post("/toy/notes", content=BODY, headers={**headers, "content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (401, "access.signature_invalid")
    assert await counted(http) == before


async def test_a_body_that_is_too_large_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/toy/notes", content=b"x" * 200_000, headers=token(http, Role.AGENT))

    assert answer.status_code == 413


async def test_a_path_that_is_not_there_answers_with_a_problem(http: httpx.AsyncClient) -> None:
    answer = await http.get("/toy/nowhere")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_metrics_speak_both_dialects_and_name_the_route_not_the_path(http: httpx.AsyncClient) -> None:
    await http.post("/toy/refusals")
    plain = await http.get("/metrics")
    modern = await http.get("/metrics", headers={"accept": "application/openmetrics-text"})

    assert 'http_route="/toy/refusals"' in plain.text
    assert modern.text.rstrip().endswith("# EOF")


def test_a_cursor_comes_back_as_it_was_and_nothing_else_is_one() -> None:
    from shared.errors import Invalid

    assert decode_cursor(encode_cursor("2026-11-22", 7), length=2) == ["2026-11-22", 7]
    with pytest.raises(Invalid):
        decode_cursor("bm90IGEgY3Vyc29y", length=2)
