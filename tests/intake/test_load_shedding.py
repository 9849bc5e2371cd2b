"""Load is shed by the table that was approved and announced before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.auth import Role
from shared.clock import format_z
from tests.intake.office import NOW, Office, fields_of
from tests.intake.test_notices import STARTS, make_notice


async def put_table(office: Office, code: str, **changed: Any) -> httpx.Response:
    table = {
        "approved_by": "县发改局 〔2026〕12 号",
        "approved_at": format_z(NOW - timedelta(days=30)),
        "announced_at": format_z(NOW - timedelta(days=20)),
        "feeders": ["S-1", "S-2", "S-3"],
    }
    return await office.call("PUT", f"/load-shedding-tables/{code}", role=Role.OPS, json=table | changed)


@pytest.mark.requirement("004-021")
async def test_load_follows_its_sequence_table(office: Office) -> None:
    assert (await put_table(office, "T-2026")).json()["version"] == 1

    async def shed(*feeders: str, table: str | None = "T-2026", **more: Any) -> httpx.Response:
        role = more.pop("role", Role.DISPATCHER)
        body = make_notice(kind="load_shedding", feeders=list(feeders), sequence_table=table, **more)
        return await office.call("POST", "/notices", role=role, json=body)

    assert fields_of(await shed("S-1", table=None)) == {"sequence_table": "notice.sequence_table"}
    assert (await shed("S-1", table="none")).json()["code"] == "notice.sequence_table_unknown"
    assert (await shed("S-1", "S-9")).json()["context"] == {"feeders": "S-9"}
    assert (await shed("S-1", "S-3")).json()["code"] == "notice.out_of_sequence"
    assert (await shed("S-3", deviation_reason="S-1 带医院")).json()["code"] == "notice.deviation_needs_supervisor"
    passed = await shed("S-3", deviation_reason="S-1 带医院", role=Role.SUPERVISOR)
    assert passed.status_code == 201
    good = await shed("S-2", "S-1")
    assert (good.json()["sequence_table"], good.json()["sequence_version"]) == ("T-2026", 1)


async def test_a_table_that_was_not_announced_in_time_sheds_nothing(office: Office) -> None:
    await put_table(office, "T-late", announced_at=format_z(STARTS + timedelta(days=1)))

    body = make_notice(kind="load_shedding", feeders=["S-1"], sequence_table="T-late")
    answer = await office.call("POST", "/notices", role=Role.DISPATCHER, json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "notice.sequence_table_unannounced")


async def test_a_table_has_versions_and_none_names_a_feeder_twice(office: Office) -> None:
    bad = await put_table(office, "T-v", feeders=["S-1", "S-1"], announced_at=format_z(NOW - timedelta(days=40)))
    assert fields_of(bad) == {
        "feeders": "sequence_table.doubled",
        "announced_at": "sequence_table.times_out_of_order",
    }
    assert [(await put_table(office, "T-v")).json()["version"] for _ in range(2)] == [1, 2]
    tables = (await office.call("GET", "/load-shedding-tables")).json()["items"]
    assert [table["version"] for table in tables if table["code"] == "T-v"] == [2, 1]
