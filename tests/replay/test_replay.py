"""A slice of a real storm through four processes on a real Kafka: what sla counts is what the file says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from services.simulation.replay.run import ORACLE_KEYS, Replay, replay
from shared.auth import Role
from tests.conftest import MakeDatabase
from tests.gateway import gateway
from tests.journey.fleet import ROOT, Fleet
from tests.journey.journey import person
from tests.replay.oracle import count

STORM = ROOT.parent / "shared" / "data" / "outages" / "pge_2020_storm.jsonl.gz"
SLICE = 250
SERVICES = ("intake", "dispatch", "callback", "sla")


def read_slice() -> list[dict[str, Any]]:
    """Return a stretch of the storm with every kind of dirt in it; skips where the data are not."""
    if not STORM.is_file():
        pytest.skip(f"no recorded outages at {STORM.parent}: they are not part of the project")
    with gzip.open(STORM, "rt", encoding="utf-8") as lines:
        outages = [json.loads(line) for line in lines]
    dirty = [o for o in outages if o.get("flags")][: SLICE // 2]
    plain = [o for o in outages if not o.get("flags")][: SLICE - len(dirty)]
    return sorted(dirty + plain, key=lambda o: str(o["first_seen_at"]))


@pytest.mark.kafka
async def test_a_slice_of_a_real_storm_is_counted_on_kafka_as_the_file_says(
    kafka_servers: str, make_migrated_database: MakeDatabase, tmp_path: Path
) -> None:
    outages = read_slice()
    file = tmp_path / "storm_slice.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(outage) + "\n" for outage in outages)

    url = await make_migrated_database()
    with Fleet(url, SERVICES, tmp_path, bus="kafka", kafka_servers=kafka_servers, kafka_partitions="4") as fleet:
        await fleet.ready()
        async with gateway(fleet.ports) as origin:
            what = Replay(file=file, base_url=origin, ops=person(*Role), books_folder=tmp_path, is_quiet=True)
            report = await replay(what)
            again = await replay(what)

    expected = count(outages)
    assert {key: json.loads(json.dumps(report.indicators[key])) for key in ORACLE_KEYS} == expected
    assert {key: again.indicators[key] for key in ORACLE_KEYS} == {key: report.indicators[key] for key in ORACLE_KEYS}
