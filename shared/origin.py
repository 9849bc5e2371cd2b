"""The one origin: a FastAPI application for the services it is given, with the pages that operations need."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from prometheus_client import REGISTRY, exposition
from prometheus_client.openmetrics import exposition as openmetrics
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.docs_page import DocumentedApp, add_docs
from shared.errors import RelightError
from shared.host import Runtime, Service
from shared.telemetry import REQUEST_SECONDS
from shared.web import Problem, add_routes, answer_broken, answer_http, answer_invalid, answer_refusal, authorise

_open_metrics = cast("Callable[[Any], bytes]", openmetrics.generate_latest)

Start = Callable[[], AbstractAsyncContextManager[dict[str, Runtime]]]

_WORDS: dict[int | str, str] = {
    401: "We do not know who asks.",
    403: "The policy says no.",
    422: "A rule is broken; every bad field is named.",
    "default": "Any other refusal, or a fault of ours.",
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words} for status, words in _WORDS.items()
}


def build_app(services: Sequence[Service], *, start: Start, max_body_bytes: int) -> FastAPI:
    """Make the application of some services; `start` puts them to work for as long as the application lives."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with start() as runtimes:
            app.state.runtimes = runtimes
            yield

    app = DocumentedApp(
        title="复电 Relight",
        summary="From the 95598 order to light again, every minute and every return counted.",
        version="0.1.0",
        lifespan=lifespan,
        max_body_size=max_body_bytes,
        docs_url=None,
        redoc_url=None,
        openapi_tags=[{"name": s.name, "description": s.summary} for s in services],
        generate_unique_id_function=lambda route: f"{next(iter(route.tags), 'ops')}.{route.name}",
    )
    for service in services:
        add_routes(
            app,
            [service.router],
            prefix=f"/{service.name}",
            tags=[service.name],
            dependencies=[Depends(authorise)],
            responses=_REFUSALS,
        )
    app.add_exception_handler(RelightError, answer_refusal)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(HTTPException, answer_http)
    for kind in (DBAPIError, Exception):
        app.add_exception_handler(kind, answer_broken)
    app.add_middleware(Timed)
    _add_pages_for_operations(app)
    add_docs(app)
    return app


def _add_pages_for_operations(app: FastAPI) -> None:
    @app.get("/healthz", tags=["ops"], summary="Is the process alive? No I/O.")
    async def healthz() -> dict[str, str]:
        """Answer as long as the process can answer at all; restart it when this does not."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["ops"], summary="Can it work: database, migrations, bus, consumers?")
    async def readyz(request: Request) -> Response:
        """Answer 200 when everything that we stand on is there, else 503 with what is wrong, one line each."""
        wrong = [line for runtime in request.app.state.runtimes.values() for line in await runtime.check_ready()]
        return JSONResponse({"ready": not wrong, "wrong": wrong}, 503 if wrong else 200)

    @app.get("/metrics", tags=["ops"], summary="Prometheus text or OpenMetrics; no personal data.")
    async def metrics(request: Request) -> Response:
        """Answer what `Accept` prefers: OpenMetrics when it is named, else Prometheus text."""
        if "application/openmetrics-text" in request.headers.get("accept", ""):
            return Response(_open_metrics(REGISTRY), media_type=openmetrics.CONTENT_TYPE_LATEST)
        return Response(exposition.generate_latest(REGISTRY), media_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)


class Timed:
    """Measures every request under its route's pattern, never its path: labels stay few."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how long its answer took."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            pattern = _pattern(scope)
            REQUEST_SECONDS.labels(scope["method"], pattern, status).observe(time.perf_counter() - started)


def _pattern(scope: Scope) -> str:
    pattern: str | None = getattr(scope.get("route"), "path_format", None)
    return "unmatched" if pattern is None else pattern
