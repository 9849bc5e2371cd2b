"""`relight up`: all of Relight on one machine, its own PostgreSQL included; with `--demo` it plays an evening too."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from services.cli.demo import Demonstration
    from shared.embedded import EmbeddedPostgres
    from shared.settings import Settings

Demo = Annotated[bool, typer.Option("--demo", help="Play a storm evening through the system. | 演示一个暴风雨之夜。")]
Exit = Annotated[bool, typer.Option("--exit", help="With --demo: end after the evening. | 演示结束后退出。")]
Seed = Annotated[int | None, typer.Option("--seed", help="With --demo: which evening. | 演示的随机种子。")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. | 监听地址。")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on. | 监听端口。")]

LOG = "relight.log"
LOG_LIMIT = 8 * 1024 * 1024
LOOK_AFTER_DATABASE_EVERY = 1.0


def up(
    *, demo: Demo = False, exit_after: Exit = False, seed: Seed = None, host: Host = None, port: Port = None
) -> None:
    """Start Relight on this machine; Ctrl-C ends it. | 在本机启动全部服务；按 Ctrl-C 停止。"""
    from services.cli.installation import claim, load_settings, with_local_secrets
    from services.cli.problems import SetupProblem

    if not demo and (exit_after or seed is not None):
        raise SetupProblem("--exit 和 --seed 只能与 --demo 一起使用。", "--exit and --seed go with --demo.")
    signal.signal(signal.SIGTERM, _interrupt)
    with contextlib.suppress(KeyboardInterrupt), claim(load_settings().data_folder) as tell:
        settings, secrets = with_local_secrets(load_settings(host=host, port=port))
        demonstration = None
        if demo:
            from services.cli.demo import Demonstration

            demonstration = Demonstration(settings, secrets, is_exit=exit_after, seed=seed)
        _start(settings, demonstration, tell)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _start(settings: Settings, demonstration: Demonstration | None, tell: Callable[[str], None]) -> None:
    from services.cli import serving

    _log_to_file(settings)
    with serving.open_door(settings.host, settings.port) as door, _database(settings) as (url, postgres):
        house = House(settings, door, url, postgres, demonstration, tell)
        serving.run_here(house.live)


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """Yield the address of the database that is set, or start our own on the data folder."""
    from services.cli.installation import own_postgres

    if settings.database_url:
        yield settings.database_url, None
        return
    with own_postgres(settings) as postgres:
        yield postgres.url(), postgres


def _log_to_file(settings: Settings) -> None:
    """Send the log to the data folder: the terminal is for people."""
    import logging
    from logging.handlers import RotatingFileHandler

    from shared.telemetry import configure_logging

    configure_logging(level=settings.log_level, form=settings.log_format)
    file = RotatingFileHandler(settings.data_folder / LOG, maxBytes=LOG_LIMIT, backupCount=1, encoding="utf-8")
    root = logging.getLogger()
    file.setFormatter(root.handlers[0].formatter)
    root.handlers = [file]


@dataclass(frozen=True)
class House:
    """Everything that one `relight up` is made of."""

    settings: Settings
    door: socket.socket
    database_url: str
    postgres: EmbeddedPostgres | None
    demonstration: Demonstration | None
    tell: Callable[[str], None]

    async def live(self) -> None:
        """Migrate, serve, play the evening if one is asked for; end when told to, or when the database is gone."""
        from services.cli import serving
        from services.cli.wiring import NAMES, load_histories, make_app
        from shared.migrate import migrate

        password = self.settings.database_role_password.get_secret_value()
        await migrate(self.database_url, load_histories(), role_password=password)
        settings = self.settings
        if self.demonstration:
            settings = await self.demonstration.prepare(self.database_url)
        app = make_app(settings, NAMES, database_url=self.database_url)
        await serving.serve(app, self.door, ready=self._say_ready, beside=self._beside)

    def _say_ready(self) -> None:
        from services.cli.installation import own_address

        url = own_address(self.settings)
        self.tell(url)
        log = self.settings.data_folder / LOG
        print(f"复电 Relight {url}  (接口文档 | API: {url}/docs)  日志 | log: {log}  Ctrl-C: 停止 | stop", flush=True)

    async def _beside(self) -> None:
        import asyncio

        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._watch_database())
            if self.demonstration and await self.demonstration.play():
                watch.cancel()

    async def _watch_database(self) -> None:
        import asyncio

        from services.cli.problems import Failure

        while self.postgres is None or self.postgres.is_running:  # noqa: ASYNC110 - a process tells no event
            await asyncio.sleep(LOOK_AFTER_DATABASE_EVERY)
        raise Failure(
            f"内置 PostgreSQL 意外停止，详见 {self.postgres.log}。",
            f"The embedded PostgreSQL ended unexpectedly, see {self.postgres.log}.",
        )
