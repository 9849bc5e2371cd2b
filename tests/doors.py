"""The doors of one service for a test: made once a worker, because making them takes longer than most tests do."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from copy import copy

from fastapi import FastAPI
from starlette.datastructures import State

from shared.host import Runtime
from shared.origin import build_app

MAX_BODY_BYTES = 6 << 20

_made: dict[str, FastAPI] = {}


def doors_of(runtime: Runtime) -> FastAPI:
    """Return a service's application with `runtime` behind it; the routes are those of every other test."""
    service = runtime.service
    if service.name not in _made:
        _made[service.name] = build_app([service], start=_never, max_body_bytes=MAX_BODY_BYTES)
    app = copy(_made[service.name])
    app.state = State({"runtimes": {service.name: runtime}})
    return app


def _never() -> AbstractAsyncContextManager[dict[str, Runtime]]:
    raise AssertionError("the runtime stands there already")
