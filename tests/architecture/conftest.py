"""The whole house: every service in one application, not started, and at work on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.access import POLICY
from shared.host import Runtime, Service, at_work
from shared.origin import build_app
from shared.settings import Settings
from tests.conftest import MakeDatabase
from tests.migrations import find_services

UPSTREAM_SECRET = "whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="


@pytest.fixture(scope="session")
def services() -> list[Service]:
    """Every service of the project."""
    return find_services()


@pytest.fixture(scope="session")
def openapi(services: list[Service]) -> dict[str, Any]:
    """The OpenAPI document of the whole origin."""

    def never() -> AbstractAsyncContextManager[dict[str, Runtime]]:
        raise AssertionError("nothing is started for reading")

    return build_app(services, start=never, max_body_bytes=1_000_000).openapi()


@pytest.fixture(scope="module")
async def origin(services: list[Service], make_migrated_database: MakeDatabase) -> AsyncIterator[FastAPI]:
    """The origin with all services at work, their schedules and consumers too."""
    url = await make_migrated_database()
    settings = Settings(
        token_secret=SecretStr("a secret of thirty-two bytes and more"),
        upstream_secrets=[SecretStr(UPSTREAM_SECRET)],
        database_pool_size=2,
    )
    app = build_app(
        services,
        start=lambda: at_work(services, settings=settings, policy=POLICY, database_url=url),
        max_body_bytes=1_000_000,
    )
    async with app.router.lifespan_context(app):
        yield app
