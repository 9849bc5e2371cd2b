"""Processes that are measured: started on a free port, awaited, and stopped again whatever happens."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psutil

from benchmarks.wire import Answer, Connection, connect, make_request

PROJECT = Path(__file__).parents[1]
READY_WITHIN = 60.0
STOP_WITHIN = 20.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Server:
    """A process that answers on a port of loopback."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def memory(self) -> int:
        """Return the bytes that it and its children hold; pages that are shared count by share (PSS)."""
        me = psutil.Process(self.process.pid)
        return sum(proportional_set_size(p.pid) for p in [me, *me.children(recursive=True)])

    def seconds_of_processor(self) -> float:
        """Return the processor time that it has used so far, seconds."""
        spent = psutil.Process(self.process.pid).cpu_times()
        return float(spent.user + spent.system)

    async def ask(
        self, method: str, path: str, *, token: str = "", body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask once on a connection of its own; raises RuntimeError when refused."""
        connection = await connect(self.port)
        try:
            answer = await connection.ask(make_request(method, path, token=token, body=body, headers=headers))
        finally:
            connection.close()
        return checked(answer, f"{method} {path}")


def checked(answer: Answer, what: str) -> Answer:
    """Return a good answer; raise RuntimeError with what a refusal says."""
    if answer.status >= 400:
        raise RuntimeError(f"{what}: {answer.status} {answer.body[:2000].decode(errors='replace')}")
    return answer


@asynccontextmanager
async def serving(
    name: str,
    command: Sequence[str],
    *,
    port: int,
    folder: Path,
    environment: Mapping[str, str],
    ready_path: str = "/readyz",
) -> AsyncIterator[Server]:
    """Run a server until left. Its `folder` is its working folder, so that no `.env` of the project is read."""
    log = folder / f"{name}.log"
    process = _start(command, folder=folder, environment=environment, log=log)
    server = Server(name, port, process, log)
    try:
        await _wait_until_ready(server, ready_path)
        yield server
    finally:
        await asyncio.to_thread(_stop, process)


def clean_environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without settings of somebody's own installation, and with what is wanted."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("RELIGHT_", "PG"))}
    return {**mine, "PYTHONPATH": str(PROJECT), **wanted}


def free_port() -> int:
    """Return a port that nobody uses right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(*words: str) -> list[str]:
    """Return the command that runs this Python."""
    return [sys.executable, *words]


def proportional_set_size(pid: int) -> int:
    """Return the bytes that a process holds, shared pages counted by share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _start(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_end_with_us,  # noqa: PLW1509 - one call into libc that was loaded before, no lock is taken
        )


def _end_with_us() -> None:
    """Have the kernel stop this child when the process that measures is killed: it could not do so itself any more."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _wait_until_ready(server: Server, path: str) -> None:
    request = make_request("GET", path)
    until = monotonic() + READY_WITHIN
    said = "no answer"
    while monotonic() < until:
        if server.process.poll() is not None:
            said = f"ended with {server.process.returncode}"
            break
        try:
            connection: Connection = await connect(server.port)
            answer = await connection.ask(request)
            connection.close()
            if answer.status < 300:
                return
            said = answer.body.decode(errors="replace")
        except OSError as error:
            said = repr(error)
        await asyncio.sleep(0.1)
    tail = server.log.read_text(encoding="utf-8", errors="replace")[-3000:]
    raise RuntimeError(f"{server.name} does not get ready: {said}\n{tail}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                continue
