"""`relight serve`: one service, or all, in this process, on a database and a bus that are there already."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.problems import SetupProblem
from services.cli.wiring import NAMES

if TYPE_CHECKING:
    from shared.settings import Settings

SHORTEST_SECRET = 32

Which = Annotated[str, typer.Argument(metavar="|".join([*NAMES, "all"]), help="Which service. | 哪个服务。")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. | 监听地址。")]
Port = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port to listen on. | 监听端口。")]


def serve(service: Which, *, host: Host = None, port: Port = None) -> None:
    """Run one service, or all, in this process; needs RELIGHT_DATABASE_URL. | 运行一个或全部服务。"""
    from services.cli import serving
    from services.cli.installation import load_settings
    from services.cli.wiring import make_app
    from shared.telemetry import configure_logging

    if service not in {*NAMES, "all"}:
        listed = ", ".join([*NAMES, "all"])
        raise SetupProblem(f"没有服务 {service}，可选：{listed}。", f"There is no service {service}, only: {listed}.")
    settings = load_settings(host=host, port=port)
    database_url = _check(settings)
    configure_logging(level=settings.log_level, form=settings.log_format)
    names = NAMES if service == "all" else (service,)
    app = make_app(settings, names, database_url=database_url)

    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with contextlib.suppress(KeyboardInterrupt), serving.open_door(settings.host, settings.port) as door:
        serving.run_here(lambda: serving.serve(app, door, ready=lambda: None))


def _check(settings: Settings) -> str:
    """Return the database's address; raise SetupProblem for what every process of an installation must be told."""
    if not settings.database_url:
        raise SetupProblem(
            "请设置 RELIGHT_DATABASE_URL；单机运行请用 relight up。",
            "Set RELIGHT_DATABASE_URL; on one machine use: relight up",
        )
    if len(settings.token_secret.get_secret_value()) < SHORTEST_SECRET:
        raise SetupProblem(
            f"请设置 RELIGHT_TOKEN_SECRET（至少 {SHORTEST_SECRET} 个字符），各服务必须相同。",
            f"Set RELIGHT_TOKEN_SECRET ({SHORTEST_SECRET} characters or more), the same for every service.",
        )
    return settings.database_url
