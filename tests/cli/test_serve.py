"""`relight serve`: one service a process, on a database that is there already."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.cli.command import COMMAND, ROOT, environment
from tests.conftest import MakeDatabase
from tests.ports import free_port

PATIENCE = 60.0


@pytest.fixture(scope="module")
async def database(make_migrated_database: MakeDatabase) -> str:
    return await make_migrated_database()


@pytest.mark.parametrize("which", ["callback", "all"])
def test_a_process_serves_what_it_is_named_for_and_ends_with_zero(which: str, database: str, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = environment(database_url=database, token_secret="t" * 32, port=port)
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen([*COMMAND, "serve", which], cwd=ROOT, env=settings, stderr=log)
        try:
            assert is_ready(url, process), (tmp_path / "log").read_text()[-2000:]
            assert httpx.get(f"{url}/callback/plans").status_code == 401
            assert httpx.get(f"{url}/sla/promises").status_code == (401 if which == "all" else 404)
        finally:
            process.terminate()
    assert process.wait(15) == 0


def is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until /readyz is 200; say whether that came."""
    give_up_at = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            if httpx.get(f"{url}/readyz", timeout=5).is_success:
                return True
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    return False
