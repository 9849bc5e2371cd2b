"""The committed JSON Schema of each event, `docs/events/<event-name>.json`: what listeners elsewhere build against.

python -m shared.events.schemas            says what is not current, exit 1
python -m shared.events.schemas --write    refreshes the files; refuses a change that takes something away
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from shared.events import REGISTRY, Event
from shared.events.growth import find_shrinkage

FOLDER = Path(__file__).parents[2] / "docs" / "events"
SPEAKERS = ("intake", "dispatch", "callback", "sla")

Schemas = dict[str, dict[str, Any]]


def load_events() -> dict[str, type[Event]]:
    """Return every event of the project by its name; events that tests make up are not among them."""
    for speaker in SPEAKERS:
        importlib.import_module(f"shared.events.{speaker}")
    ours = {name: event for name, event in REGISTRY.items() if event.__module__.startswith("shared.events.")}
    return dict(sorted(ours.items()))


def make_schemas() -> Schemas:
    """Return the JSON Schema (2020-12) of each event as the code has it now, by name."""
    return {name: make_schema(event) for name, event in load_events().items()}


def make_schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of one event; `x-topic` names the context that speaks it."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"relight:{event.name}",
        "x-topic": event.topic,
    }
    return head | event.model_json_schema(mode="serialization")


def read_schemas(folder: Path = FOLDER) -> Schemas:
    """Return the committed schemas by event name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def find_losses(committed: Schemas, current: Schemas) -> list[str]:
    """Return what the current schemas take away from the committed ones, one line each."""
    losses: list[str] = []
    for name, before in committed.items():
        if name not in current:
            losses.append(f"{name}: the event is gone")
        else:
            losses += [f"{name}: {loss}" for loss in find_shrinkage(before, current[name])]
    return losses


def find_stale(committed: Schemas, current: Schemas) -> list[str]:
    """Return the names of events whose committed schema is missing or says something else than the code."""
    return sorted(name for name in current.keys() | committed.keys() if committed.get(name) != current.get(name))


def write_schemas(folder: Path, current: Schemas) -> list[str]:
    """Write what is stale and return its names; raises ValueError, and writes nothing, if that would take away."""
    committed = read_schemas(folder)
    if losses := find_losses(committed, current):
        raise ValueError("\n".join(losses))
    folder.mkdir(parents=True, exist_ok=True)
    stale = find_stale(committed, current)
    for name in stale:
        text = json.dumps(current[name], ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return stale


def main(arguments: list[str]) -> int:
    """Check, or with `--write` refresh; return the exit status."""
    current = make_schemas()
    if "--write" in arguments:
        try:
            stale = write_schemas(FOLDER, current)
        except ValueError as losses:
            sys.stderr.write(f"refused, schemas only grow (say it as a new event instead):\n{losses}\n")
            return 1
        sys.stdout.write(f"{len(current)} schemas, {len(stale)} written\n")
        return 0
    committed = read_schemas()
    wrong = find_losses(committed, current) + [f"{name}: not current" for name in find_stale(committed, current)]
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
