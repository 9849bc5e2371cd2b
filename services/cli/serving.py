"""An HTTP server around the services of this process, from the first signal of readiness to a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator

import uvicorn
from fastapi import FastAPI

from services.cli.problems import port_taken

GRACE = 10
"""Seconds that requests in flight may take to end after the stop signal."""

BACKLOG = 1024

COLLECT_AFTER = (20_000, 20, 50)
"""Allocations before a young round, young rounds before a middle one, middle ones before a full one."""

Beside = Callable[[], Awaitable[None]]
"""Something that runs beside the server; when it returns the server stops, and what it raises ends everything."""


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to `serve`: uvicorn would raise them again afterwards and end with 143."""
        yield


def open_door(host: str, port: int) -> socket.socket:
    """Return a listening-ready socket, held from now on so that nobody takes it; raises SetupProblem if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(BACKLOG)  # with SO_REUSEADDR the bind alone may succeed beside another listener
    except OSError as problem:
        door.close()
        if problem.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise port_taken(host, port) from problem
        raise
    return door


def run_here(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` on a loop of its own until it ends or a stop signal cancels it; either is a clean end."""
    with asyncio.Runner(loop_factory=_quick_loop()) as runner, contextlib.suppress(asyncio.CancelledError):
        runner.run(_cancelled_by_signals(work))


def _quick_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # no wheel for this machine
        return None
    return uvloop.new_event_loop


async def _cancelled_by_signals(work: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - we are inside one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await work()


async def serve(app: FastAPI, door: socket.socket, *, ready: Callable[[], None], beside: Beside | None = None) -> None:
    """Serve until SIGINT or SIGTERM, or until `beside` ends; what is in flight ends first, a second signal hurries.

    Raises what keeps the services from starting, and what `beside` raises.
    """
    async with app.router.lifespan_context(app):
        _leave_the_start_alone()
        server = _Server(_config(app))
        tasks = {
            asyncio.create_task(server.serve(sockets=[door]), name="http"),
            asyncio.create_task(_stop_signal(server), name="stop signal"),
            *([asyncio.create_task(_run(beside), name="beside")] if beside else []),
        }
        ready()
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for runtime in app.state.runtimes.values():
                runtime.stopping.set()  # streams and long polls end by themselves
            server.should_exit = True
            for task in tasks:
                if task.get_name() != "http":
                    task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()


def _leave_the_start_alone() -> None:
    """Take what starting made out of the collector's rounds: it stays anyway, and a full round stops us all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _run(beside: Beside) -> None:
    await beside()


async def _stop_signal(server: _Server) -> None:
    """Return at the first signal; the second one makes the server impatient."""
    came = asyncio.Event()

    def on_signal() -> None:
        server.force_exit = came.is_set()
        came.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    await came.wait()


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",  # entered by `serve`, so that what goes wrong there is raised and not only logged
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
    )
