"""Relight as real processes: one for everything or one for each service, and a transport that finds the right one."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
START_PATIENCE = 60.0
STOP_PATIENCE = 20.0
TOKEN_SECRET = "only-for-tests-only-for-tests-only"
UPSTREAM_SECRET = "whsec_b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHM="


class Fleet:
    """Processes of `relight serve`, one for each of `names` (`all` is one process with every service).

    `settings` are more `RELIGHT_*` variables. Use it as a context manager; leaving stops every process by SIGTERM.
    """

    def __init__(self, database_url: str, names: Sequence[str], log: Path, **settings: str) -> None:
        self.ports = {name: free_port() for name in names}
        self._log = log
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("RELIGHT_")},
            "RELIGHT_DATABASE_URL": database_url,
            "RELIGHT_TOKEN_SECRET": TOKEN_SECRET,
            "RELIGHT_UPSTREAM_SECRETS": f'["{UPSTREAM_SECRET}"]',
            **{f"RELIGHT_{name.upper()}": value for name, value in settings.items()},
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        for name in self.ports:
            self.launch(name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def launch(self, name: str) -> None:
        """Start one process (again)."""
        with (self._log / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.cheap_secrets", "serve", name],
                cwd=ROOT,
                env={**self._environment, "RELIGHT_PORT": str(self.ports[name])},
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """End one process as a power cut would."""
        self._processes[name].send_signal(signal.SIGKILL)
        self._processes[name].wait()

    def stop(self) -> dict[str, int]:
        """Ask every process to end and return their exit statuses."""
        for process in self._processes.values():
            process.terminate()
        return {name: process.wait(STOP_PATIENCE) for name, process in self._processes.items()}

    async def ready(self) -> None:
        """Return once every process says that it can work."""
        async with httpx.AsyncClient(timeout=5) as http:
            await asyncio.gather(*(self._ready(http, name, port) for name, port in self.ports.items()))

    def transport(self) -> Routed:
        """Return a transport that sends each path to the process that answers for it, as the gateway does."""
        return Routed(self.ports)

    async def _ready(self, http: httpx.AsyncClient, name: str, port: int) -> None:
        give_up_at = time.monotonic() + START_PATIENCE
        last = "no answer"
        while time.monotonic() < give_up_at:
            if self._processes[name].poll() is not None:
                raise AssertionError(f"{name} ended: {(self._log / f'{name}.log').read_text()[-2000:]}")
            try:
                answer = await http.get(f"http://127.0.0.1:{port}/readyz")
                last = answer.text
                if answer.is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
        raise AssertionError(f"{name} is not ready: {last}")


class Routed(httpx.AsyncBaseTransport):
    """Sends `/intake/…` to the process of intake, and so on; a process called `all` answers for everything."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=100))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on to the right port."""
        service = request.url.path.split("/")[1]
        port = self._ports.get(service) or self._ports.get("all") or next(iter(self._ports.values()))
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()
