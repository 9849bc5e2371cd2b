"""`relight serve`: one service a process, on a database that is there already."""

from __future__ import annotations

import subprocess
import time

import httpx
import pytest

from tests.cli.command import COMMAND, ROOT, environment
from tests.conftest import MakeDatabase
from tests.ports import free_port

PATIENCE = 60.0


@pytest.mark.parametrize("which", ["callback", "all"])
async def test_a_process_serves_what_it_is_named_for_and_ends_with_zero(
    which: str, make_migrated_database: MakeDatabase
) -> None:
    port = free_port()
    settings = environment(database_url=await make_migrated_database(), token_secret="t" * 32, port=port)
    process = subprocess.Popen([*COMMAND, "serve", which], cwd=ROOT, env=settings, stderr=subprocess.PIPE, text=True)
    url = f"http://127.0.0.1:{port}"
    try:
        is_ready = False
        give_up_at = time.monotonic() + PATIENCE
        while not is_ready and process.poll() is None and time.monotonic() < give_up_at:
            try:
                is_ready = httpx.get(f"{url}/readyz", timeout=5).is_success
            except httpx.TransportError:
                time.sleep(0.1)
        assert is_ready, process.stderr and process.poll() is not None and process.stderr.read()
        assert httpx.get(f"{url}/callback/plans").status_code == 401
        assert httpx.get(f"{url}/sla/promises").status_code == (401 if which == "all" else 404)
    finally:
        process.terminate()
    assert process.wait(15) == 0
