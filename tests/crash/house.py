"""A `relight up` with its own PostgreSQL, killed and started again as often as a test likes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import httpx

from shared.embedded import EmbeddedPostgres
from tests.journey.fleet import ROOT, TOKEN_SECRET, UPSTREAM_SECRET
from tests.ports import free_port

START_PATIENCE = 60.0


class HouseUnderFire:
    """One data folder, one port, one clock; the process in it comes and goes."""

    def __init__(self, folder: Path, *, clock_from: datetime, real_from: datetime, speed: float) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("RELIGHT_")},
            "RELIGHT_PORT": str(self.port),
            "RELIGHT_DATA_FOLDER": str(folder),
            "RELIGHT_TOKEN_SECRET": TOKEN_SECRET,
            "RELIGHT_UPSTREAM_SECRETS": f'["{UPSTREAM_SECRET}"]',
            "RELIGHT_CLOCK_SET_OUT_AT": clock_from.isoformat(),
            "RELIGHT_CLOCK_STARTED_AT": real_from.isoformat(),
            "RELIGHT_CLOCK_SPEED": str(speed),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the installation."""
        with (self.folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cheap_secrets", "up"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """`kill -9`: nothing gets to say goodbye; the PostgreSQL inside goes with its parent."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; return its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    async def ready(self) -> None:
        """Return once it says that it can work."""
        give_up_at = time.monotonic() + START_PATIENCE
        async with httpx.AsyncClient(timeout=5) as http:
            while time.monotonic() < give_up_at:
                assert self._process is not None
                if self._process.poll() is not None:
                    raise AssertionError((self.folder / "console.log").read_text()[-2000:])
                try:
                    if (await http.get(f"{self.url}/readyz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError("not ready in time: " + (self.folder / "console.log").read_text()[-2000:])

    def database_url(self) -> str:
        """Return the address of the database inside, as its owner."""
        return EmbeddedPostgres(self.folder).url()
