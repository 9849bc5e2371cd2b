"""Strangers repeat every call until it is answered, and never under another key."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from standardwebhooks import Webhook

from services.simulation import clients
from services.simulation.clients import Origin, Refused, Silent, bearer, staff

SECRET = "whsec_" + "bWFkZS11cC1zZWNyZXQtZm9yLXRlc3Rz"

Answer = Callable[[httpx.Request], httpx.Response]


class System:
    """A system that answers as the test says, one answer a call, and remembers what it was asked."""

    def __init__(self, *answers: Answer | httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def origin(self, *, patience: float = 5) -> Origin:
        return Origin("http://relight.test", patience=patience, transport=httpx.MockTransport(self))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(clients, "LONGEST_PAUSE", 0.0)


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "said so"})


async def test_repeats_with_the_same_key_and_body_until_answered() -> None:
    system = System(
        httpx.ConnectError("killed"), httpx.ReadError("killed"), problem(503, "bus.unreachable"), ok(id="1")
    )
    async with system.origin() as origin:
        assert await origin.post("/intake/orders", bearer("t"), {"content": "停电"}) == {"id": "1"}
        assert origin.repeated == 3
    assert len({request.headers["idempotency-key"] for request in system.asked}) == 1
    assert len({request.content for request in system.asked}) == 1


@pytest.mark.parametrize(("last", "is_ready"), [(200, True), (503, False)])
async def test_behind_a_gateway_every_service_has_to_say_that_it_can_work(last: int, is_ready: bool) -> None:
    system = System(httpx.Response(404), ok(), ok(), ok(), httpx.Response(last))
    async with system.origin() as origin:
        assert await origin.is_ready() is is_ready
    asked = [request.url.path for request in system.asked]
    assert asked == ["/readyz", "/intake/readyz", "/dispatch/readyz", "/callback/readyz", "/sla/readyz"]


async def test_a_refusal_is_not_repeated_and_has_its_name() -> None:
    system = System(problem(409, "order.already_closed"))
    async with system.origin() as origin:
        with pytest.raises(Refused) as refused:
            await origin.post("/intake/orders", bearer("t"), {})
    assert (refused.value.status, refused.value.code) == (409, "order.already_closed")


async def test_gives_up_when_nobody_answers_in_time() -> None:
    system = System(*[httpx.ConnectError("away")] * 50)
    async with system.origin(patience=0) as origin:
        with pytest.raises(Silent, match="away"):
            await origin.get("/intake/orders", bearer("t"))


async def test_signs_in_with_the_first_call_and_refreshes_when_the_token_ran_out() -> None:
    system = System(
        ok(access_token="one", refresh_token="r1"),
        ok(n=1),
        problem(401, "access.token_invalid"),
        ok(access_token="two", refresh_token="r2"),
        ok(n=2),
    )
    agent = staff("agent", "not a secret")
    async with system.origin() as origin:
        assert (await origin.get("/intake/orders", agent))["n"] == 1
        assert (await origin.get("/intake/orders", agent))["n"] == 2
    paths = [request.url.path for request in system.asked]
    assert paths[0] == "/dispatch/staff/sign-in"
    assert paths[3] == "/dispatch/staff/refresh"
    assert system.asked[-1].headers["authorization"] == "Bearer two"


async def test_signs_in_again_when_the_refresh_is_refused() -> None:
    system = System(
        problem(401, "access.token_invalid"),
        problem(401, "access.token_invalid"),
        ok(access_token="new", refresh_token="r"),
        ok(n=1),
    )
    agent = staff("agent", "not a secret")
    agent.access, agent.refresh_token = "old", "old"
    async with system.origin() as origin:
        assert (await origin.get("/intake/orders", agent))["n"] == 1


async def test_the_platform_keeps_its_webhook_id_and_signs_each_try() -> None:
    system = System(httpx.ConnectError("killed"), ok(id="1"))
    webhook = Webhook(SECRET)
    async with system.origin() as origin:
        await origin.push("/intake/upstream/orders", webhook, {"content": "停电"}, webhook_id="w-1")
    assert [request.headers["webhook-id"] for request in system.asked] == ["w-1", "w-1"]
    for request in system.asked:
        assert webhook.verify(request.content, dict(request.headers)) == json.loads(request.content)
