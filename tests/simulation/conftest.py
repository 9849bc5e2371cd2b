"""A whole system on a port of its own, for strangers to speak to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr

from services.cli.wiring import NAMES, make_app
from services.simulation.clients import SignedIn, bearer
from shared.auth import STAFF, Actor, Tokens
from shared.clock import SystemClock
from shared.settings import Settings

TOKEN_SECRET = "t" * 40
UPSTREAM_KEYS = ("whsec_bWFkZS11cC1zZWNyZXQtZm9yLXRlc3Rz", "whsec_dGhlLW5leHQtbWFkZS11cC1zZWNyZXQt")
"""The platform's key of today and that of tomorrow: keys rotate."""


@dataclass(frozen=True)
class System:
    """Where it is, and who may do everything that staff may."""

    url: str
    staff: SignedIn


class Server(uvicorn.Server):
    """A server that leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture(scope="module")
async def system(migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Give a module one running system on a fresh database."""
    settings = make_settings(tmp_path_factory.mktemp("system"))
    app = make_app(settings, NAMES, database_url=migrated_database)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        async with app.router.lifespan_context(app):
            server = Server(uvicorn.Config(app, lifespan="off", log_config=None))
            serving = asyncio.create_task(server.serve(sockets=[door]))
            yield System(f"http://127.0.0.1:{door.getsockname()[1]}", everybody())
            for runtime in app.state.runtimes.values():
                runtime.stopping.set()
            server.should_exit = True
            await serving


def make_settings(folder: Path) -> Settings:
    return Settings(
        data_folder=folder,
        token_secret=SecretStr(TOKEN_SECRET),
        upstream_secrets=[SecretStr(key) for key in UPSTREAM_KEYS],
        _env_file=None,
    )


def everybody() -> SignedIn:
    actor = Actor("test", STAFF)
    return bearer(Tokens(TOKEN_SECRET).issue(actor, now=SystemClock().now(), life=timedelta(days=1)))
