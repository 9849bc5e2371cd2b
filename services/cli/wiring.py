"""Which services there are and what they are made of; each is loaded when asked for, so that it runs without others."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from shared.host import Runtime, Service
    from shared.migrate import History
    from shared.settings import Settings

NAMES = ("intake", "dispatch", "callback", "sla")


def load_services(names: Sequence[str] = NAMES) -> list[Service]:
    """Return what the named services declare."""
    return [importlib.import_module(f"services.{name}.app").SERVICE for name in names]


def load_histories() -> list[History]:
    """Return every history of migrations: the bus's, then the services'."""
    import shared.bus
    from shared.bus.tables import metadata
    from shared.migrate import History

    bus = History("bus", metadata, Path(shared.bus.__file__).parent / "migrations", has_role=False)
    return [bus, *(service.history for service in load_services())]


def start(
    settings: Settings, services: Sequence[Service], *, database_url: str
) -> AbstractAsyncContextManager[dict[str, Runtime]]:
    """Return what puts services to work in this process, under the one policy table."""
    from services.access import POLICY
    from shared.host import at_work

    return at_work(services, settings=settings, policy=POLICY, database_url=database_url)


def make_app(settings: Settings, names: Sequence[str], *, database_url: str) -> FastAPI:
    """Return the one origin that answers for the named services; they work while its lifespan lasts."""
    from shared.origin import build_app

    services = load_services(names)
    return build_app(
        services,
        start=lambda: start(settings, services, database_url=database_url),
        max_body_bytes=settings.max_body_bytes,
    )
