"""Who may call what: the policy table and the routes name each other, and the live doors do what the table says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pytest
from fastapi import FastAPI
from standardwebhooks import Webhook

from services.access import POLICY
from shared.auth import Actor, Role
from shared.host import Runtime
from shared.ids import new_id
from tests.architecture.calling import BODY, Heard, call
from tests.architecture.conftest import UPSTREAM_SECRET

SERVICES = {"intake", "dispatch", "callback", "sla"}
SOMEBODY = [role for role in Role if role is not Role.PUBLIC]
BY_POLICY = {"access.role_missing", "access.no_rule"}
"""The codes of refusals that are the policy's; a handler may have its own reasons to refuse."""
UNKNOWN = "access.token_invalid"


@dataclass(frozen=True)
class Route:
    """One operation, with a path that can be called."""

    name: str
    method: str
    path: str

    @property
    def roles(self) -> frozenset[Role]:
        return POLICY.get(self.name, frozenset())


def routes_of(document: dict[str, Any]) -> Iterator[Route]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            callable_path = re.sub(r"\{[^}]+\}", str(new_id()), path)
            yield Route(operation["operationId"], method.upper(), callable_path)


@pytest.fixture(scope="session")
def routes(openapi: dict[str, Any]) -> list[Route]:
    return [route for route in routes_of(openapi) if not route.name.startswith("ops.")]


@pytest.fixture(scope="module")
def runtimes(origin: FastAPI) -> dict[str, Runtime]:
    return cast("dict[str, Runtime]", origin.state.runtimes)


def test_all_four_services_answer(routes: list[Route]) -> None:
    assert {route.name.split(".")[0] for route in routes} == SERVICES


def test_outside_the_services_there_are_only_the_pages_for_operations(openapi: dict[str, Any]) -> None:
    ours = tuple(f"/{service}/" for service in SERVICES)

    assert {path for path in openapi["paths"] if not path.startswith(ours)} == {"/healthz", "/readyz", "/metrics"}


def test_every_route_has_an_entry_and_every_entry_a_route(routes: list[Route]) -> None:
    names = {route.name for route in routes}

    assert sorted(names - POLICY.keys()) == [], "routes that nobody may call: add them to services/access.py"
    assert sorted(POLICY.keys() - names) == [], "entries for routes that do not exist"
    assert len(names) == len(routes), "two routes of one name"


def test_every_entry_names_somebody_and_public_stands_alone() -> None:
    for name, roles in POLICY.items():
        assert roles, name
        assert Role.PUBLIC not in roles or roles == {Role.PUBLIC}, name


@pytest.mark.parametrize("role", SOMEBODY)
async def test_a_role_is_let_in_where_the_policy_names_it_and_nowhere_else(
    role: Role, routes: list[Route], origin: FastAPI, runtimes: dict[str, Runtime]
) -> None:
    wrong = []
    for route in routes:
        heard = await knock(origin, route, token_of(route, runtimes, role))
        is_named = bool({role, Role.PUBLIC} & route.roles)
        if (heard.code in BY_POLICY) == is_named or heard.code == UNKNOWN or heard.status >= 500:
            wrong.append(f"{route.name}: {heard}, and the policy says {'yes' if is_named else 'no'}")

    assert wrong == []


async def test_without_a_token_only_public_routes_answer(routes: list[Route], origin: FastAPI) -> None:
    wrong = []
    for route in routes:
        heard = await knock(origin, route, {})
        if (heard.code == UNKNOWN) == (Role.PUBLIC in route.roles):
            wrong.append(f"{route.name}: {heard}")

    assert wrong == []


async def test_a_refresh_token_opens_no_door(
    routes: list[Route], origin: FastAPI, runtimes: dict[str, Runtime]
) -> None:
    route = next(route for route in routes if Role.SUPERVISOR in route.roles)

    heard = await knock(origin, route, token_of(route, runtimes, Role.SUPERVISOR, use="refresh"))

    assert heard.code == UNKNOWN


async def test_a_signature_opens_the_doors_of_the_platform_and_no_other(
    routes: list[Route], origin: FastAPI, runtimes: dict[str, Runtime]
) -> None:
    wrong = []
    for route in routes:
        if Role.PUBLIC in route.roles:
            continue
        now = runtimes[route.name.split(".")[0]].clock.now()
        signed = await knock(origin, route, signature(now))
        forged = await knock(origin, route, signature(now) | {"webhook-signature": "v1,Zm9yZ2Vk"})
        is_let_in = signed.status not in (401, 403)
        if is_let_in != (Role.UPSTREAM in route.roles) or forged.status != 401:
            wrong.append(f"{route.name}: signed {signed}, forged {forged}")

    assert wrong == []


def token_of(route: Route, runtimes: dict[str, Runtime], role: Role, *, use: str = "access") -> dict[str, str]:
    runtime = runtimes[route.name.split(".")[0]]
    issued = runtime.tokens.issue(Actor("somebody", frozenset({role})), now=runtime.clock.now(), use=use)
    return {"authorization": f"Bearer {issued}"}


def signature(now: datetime) -> dict[str, str]:
    number = str(new_id())
    signed = Webhook(UPSTREAM_SECRET).sign(number, now, BODY.decode())
    return {"webhook-id": number, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}


async def knock(app: FastAPI, route: Route, headers: dict[str, str]) -> Heard:
    return await call(app, route.method, route.path, headers)
