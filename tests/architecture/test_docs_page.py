"""`/docs` works without an internet: everything that it loads comes from us."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import MetaData

from shared.auth import Role
from shared.docs_page import tell_callers
from shared.host import Runtime, Service
from shared.origin import build_app
from shared.web import Answer, Strict
from tests.architecture.tree import PROJECT


class Lamp(Strict):
    """A lamp."""

    name: str


class Lit(Answer):
    """A lamp that burns."""

    name: str


@pytest.fixture(scope="module")
def app() -> FastAPI:
    router = APIRouter()

    @router.post("/lamps", summary="Light a lamp.")
    async def light(body: Lamp) -> Lit:
        return Lit(name=body.name)

    @router.post("/sign-in", summary="Come in.")
    async def sign_in() -> None: ...

    @router.post("/upstream/lamps", summary="Light a lamp from afar.")
    async def receive_lamp() -> None: ...

    def never() -> AbstractAsyncContextManager[dict[str, Runtime]]:
        raise AssertionError("nothing is started for reading")

    service = Service(name="toy", summary="A toy.", router=router, metadata=MetaData(schema="toy"), folder=PROJECT)
    return build_app([service], start=never, max_body_bytes=1000)


@pytest.fixture(scope="module")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://relight.test") as client:
        yield client


async def test_the_page_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    page = await http.get("/docs")

    assert page.status_code == 200
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page.text) == []
    assert '"validatorUrl": null' in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for address in [*loaded, "openapi.json"]:
        answer = await http.get("/" + address)
        assert answer.status_code == 200, address
        assert answer.content


async def test_the_assets_are_swagger_ui(http: httpx.AsyncClient) -> None:
    script = await http.get("/docs-assets/swagger-ui-bundle.js")
    style = await http.get("/docs-assets/swagger-ui.css")

    assert "javascript" in script.headers["content-type"]
    assert "SwaggerUIBundle" in script.text
    assert "@import" not in style.text
    assert re.findall(r"url\((?!['\"]?(?:data:|#)).{0,60}", style.text) == []


async def test_refusals_are_declared_as_they_are_sent(http: httpx.AsyncClient) -> None:
    document = (await http.get("/openapi.json")).json()

    responses = document["paths"]["/toy/lamps"]["post"]["responses"]
    assert set(responses) == {"200", "401", "403", "422", "default"}
    assert list(responses["200"]["content"]) == ["application/json"]
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    refused = await http.get("/nowhere")
    assert refused.headers["content-type"] == "application/problem+json"


def test_the_document_tells_who_may_call_what(app: FastAPI) -> None:
    document = app.openapi()

    policy = {
        "toy.light": frozenset({Role.AGENT, Role.UPSTREAM}),
        "toy.sign_in": frozenset({Role.PUBLIC}),
        "toy.receive_lamp": frozenset({Role.UPSTREAM}),
    }
    tell_callers(document, policy)

    told = {path: operations["post"]["security"] for path, operations in document["paths"].items() if "/toy/" in path}
    assert told == {
        "/toy/lamps": [{"token": []}, {"signature": []}],
        "/toy/sign-in": [],
        "/toy/upstream/lamps": [{"signature": []}],
    }
    assert document["paths"]["/toy/lamps"]["post"]["x-roles"] == ["agent", "upstream"]
    assert set(document["components"]["securitySchemes"]) == {"token", "signature"}
