"""Every migration of the project on one database: the bus's and those of each service that is there."""

from __future__ import annotations

import importlib
from pathlib import Path

from shared.bus.tables import metadata as bus_metadata
from shared.host import Service
from shared.migrate import History, migrate

PROJECT = Path(__file__).parents[1]


async def migrate_everything(url: str) -> None:
    """Run the migrations of the bus and of all services on one database."""
    bus = History("bus", bus_metadata, PROJECT / "shared" / "bus" / "migrations", has_role=False)
    await migrate(url, [bus, *(service.history for service in find_services())])


def find_services() -> list[Service]:
    """Return what every `services/<name>/app.py` declares; nobody has to add a new service here."""
    found: list[Service] = []
    for path in sorted(PROJECT.glob("services/*/app.py")):
        module = importlib.import_module(f"services.{path.parent.name}.app")
        found += [thing for thing in vars(module).values() if isinstance(thing, Service)]
    return found
