"""`relight asyncapi`: prints the AsyncAPI 3 document of all events, as JSON, from what the services declare."""

from __future__ import annotations

import json
import sys

from services.cli.wiring import load_services
from shared.events.asyncapi import Hearing, make_asyncapi


def asyncapi() -> None:
    """Print the AsyncAPI 3 document: who tells which event on which topic, and who listens."""
    document = make_asyncapi(read_hearing())
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def read_hearing() -> Hearing:
    """Return which service listens to which events, from their declarations."""
    return {service.name: list(service.listening.reactions) for service in load_services()}
