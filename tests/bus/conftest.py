"""The Kafka that the bus's tests run on, started once a run and only if a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.kafka_broker import KafkaBroker, why_not


@pytest.fixture(scope="session")
def kafka_servers() -> Iterator[str]:
    """Return a running Kafka's address; skips where none can be, unless `RELIGHT_REQUIRE_KAFKA=1` forbids that."""
    if reason := why_not():
        if os.environ.get("RELIGHT_REQUIRE_KAFKA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with KafkaBroker() as broker:
        yield broker.servers
